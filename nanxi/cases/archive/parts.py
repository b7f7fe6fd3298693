"""Putting sightings away: rows become stays of opaque numbers at opaque places, appended to sealed day parts."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import numpy as np
from django.conf import settings
from django.db import connection

from nanxi.cases import persons, stays
from nanxi.cases.archive import mapping
from nanxi.cases.models import Sighting
from nanxi.cli import InputError
from nanxi.engines.trace import manifest as manifests
from nanxi.engines.trace import stays as engine
from nanxi.engines.trace import writer
from nanxi.engines.trace.ingest import ingest
from nanxi.engines.trace.protocol import trip_of
from nanxi.engines.trace.seals import DaySeals
from nanxi.engines.trace.stays import Numbered
from nanxi.engines.trace.store import Store
from nanxi.foundation import acts, vault
from nanxi.foundation.act import Act, house

PURPOSE = "cases.archive"
#: Matching takes a second; a record that nobody was found for by then stands for itself.
PATIENCE = timedelta(minutes=1)
#: Rows of one append: some hundred megabytes at most, a few seconds.
MOST = 200_000
#: Small parts a day's reading may have before they are folded together.
MOST_LOOSE = 40
#: Bytes of opened parts that a worker keeps between questions.
HOLD = 1 << 30
_LOCK = 0x63617365
_held: list[Store] = []


def folder() -> Path:
    return settings.HOME / "sightings"


def opaque(place: str) -> str:
    """The name under which the parts know a place: the same place the same digest. A trip keeps its kind, day and coach."""
    trip = trip_of(place)
    if trip is not None:
        return replace(trip, number=_digest(f"{trip.kind}#{trip.number}")).place
    return place if place.startswith("cell#") else _digest(place)


def _digest(text: str) -> str:
    return vault.index("place", text).hex()


def seals() -> DaySeals:
    return DaySeals(_key_of)


def _key_of(day: str) -> bytes:
    if day == "names":
        return vault.mac(f"{PURPOSE}.names", b"")
    return vault.day_secret(date.fromisoformat(day), PURPOSE)


@contextmanager
def _alone() -> Iterator[None]:
    """One writer in the whole house, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    with acts.writing(), mapping.opened(mapping.ARCHIVE):
        yield


def catch_up(now: datetime, *, patience: timedelta = timedelta(0)) -> int:
    """Put away what waits, in one transaction in the house's scope; returns how many rows. Safe to repeat and to kill."""
    with _alone():
        if not _present() and Sighting.everything.filter(waits=False).exists():
            _rebuild()
        _give_up_moved()
        total = 0
        while batch := list(Sighting.everything.filter(waits=True).order_by("recorded_at", "id")[:MOST]):
            ready = _settled(batch, now, patience)
            _append(folder(), ready)
            Sighting.everything.filter(pk__in=[row.pk for row in ready]).update(waits=False)
            total += len(ready)
            if len(ready) < MOST:
                break
        if total:
            Act(actor=house("cases")).log("cases.sighting.archived", count=total)
    return total


def _settled(rows: Sequence[Sighting], now: datetime, patience: timedelta) -> list[Sighting]:
    """Rows whose record has found its person, or had its time to."""
    young = {row.record_id for row in rows if row.recorded_at > now - patience}
    known = persons.persons_of(young) if young else {}
    return [row for row in rows if row.record_id not in young or row.record_id in known or row.recorded_at <= now - patience]


def _append(to: Path, rows: Sequence[Sighting]) -> None:
    if not rows:
        return
    number = mapping.numbers_for(row.record_id for row in rows)
    found = _numbered(rows, number)
    for day in np.unique(engine.days_of(found.t0)).tolist():
        vault.make_day_key(date.fromisoformat(manifests.date_of(day)))
    writer.append(to, found, seals())


def _numbered(rows: Iterable[Sighting], number: dict[UUID, int]) -> engine.Stays:
    """Stays after the engine's ingest, entities as their numbers."""
    told = (
        engine.Sighting(
            f"{number[stay.record_id]:010d}", opaque(stay.place), int(stay.t0.timestamp()),
            int(stay.t1.timestamp()) if stay.t1 else None, stay.source, stay.conf, stay.row,
        )
        for stay in stays.opened(rows)
    )  # fmt: skip
    found = ingest(told)
    names = np.array([int(name) for name in found.entities], np.int64)
    entity = names[found.entity] if len(found) else found.entity
    return replace(found, entity=entity, entities=Numbered(int(names.max(initial=-1)) + 1))


def _present() -> bool:
    return (folder() / manifests.FILE).exists()


def store() -> Store:
    """The parts as they are now, kept open between questions. Raises InputError when there are none."""
    version = manifests.read(folder()).version
    if not _held or _held[0].folder != folder() or _held[0].manifest.version != version or _purged(_held[0].manifest):
        _held[:] = [Store(folder(), seals(), hold=HOLD)]
    return _held[0]


def _purged(manifest: manifests.Manifest) -> set[date]:
    """Days of the parts whose keys were destroyed, by whichever process."""
    days = {date.fromisoformat(part.date) for part in manifest.parts}
    return days - vault.days_with_keys(days)


def _drop_purged() -> bool:
    """Let go of purged days: the rows, the parts, and what was opened of them into memory."""
    manifest = manifests.read(folder())
    gone = _purged(manifest)
    if gone:
        _held.clear()
        # What was told of a purged day may have become part of a stay of the day before, and then no part bears its date.
        told = set(Sighting.everything.order_by("day").values_list("day", flat=True).distinct())
        Sighting.everything.filter(day__in=gone | (told - vault.days_with_keys(told))).delete()
        _drop({date.fromisoformat(part.date) for part in manifest.parts}, gone)
    return bool(gone)


def tidy(*, night: bool = False) -> bool:
    """Drop purged days, fold small parts together, make the parts anew when some cannot be read.

    Returns whether it did anything.
    """
    if not _present():
        return False
    with _alone():
        if _drop_purged():
            return True
        loose = sum(part.loose for part in manifests.read(folder()).parts)
        if night and (_given_up().exists() or Store(folder(), seals()).lost):
            _rebuild()
            return True
        if loose <= MOST_LOOSE and not (night and loose):
            return False
        try:
            writer.merge(folder(), seals())
        except InputError:
            _rebuild()
    return True


def fold() -> bool:
    """Make one stay of what was told in pieces at different times, before minutes are counted; returns whether it did anything.

    Appends leave small parts; a stay that a list tells after a scan would count twice in the time two people shared. Only days
    with such parts are written anew. Days purged since the last look are let go of first.
    """
    if not _present():
        return False
    manifest = manifests.read(folder())
    if not _purged(manifest) and not any(part.loose for part in manifest.parts):
        return False
    with _alone():
        _drop_purged()
        try:
            writer.merge(folder(), seals())
        except InputError:
            _rebuild()
    return True


def rebuild() -> None:
    """The parts once more from the rows: after damage, and to be rid of numbers that were given up."""
    with _alone():
        _give_up_moved()
        _rebuild()


def _give_up_moved() -> None:
    if mapping.give_up_moved():
        folder().parent.mkdir(parents=True, exist_ok=True)
        _given_up().touch()


def _given_up() -> Path:
    """There while the parts hold numbers that stand for nobody any more: they still count in crowds, until the next night."""
    return folder().with_name(".sightings.moved")


def _drop(days: set[date], gone: set[date]) -> None:
    """Purged days are the oldest ones; should one lie between others, the rest is made anew without it."""
    kept = days - gone
    if kept and min(kept) < max(gone):
        _rebuild()
    else:
        writer.erase(folder(), (max(gone) - date(1970, 1, 1)).days + 1)


def _rebuild() -> None:
    """The parts once more from the rows, day by day, put in the place of the old ones when they are whole."""
    draft, old = folder().with_name(".sightings.new"), folder().with_name(".sightings.old")
    for leftover in (draft, old):
        shutil.rmtree(leftover, ignore_errors=True)
    for day in Sighting.everything.filter(waits=False).order_by("day").values_list("day", flat=True).distinct():
        _append(draft, list(Sighting.everything.filter(day=day, waits=False)))
    if draft.exists():
        writer.merge(draft, seals())
    _held.clear()
    if folder().exists():
        folder().rename(old)
    if draft.exists():
        draft.rename(folder())
    shutil.rmtree(old, ignore_errors=True)
    _given_up().unlink(missing_ok=True)
