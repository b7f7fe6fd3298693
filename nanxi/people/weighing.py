"""Which weights hold: those that the county adopted last, or the shipped ones; and which names are common."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from nanxi.foundation import statements
from nanxi.people.models import LinkWeights
from nanxi.people.scoring import Names, Weights, shipped

_adopted: dict[str, Weights] = {}


def current_weights() -> Weights:
    """A look at a small table; a model is read from its JSON once per process."""
    return _weights(_adopted_version())


def weights_and_names(names: Iterable[int]) -> tuple[Weights, Names]:
    """The weights, and how many persons of the register bear these names: one question for both."""
    ((version, packed),) = statements.ask(f"SELECT ({_NEWEST}), ({_BEARERS})", [[0, *set(names)]])
    rows = np.frombuffer(packed or b"", BEARERS)
    bearers: dict[int, int] = dict(zip(rows["name"].tolist(), rows["persons"].tolist(), strict=True))
    # Under no name: all persons.
    return _weights(version.decode() if version else None), Names(bearers, bearers.pop(0, 0))


def _weights(version: str | None) -> Weights:
    if not version:
        return shipped()
    if version not in _adopted:
        kept = LinkWeights.objects.get(version=version)
        _adopted.clear()
        _adopted[version] = Weights.of(version, kept.model)
    return _adopted[version]


def current_version() -> str:
    return _adopted_version() or shipped().version


def _adopted_version() -> str | None:
    return next((version.decode() for (version,) in statements.ask(_NEWEST, []) if version), None)


_NEWEST = "SELECT version FROM people_linkweights WHERE adopted_at IS NOT NULL ORDER BY adopted_at DESC, id DESC LIMIT 1"
BEARERS = np.dtype([("name", ">i8"), ("persons", ">i4")])
_BEARERS = (
    "SELECT string_agg(int8send(name) || int4send(persons), ''::bytea) FROM people_namecount WHERE name = ANY($1::bigint[])"
)
