"""What every column does: resolve a heading, clean a cell, assign the value to the draft of a row."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar

from nanxi.people.intake.cells import Cell, folded, is_ditto, is_failed
from nanxi.people.intake.problems import Remark

#: What senders put around a heading: marks of obligation, numbering, notes in brackets.
_ORNAMENT = re.compile(r"[*＊:：、,，。.·\-_/\\|]|\(.*?\)|\[.*?\]|【.*?】|^\d+")


def heading_of(cell: Cell) -> str:
    """A heading as it is compared: one width, lower case, without blanks, ornament and notes."""
    return _ORNAMENT.sub("", folded(cell)).lower()


def words(text: str) -> tuple[str, ...]:
    """Headings that stand for a column, written with blanks between."""
    return tuple(text.split())


@dataclass(frozen=True)
class Frame:
    """What the whole list says: its day (for dates without a year), how its workbook counts days, and the county's own region
    codes, which need not be in a table."""

    day: date
    from_1904: bool = False
    regions: frozenset[str] = frozenset()
    _seen: dict[tuple[str, Cell], tuple[Any, tuple[str, ...]]] = field(default_factory=dict, repr=False, compare=False)

    def cleaned(self, column: Column, cell: Cell) -> tuple[Any, tuple[str, ...]]:
        """What a column makes of a cell. Lists repeat themselves (places, days, answers): equal texts are cleaned once."""
        if not isinstance(cell, str):
            return column.clean(cell, self)
        if not column.repeats:
            return _of_text(column, cell, self)
        known = self._seen.get((column.key, cell))
        if known is None:
            known = _of_text(column, cell, self)
            if len(self._seen) < MOST_SEEN:
                self._seen[column.key, cell] = known
        return known


#: Beyond it a column repeats nothing after all, and remembering it would only take memory.
MOST_SEEN = 20_000


def _of_text(column: Column, cell: str, frame: Frame) -> tuple[Any, tuple[str, ...]]:
    if is_failed(cell):
        return None, ("cell_failed",)
    return (None, ("cell_ditto",)) if is_ditto(cell) else column.clean(cell, frame)


@dataclass
class Draft:
    """One row while its columns fill it."""

    name: str = ""
    id_no: str = ""
    passport: str = ""
    phones: list[str] = field(default_factory=list)
    sex: str = ""
    birth: date | None = None
    address: str = ""
    plate: str = ""
    workplace: str = ""
    household: str = ""
    area_code: str = ""
    #: Names of town and village from columns of their own.
    places: list[str] = field(default_factory=list)
    #: What else the list says: dates, trip, temperature, answers; key → short text.
    facts: dict[str, str] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)
    #: Where the columns stand in the sender's row, for remarks that need two of them.
    at: dict[str, int] = field(default_factory=dict)
    #: The place of the cell that is being read.
    here: int = -1


class Column(ABC):
    """One kind of column. `names` are whole headings, `ends` their endings; `never` are words of headings that mean another."""

    key: ClassVar[str]
    label: ClassVar[str]
    names: ClassVar[tuple[str, ...]] = ()
    ends: ClassVar[tuple[str, ...]] = ()
    never: ClassVar[tuple[str, ...]] = ()
    #: May a list have several of it?
    many: ClassVar[bool] = False
    #: Do its cells say the same again and again, so that what was made of one is worth remembering?
    repeats: ClassVar[bool] = True

    def resolve(self, heading: str) -> int:
        """How surely a heading (from `heading_of`) means this column: 2 by name, 1 by ending, 0 not."""
        if heading in self.names:
            return 2
        if any(word in heading for word in self.never):
            return 0
        return 1 if self.ends and heading.endswith(self.ends) else 0

    @abstractmethod
    def clean(self, cell: Cell, frame: Frame) -> tuple[Any, tuple[str, ...]]:
        """The value (falsy = none) and codes of remarks."""

    @abstractmethod
    def assign(self, draft: Draft, value: Any) -> None: ...

    def fill(self, draft: Draft, at: int, cell: Cell, frame: Frame) -> None:
        """Clean and assign one cell that is not empty."""
        draft.at.setdefault(self.key, at)
        draft.here = at
        value, codes = frame.cleaned(self, cell)
        if codes:
            draft.remarks += [Remark(at, code) for code in codes]
        if value:
            self.assign(draft, value)
