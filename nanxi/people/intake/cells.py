"""A cell as the file holds it, its text as a person sees it, and its form between processes and in the vault."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

#: What a reader hands out; None = nothing there.
Cell = str | float | bool | date | datetime | time | None

#: Zero-width marks and byte-order marks that copying leaves behind.
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
_BLANKS = re.compile(r"\s+")
#: What a spreadsheet writes where a formula failed, or where a column was too narrow when it was copied.
_FAILED = re.compile(r"#(?:N/A|VALUE!|REF!|DIV/0!|NUM!|NAME\?|NULL!|#+)")
#: "As in the row above."
_DITTO = ("同上", "同前", "〃", "″", '"', "”")


def text_of(cell: Cell) -> str:
    """The cell as text, without blanks at its ends: 13800000000.0 → 13800000000, a date → 2020-01-25, nothing → empty."""
    if isinstance(cell, str):
        # Every mark that would have to go is unprintable: most cells need no second look.
        plain = cell.isprintable() and "  " not in cell
        return cell.strip() if plain else _BLANKS.sub(" ", _INVISIBLE.sub("", cell)).strip()
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d" if (cell.hour, cell.minute, cell.second) == (0, 0, 0) else "%Y-%m-%d %H:%M")
    return cell.isoformat()


def folded(cell: Cell) -> str:
    """Text in one width and without any blank: what headings and fixed words are compared by."""
    text = text_of(cell)
    if not text.isascii() and not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text)
    return text if text.isprintable() and " " not in text else _BLANKS.sub("", text)


def is_empty(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell[:1].isalnum() and not text_of(cell))


def is_failed(cell: Cell) -> bool:
    """Whether the cell shows only that its formula failed: #N/A and its kin."""
    return isinstance(cell, str) and "#" in cell[:20] and _FAILED.fullmatch(cell.strip()) is not None


def is_ditto(cell: Cell) -> bool:
    return isinstance(cell, str) and len(cell) < 20 and text_of(cell) in _DITTO


def dump(cells: Sequence[Cell]) -> list[Any]:
    """JSON's own types: text as it is, anything else as [kind, value]."""
    return [_dumped(cell) for cell in cells]


def load(values: Sequence[Any]) -> tuple[Cell, ...]:
    return tuple(value if value is None or isinstance(value, str) else _LOADERS[value[0]](value[1]) for value in values)


#: One encoder for every line: json.dumps would make one a call.
as_line = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def to_text(cells: Sequence[Cell]) -> str:
    """One line for the vault."""
    return as_line(dump(cells))


def from_text(line: str) -> tuple[Cell, ...]:
    return load(json.loads(line))


def _dumped(cell: Cell) -> Any:
    if cell is None or isinstance(cell, str):
        return cell or None
    if isinstance(cell, bool):
        return ["b", cell]
    if isinstance(cell, (int, float)):
        return ["n", float(cell)]
    if isinstance(cell, datetime):
        return ["t", cell.isoformat()]
    if isinstance(cell, date):
        return ["d", cell.isoformat()]
    return ["h", cell.isoformat()] if isinstance(cell, time) else str(cell)


_LOADERS = {"b": bool, "n": float, "t": datetime.fromisoformat, "d": date.fromisoformat, "h": time.fromisoformat}
