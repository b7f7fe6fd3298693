"""A store of stays as a reader sees it: a snapshot of day parts that are never changed, mapped into memory, bad ones left out.

A part that is missing, shorter than it was or changed, or whose key is gone, is named in `lost`; the others are served (trace
notes §4.2).
"""

from __future__ import annotations

import json
import mmap
import os
import zlib
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

import numpy as np

from nanxi.cli import InputError
from nanxi.engines.trace import manifest as manifests
from nanxi.engines.trace.manifest import Entry, Manifest, Names
from nanxi.engines.trace.parts import Array, Seal, Unreadable, check, read_column
from nanxi.engines.trace.seals import DaySeals
from nanxi.engines.trace.stays import Ints, Numbered, Stays

#: A merge may remove a part between our reading the list and opening it; then the list is read again.
_TRIES = 5
KINDS = ("h_conf", "h_row", "h_src")
BY_PLACE = ("p_key", "p_off", "p_t0", "p_dur", "p_ent", "p_how", *KINDS)
BY_ENTITY = ("e_key", "e_off", "e_t0", "e_dur", "e_pl", "e_how", "w_row", "w_t0", "w_t1", *KINDS)


class Part:
    """The columns of one part: views of the file, or opened copies in anonymous memory that never reaches a disk."""

    def __init__(self, folder: Path, entry: Entry, seals: DaySeals | None, verify: bool) -> None:
        self.entry = entry
        self._unseal: Seal | None = seals.open if seals else None
        self._columns: dict[str, Array] = {}
        self._lines: dict[tuple[str, ...], list[int]] = {}
        self.held = 0
        self._present: Array | None = None
        with (folder / entry.name).open("rb") as file:
            self._data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        if verify or len(self._data) < max(c.offset + c.size for c in entry.columns):
            check(self._data, list(entry.columns))

    def __getitem__(self, name: str) -> Array:
        if name not in self._columns:
            self._columns[name] = self._read(name)
        return self._columns[name]

    def _read(self, name: str) -> Array:
        column = next(column for column in self.entry.columns if column.name == name)
        into: memoryview | None = None
        if self._unseal is not None and column.length:
            size = column.length * np.dtype(column.dtype).itemsize
            into = _anonymous(size)
            self.held += size
        return read_column(self._data, column, self.entry.date, self.entry.name, self._unseal, into)

    def line(self, names: tuple[str, ...]) -> list[int]:
        """This part's line in the compiled engine's table of parts (columns.py); right as long as the part is not let go."""
        if names not in self._lines:
            by_place = names[0] == "p_key"
            addresses = [self[name].ctypes.data for name in names]
            gap = [0] * len(names)
            self._lines[names] = [
                *(addresses + gap if by_place else gap + addresses),
                len(self["p_key"]) if by_place else 0, 0 if by_place else len(self["e_key"]),
                0 if by_place else len(self["e_off"]), self[names[-1]].itemsize, 0, self.entry.rows, self.entry.first,
                self.entry.last, len(self["h_conf"]),
            ]  # fmt: skip
        return self._lines[names]

    def let_go(self) -> None:
        """Forgets what was opened; the next question opens it again."""
        self._columns, self._lines, self._present, self.held = {}, {}, None, 0

    def rows_of(self, entity: int) -> slice:
        """The rows of an entity in the copy by entity."""
        key, off = self["e_key"], self["e_off"]
        if len(key):
            at = int(np.searchsorted(key, entity))
            if at == len(key) or key[at] != entity:
                return slice(0, 0)
        elif entity + 1 >= len(off):
            return slice(0, 0)
        else:
            at = entity
        return slice(int(off[at]), int(off[at + 1]))

    def present(self, entities: int) -> Array:
        """uint8[ceil(entities / 8)]: a bit for each entity that has a stay here."""
        if self._present is None or len(self._present) * 8 < entities:
            seen = np.zeros(entities, bool)
            key, off = self["e_key"], self["e_off"]
            if len(key):
                seen[key] = True
            else:
                seen[: len(off) - 1] = off[1:] > off[:-1]
            self._present = np.packbits(seen)
        return self._present

    def stays(self, rows: slice | Array) -> tuple[Ints, ...]:
        """Place, t0, t1 and kind of rows in the copy by entity."""
        t0 = self["e_t0"][rows].astype(np.int64)
        return self["e_pl"][rows].astype(np.int64), t0, t0 + self["e_dur"][rows], self["e_how"][rows].astype(np.int64)

    def wholes(self) -> tuple[Ints, Ints]:
        """Start and end of the uncut stay of each row in the copy by entity."""
        t0 = self["e_t0"].astype(np.int64)
        t1 = t0 + self["e_dur"]
        cut = self["w_row"]
        t0[cut], t1[cut] = self["w_t0"], self["w_t1"]
        return t0, t1


class Store:
    """A snapshot: what was appended after it was opened is not in it. `hold`: bytes of opened parts kept between questions."""

    def __init__(self, folder: Path, seals: DaySeals | None = None, verify: bool = True, hold: int | None = None) -> None:
        self.folder = folder
        self.hold = hold
        self.lost: list[tuple[str, str]] = []
        self.manifest: Manifest = manifests.read(folder)
        for _ in range(_TRIES):
            if self.manifest.sealed and seals is None:
                raise InputError(f"{folder.name}: is sealed; it opens with the keys of its days only.")
            seals = seals if self.manifest.sealed else None
            self.parts = self._open(seals, verify)
            before, self.manifest = self.manifest, manifests.read(folder)
            if before.serial == self.manifest.serial:
                break
        names = [names_in(folder, file, seals) for file in self.manifest.names]
        self.places = [name for file in names for name in file["places"]]
        self.sources = [name for file in names for name in file["sources"]]
        named = [name for file in names for name in file["entities"]]
        self.entities = Numbered(self.manifest.entities) if self.manifest.numbered else named
        self._recent: list[Part] = []
        #: Set of parts → entities present in them; and what the compiled engine works in, kept between questions.
        self.active: dict[frozenset[str], int] = {}
        self.room: object | None = None
        self.first = min((part.entry.first for part in self.parts), default=0)
        self.last = max((part.entry.last for part in self.parts), default=0)

    def _open(self, seals: DaySeals | None, verify: bool) -> list[Part]:
        self.lost = []
        opened: list[Part] = []
        for entry in self.manifest.parts:
            try:
                opened.append(Part(self.folder, entry, seals, verify))
            except FileNotFoundError:
                self.lost.append((entry.name, "it is missing"))
            except (Unreadable, ValueError) as problem:
                self.lost.append((entry.name, str(problem)))
        return opened

    @cached_property
    def _version(self) -> str:
        return self.manifest.version

    @property
    def version(self) -> str:
        lost = f"-{len(self.lost)}" if self.lost else ""
        return self._version + lost

    @property
    def rows(self) -> int:
        return sum(part.entry.rows for part in self.parts)

    @property
    def day_span(self) -> range:
        days = [part.entry.day for part in self.parts]
        return range(min(days), max(days) + 1) if days else range(0)

    @cached_property
    def entity_number(self) -> dict[str, int]:
        return {name: i for i, name in enumerate(self.entities)}

    def number_of(self, name: str) -> int | None:
        """The number of an entity; None when the store does not know it."""
        if isinstance(self.entities, Numbered):
            return int(name) if name.isdigit() and int(name) < len(self.entities) else None
        return self.entity_number.get(name)

    @cached_property
    def place_number(self) -> dict[str, int]:
        return {name: i for i, name in enumerate(self.places)}

    def ranks(self, entities: Ints) -> Ints:
        """int64[n]: the place of each entity in the order of names; numbers are their own, and need no room."""
        return entities if isinstance(self.entities, Numbered) else self._name_ranks[entities]

    @cached_property
    def _name_ranks(self) -> Ints:
        rank = np.empty(len(self.entities), np.int64)
        rank[np.argsort(np.array(self.entities, dtype=object))] = np.arange(len(rank))
        return rank

    def usable(self, parts: Iterable[Part], columns: Iterable[str]) -> list[Part]:
        """Those of `parts` whose columns open, opened; the least recently asked for are let go beyond `hold`."""
        wanted = list(columns)
        good: list[Part] = []
        for part in parts:
            try:
                for name in wanted:
                    part[name]
                good.append(part)
            except Unreadable as problem:
                self.lost.append((part.entry.name, str(problem)))
                self.parts = [other for other in self.parts if other is not part]
        recent = {id(part) for part in good}
        self._recent = [part for part in self._recent if id(part) not in recent] + good
        while self.hold is not None and len(self._recent) > len(good) and sum(part.held for part in self._recent) > self.hold:
            self._recent.pop(0).let_go()
        return good

    def between(self, start: int, end: int) -> list[Part]:
        """Parts that may hold a stay touching [start, end]."""
        return [part for part in self.parts if part.entry.first <= end and part.entry.last >= start]

    def stays_of(self, entities: Iterable[int], start: int | None = None, end: int | None = None) -> Stays:
        """All stays of some entities (of the parts between start and end), numbered as in the store."""
        parts = self.parts if start is None or end is None else self.between(start, end)
        parts = self.usable(parts, BY_ENTITY)
        wanted = sorted(set(entities))
        pairs = ((part, entity, part.rows_of(entity)) for part in parts for entity in wanted)
        found = [_rows(part, entity, rows) for part, entity, rows in pairs if rows.stop > rows.start]
        return gathered(found, self.entities, self.places, self.sources)


def names_in(folder: Path, file: Names, seals: DaySeals | None) -> dict[str, list[str]]:
    """The names of one file, by kind. Raises InputError when it was changed or does not open: numbers alone say nothing."""
    try:
        raw = (folder / file.name).read_bytes()
    except FileNotFoundError:
        raise InputError(f"{folder.name}: {file.name} is missing; restore the store or build it again.") from None
    if len(raw) != file.size or zlib.crc32(raw) != file.crc:
        raise InputError(f"{folder.name}: {file.name} was changed on the disk; restore the store or build it again.")
    try:
        return json.loads(seals.open("names", file.name, 0, raw) if seals else raw)
    except Unreadable as problem:
        raise InputError(f"{folder.name}: {file.name} cannot be used, {problem}; bring the right keys.") from None


def gathered(found: list[tuple[Array, ...]], entities: Numbered | list[str], places: list[str], sources: list[str]) -> Stays:
    """Columns (entity, place, t0, t1, source, conf, row, whole t0, whole t1) as stays; pieces of one stay share a visit."""
    kinds: list[type] = [np.int64] * 5 + [np.float64] + [np.int64] * 3
    columns: list[Array] = []
    for i, kind in enumerate(kinds):
        rows: list[Array] = [np.zeros(0, kind), *(one[i].astype(kind) for one in found)]
        columns.append(np.concatenate(rows))
    whole = np.stack([columns[0], columns[1], columns[7], columns[8]])
    cut = (columns[7] != columns[2]) | (columns[8] != columns[3])
    visit = np.arange(len(cut))
    if cut.any():
        _, first, shared = np.unique(whole[:, cut], axis=1, return_index=True, return_inverse=True)
        visit[cut] = np.flatnonzero(cut)[first][shared.reshape(-1)]
    entity, place, t0, t1, source, conf, row = columns[:7]
    return Stays(entity, place, t0, t1, source, conf, row, visit, entities, places, sources)


def _rows(part: Part, entity: int, rows: slice) -> tuple[Array, ...]:
    place, t0, t1, how = part.stays(rows)
    whole0, whole1 = t0.copy(), t1.copy()
    low, high = np.searchsorted(part["w_row"], [rows.start, rows.stop])
    cut = part["w_row"][low:high].astype(np.int64) - rows.start
    whole0[cut], whole1[cut] = part["w_t0"][low:high], part["w_t1"][low:high]
    return np.full(len(t0), entity), place, t0, t1, part["h_src"][how], part["h_conf"][how], part["h_row"][how], whole0, whole1


def all_rows(part: Part) -> tuple[Array, ...]:
    """Every row of a part with the columns that `gathered` takes."""
    place, t0, t1, how = part.stays(slice(None))
    off = part["e_off"].astype(np.int64)
    key = part["e_key"] if len(part["e_key"]) else np.arange(len(off) - 1)
    entity = np.repeat(key.astype(np.int64), np.diff(off))
    return entity, place, t0, t1, part["h_src"][how], part["h_conf"][how], part["h_row"][how], *part.wholes()


def _anonymous(size: int) -> memoryview:
    descriptor = os.memfd_create("trace")
    os.ftruncate(descriptor, size)
    try:
        return memoryview(mmap.mmap(descriptor, size))
    finally:
        os.close(descriptor)

