"""The rates of the rehearsal county, read from noise.toml; a file of one's own replaces the keys it names."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from nanxi.cli import InputError

DEFAULT = Path(__file__).with_name("noise.toml")
#: Keys that are amounts (metres, seconds, days, counts), not shares between 0 and 1.
_AMOUNTS = (
    "_m",
    "_s",
    "_min",
    "_mean",
    "_median",
    "_least",
    "_most",
    "_dispersion",
    "_size",
    "_before",
    "_test",
    "_confirm",
    "followed",
    "days",
    "parties",
    "convoys",
)


@dataclass(frozen=True)
class Noise:
    """All rates by section; `noise["lists", "id_missing"]` is a float."""

    tables: dict[str, dict[str, float]]

    def __getitem__(self, key: tuple[str, str]) -> float:
        section, name = key
        return self.tables[section][name]


def read_noise(path: Path | None = None) -> Noise:
    """The shipped rates, with those of `path` in their place. Raises InputError naming section, key and remedy."""
    tables = _tables(DEFAULT)
    if path is None:
        return Noise(tables)
    for section, rates in _tables(path).items():
        if section not in tables:
            raise InputError(f"{path.name}: section [{section}] is unknown; sections are {', '.join(tables)}.")
        for name, value in rates.items():
            if name not in tables[section]:
                raise InputError(f"{path.name}: [{section}] {name} is unknown; keys are {', '.join(tables[section])}.")
            tables[section][name] = value
    return Noise(tables)


def _tables(path: Path) -> dict[str, dict[str, float]]:
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise InputError(f"{path}: cannot be read ({problem.strerror}); give the path of a noise file.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise InputError(f"{path.name}: is not valid TOML ({problem}); compare it with the shipped noise.toml.") from None
    tables: dict[str, dict[str, float]] = {}
    for section, rates in raw.items():
        if not isinstance(rates, dict):
            raise InputError(f"{path.name}: {section} stands outside a section; put it under one, as in the shipped noise.toml.")
        tables[section] = {name: _rate(path, section, name, value) for name, value in rates.items()}
    return tables


def _rate(path: Path, section: str, name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise InputError(f"{path.name}: [{section}] {name} must be a number of 0 or more.")
    if value > 1 and not name.endswith(_AMOUNTS):
        raise InputError(f"{path.name}: [{section}] {name} is a share and must lie between 0 and 1.")
    return float(value)
