"""What the house already knows of the people on a list, before anybody walks to their door. Each room above registers a source.

A fact found so is evidence beside the visit's, never a decision: no check is closed by it (rules/evidence.py says what stands).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

#: What lies further back says nothing about where somebody is today: the longest incubation period of the protocol.
RECENT = timedelta(days=14)


@dataclass(frozen=True)
class Known:
    """One fact about the person of a record. says: here, gone, unclear. how: event, declared, list. at: when it was so."""

    record_id: UUID
    says: str
    how: str
    at: datetime
    source_id: UUID


#: record → all records of its person; the time from which on facts count, and now.
LookUp = Callable[[Mapping[UUID, frozenset[UUID]], Mapping[UUID, UUID], datetime, datetime], Iterable[Known]]


@dataclass(frozen=True)
class Source:
    kind: str
    label: Any
    look_up: LookUp


_sources: dict[str, Source] = {}


def register(kind: str, label: Any, look_up: LookUp) -> None:
    """Declare a source of facts: `look_up(records, persons, since, now)`, the newest fact of each record is enough.

    records: record of the list → the records of its person, itself among them. persons: record of the list → person.
    """
    _sources[kind] = Source(kind, label, look_up)


def all_sources() -> list[Source]:
    return [_sources[kind] for kind in sorted(_sources)]


def label_of(kind: str) -> Any:
    """What a source is called on pages; "" for a claim that a unit typed in."""
    return _sources[kind].label if kind in _sources else ""


def listed_for(records: Mapping[UUID, frozenset[UUID]]) -> dict[UUID, list[UUID]]:
    """Record of the person → the records of the list that ask about it."""
    found: dict[UUID, list[UUID]] = {}
    for listed, own in records.items():
        for record in own:
            found.setdefault(record, []).append(listed)
    return found

