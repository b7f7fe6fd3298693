"""Changes to a store: append, merge, erase. One writer at a time; parts first, the list last: a kill leaves the old store."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import zlib
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import numpy as np

from nanxi.cli import InputError
from nanxi.engines.trace import manifest as manifests
from nanxi.engines.trace.ingest import split_long, wholes
from nanxi.engines.trace.ingest_columns import joined_columns
from nanxi.engines.trace.manifest import Entry, Manifest, Names
from nanxi.engines.trace.parts import Array, Column, sorted_columns, write_columns
from nanxi.engines.trace.seals import DaySeals
from nanxi.engines.trace.stays import Ints, Numbered, Stays, days_of
from nanxi.engines.trace.store import Store, all_rows, gathered, names_in

#: A stay of a day ends at most a day later, and joins with one that begins ten minutes after: two days on.
_REACH_DAYS = 2
_LATEST = 2**31 - 1


@contextmanager
def _writing(folder: Path) -> Generator[Manifest]:
    """The store's list, with no other writer at work; drafts and parts that no list names are swept away first."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / ".lock").open("w")
    except OSError as problem:
        raise InputError(f"{folder.name}: cannot be written ({problem.strerror}); choose another place.") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(f"{folder.name}: another writer is at work; try again when it has finished.") from None
        present = (folder / manifests.FILE).exists()
        if not present and any(folder.glob("*.part")):
            raise InputError(f"{folder.name}: holds parts but no {manifests.FILE}; restore the store or choose another place.")
        manifest = manifests.read(folder) if present else Manifest()
        _sweep(folder, manifest)
        try:
            yield manifest
        except OSError as problem:
            _sweep(folder, manifests.read(folder) if present else Manifest())
            full = problem.errno in (errno.ENOSPC, errno.EDQUOT)
            why = "the disk is full; make room and try again" if full else f"{problem.strerror or problem}; try again"
            raise InputError(f"{folder.name}: nothing was added, {why}.") from None


def _sweep(folder: Path, manifest: Manifest) -> None:
    named = {part.name for part in manifest.parts} | {file.name for file in manifest.names}
    for path in [*folder.glob("*.part"), *folder.glob("names-*.json"), *folder.glob(".*.draft")]:
        if path.name not in named:
            path.unlink(missing_ok=True)


def append(
    folder: Path, stays: Stays, seals: DaySeals | None = None, now: int | None = None, loose: bool = True
) -> None:
    """Adds stays, a part for each day; late rows become parts of their own until `merge`. Raises InputError, adding nothing.

    `now`: nothing may begin later. `loose` False: one ingest made these of everything there is, nothing is left to merge.
    """
    _refuse_bad_times(stays, now)
    stays = split_long(stays)
    with _writing(folder) as manifest:
        if manifest.parts and manifest.sealed != (seals is not None):
            raise InputError(f"{folder.name}: is {'' if manifest.sealed else 'not '}sealed; append in the same way.")
        manifest = manifest.next(sealed=seals is not None)
        manifest, stays = _numbered(folder, manifest, stays, seals)
        whole = wholes(stays)
        added = [_write_part(folder, manifest.serial, day, s, w, seals, loose) for day, s, w in _by_day(stays, whole)]
        parts = sorted((*manifest.parts, *added), key=lambda part: (part.day, part.name))
        manifests.write(folder, replace(manifest, parts=tuple(parts)))


def merge(folder: Path, seals: DaySeals | None = None) -> None:
    """Folds loose parts into one part a day; pieces of a stay that came apart or late become one again, over midnight too."""
    with _writing(folder) as manifest:
        if any(part.loose for part in manifest.parts):
            store = _whole(folder, seals)
            loose = [part.entry.day for part in store.parts if part.entry.loose]
            _rewrite(folder, manifest, store, loose, {}, seals)


def unite(folder: Path, same: Mapping[str, str], seals: DaySeals | None = None) -> int:
    """Gives the stays of one entity to another that was found to be the same (old name → name that stays).

    Returns on how many days there was something to change. Names or, in a numbered store, numbers; one that the store does not
    know has no stays. What both told becomes one stay, as if it had been told of one.
    """
    with _writing(folder) as manifest:
        store = _whole(folder, seals)
        pairs = ((store.number_of(old), store.number_of(new)) for old, new in same.items())
        numbers = {old: new for old, new in pairs if old is not None}
        if any(new is None or new in numbers for new in numbers.values()):
            why = "an entity is to become one that is not known or is to become another itself; name the last one"
            raise InputError(f"{folder.name}: {why}.")
        days = [part.entry.day for part in store.parts if any(len(part.stays(part.rows_of(old))[0]) for old in numbers)]
        if days:
            _rewrite(folder, manifest, store, days, {old: new for old, new in numbers.items() if new is not None}, seals)
        return len(set(days))


def _whole(folder: Path, seals: DaySeals | None) -> Store:
    store = Store(folder, seals)
    if store.lost:
        raise InputError(f"{folder.name}: {store.lost[0][0]} cannot be merged, {store.lost[0][1]}; restore or erase its day.")
    return store


def _rewrite(
    folder: Path, manifest: Manifest, store: Store, days: list[int], same: Mapping[int, int], seals: DaySeals | None
) -> None:
    """New parts for some days and those around them that hold pieces of their stays; the list last."""
    manifest = manifest.next()
    keep = {part.name: part for part in manifest.parts}
    for first, last in _spans(store, days):
        chosen = [part for part in store.parts if first <= part.entry.day <= last]
        stays = gathered([all_rows(part) for part in chosen], store.entities, store.places, store.sources)
        if same:
            entity = stays.entity.copy()
            for old, new in same.items():
                entity[entity == old] = new
            stays = replace(stays, entity=entity)
        stays = split_long(joined_columns(stays))
        for part in chosen:
            del keep[part.entry.name]
        for day, rows, whole in _by_day(stays, wholes(stays)):
            entry = _write_part(folder, manifest.serial, day, rows, whole, seals, loose=False)
            keep[entry.name] = entry
    parts = sorted(keep.values(), key=lambda part: (part.day, part.name))
    manifest = replace(manifest, parts=tuple(parts))
    manifests.write(folder, manifest)
    _sweep(folder, manifest)


def build(folder: Path, stays: Stays, now: int | None = None) -> None:
    """A new store in place of what is there, which stays until the new one is whole. Raises InputError."""
    draft, old = (folder.with_name(f".{folder.name}.{word}.{os.getpid()}") for word in ("new", "old"))
    try:
        append(draft, stays, now=now, loose=False)
        if folder.exists():
            if folder.is_dir() and any(folder.iterdir()) and not (folder / manifests.FILE).exists():
                raise InputError(f"{folder.name}: is a folder with other things in it; choose another place.")
            folder.rename(old)
        draft.rename(folder)
    except OSError as problem:
        raise InputError(f"{folder.name}: cannot be written ({problem.strerror or problem}); choose another place.") from None
    finally:
        for leftover in (draft, old):
            if leftover.is_dir():
                shutil.rmtree(leftover)
            else:
                leftover.unlink(missing_ok=True)


def erase(folder: Path, before: int) -> int:
    """Drops the parts of all days before a day (counted from 1970-01-01); returns how many. Their names stay numbers only."""
    with _writing(folder) as manifest:
        kept = tuple(part for part in manifest.parts if part.day >= before)
        dropped = len(manifest.parts) - len(kept)
        if dropped:
            manifest = manifest.next(parts=kept)
            manifests.write(folder, manifest)
            _sweep(folder, manifest)
        return dropped


def _refuse_bad_times(stays: Stays, now: int | None) -> None:
    if not len(stays):
        return
    if (backward := np.flatnonzero(stays.t1 < stays.t0)).size:
        raise InputError(f"stay {backward[0] + 1}, column t1: the stay ends before it starts; correct t0 or t1.")
    latest = _LATEST if now is None else now
    if (ahead := np.flatnonzero((stays.t0 > latest) | (stays.t1 > _LATEST) | (stays.t0 < -_LATEST))).size:
        raise InputError(f"stay {ahead[0] + 1}, column t0: the time lies in the future or outside 1902 to 2038; check the clock.")


def _numbered(folder: Path, manifest: Manifest, stays: Stays, seals: DaySeals | None) -> tuple[Manifest, Stays]:
    """The stays with the store's numbers; new names are written beside the older ones."""
    numbered = isinstance(stays.entities, Numbered)
    if (manifest.parts or manifest.entities) and numbered != manifest.numbered:
        raise InputError(f"{folder.name}: knows its entities by {'number' if manifest.numbered else 'name'}; append likewise.")
    known: dict[str, list[str]] = {"entities": [], "places": [], "sources": []}
    if manifest.names:
        for file in manifest.names:
            for kind, names in names_in(folder, file, seals).items():
                known[kind] += names
    entities, new_entities = (None, []) if numbered else _places_in(known["entities"], stays.entities)
    places, new_places = _places_in(known["places"], stays.places)
    sources, new_sources = _places_in(known["sources"], stays.sources)
    count = max(manifest.entities, len(stays.entities)) if numbered else len(known["entities"]) + len(new_entities)
    names = manifest.names
    if new_entities or new_places or new_sources:
        fresh = {"entities": new_entities, "places": new_places, "sources": new_sources}
        names = (*names, _write_names(folder, manifest.serial, fresh, seals))
    renumbered = Stays(
        stays.entity if entities is None else entities[stays.entity], places[stays.place], stays.t0, stays.t1,
        sources[stays.source], stays.conf, stays.row, stays.visit, stays.entities, stays.places, stays.sources,
    )  # fmt: skip
    return replace(manifest, numbered=numbered, entities=count, names=names), renumbered


def _places_in(known: Sequence[str], names: Sequence[str]) -> tuple[Ints, list[str]]:
    number = {name: i for i, name in enumerate(known)}
    new = [name for name in names if name not in number]
    number.update({name: len(known) + i for i, name in enumerate(new)})
    return np.array([number[name] for name in names], np.int64), new


def _write_names(folder: Path, serial: int, names: dict[str, list[str]], seals: DaySeals | None) -> Names:
    name = f"names-{serial}.json"
    raw = json.dumps(names, ensure_ascii=False).encode()
    stored = seals.seal("names", name, 0, raw) if seals else raw
    manifests.whole_file(folder / name, lambda file: file.write(stored))
    return Names(name, len(stored), zlib.crc32(stored))


def _by_day(stays: Stays, whole: tuple[Ints, Ints]) -> Iterator[tuple[int, Stays, tuple[Ints, Ints]]]:
    day = days_of(stays.t0)
    for each in np.unique(day):
        rows = np.flatnonzero(day == each)
        everything = len(rows) == len(stays)
        yield int(each), stays if everything else stays.take(rows), whole if everything else (whole[0][rows], whole[1][rows])


def _write_part(
    folder: Path, serial: int, day: int, stays: Stays, whole: tuple[Ints, Ints], seals: DaySeals | None, loose: bool
) -> Entry:
    name = f"{manifests.date_of(day)}.{serial}.part"
    columns: dict[str, Array] = sorted_columns(stays, whole)
    written: list[Column] = []

    def write(file: BinaryIO) -> None:
        written.extend(write_columns(file, columns, manifests.date_of(day), name, seals.seal if seals else None))

    manifests.whole_file(folder / name, write)
    return Entry(name, day, len(stays), int(stays.t0.min()), int(stays.t1.max()), loose, tuple(written))


def _spans(store: Store, days: list[int]) -> list[tuple[int, int]]:
    """Runs of days that have to be rewritten together: the given ones, those beside them, those of long stays they cut."""
    edges = {part.entry.day: _edges(part["w_t0"], part["w_t1"]) for part in store.parts if len(part["w_t0"])}
    spans = [(day - _REACH_DAYS, day + _REACH_DAYS) for day in days]
    while True:
        grown: list[tuple[int, int]] = []
        for low, high in sorted(spans):
            inside = [edge for day, edge in edges.items() if low <= day <= high]
            low, high = min([low, *(e[0] for e in inside)]), max([high, *(e[1] for e in inside)])
            if grown and low <= grown[-1][1] + 1:
                grown[-1] = grown[-1][0], max(high, grown[-1][1])
            else:
                grown.append((low, high))
        if grown == spans:
            return grown
        spans = grown


def _edges(t0: Array, t1: Array) -> tuple[int, int]:
    first, last = days_of(np.array([t0.min(), t1.max()], np.int64))
    return int(first) - _REACH_DAYS, int(last) + _REACH_DAYS

