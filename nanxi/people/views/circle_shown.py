"""What stands around an opened person: relations, residences, and for a minor who speaks for him or her. Others stay masked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from nanxi.foundation import vault
from nanxi.foundation.clock import county_day
from nanxi.foundation.models import User
from nanxi.people import circle_queries, queries, wording
from nanxi.people.circle_forms import EndForm
from nanxi.people.circle_queries import Residence, Tie
from nanxi.people.identity import Label
from nanxi.people.intake.elsewhere import name_of
from nanxi.people.models import Relation, SourceRecord, TemporaryResidence
from nanxi.people.models.circle import Ending
from nanxi.people.rules import minors
from nanxi.people.sealing import identity_of


@dataclass(frozen=True)
class Line:
    """One statement: what, about whom, where it stands in time, what it rests on."""

    word: Any
    label: Label | str | None
    state: Any
    tone: str
    since: date | None
    until: date | None
    basis: str
    pk: UUID
    end: EndForm | None
    place: str = ""


@dataclass(frozen=True)
class Minor:
    """Somebody under age: how far, what is not asked alone, and who speaks (None: nobody is known)."""

    stage: Any
    not_alone: list[Any]
    label: Label | str | None
    because: Any


@dataclass(frozen=True)
class Circle:
    relations: list[Line]
    residences: list[Line]
    minor: Minor | None


def circle_of(person_id: UUID, records: Sequence[SourceRecord], now: datetime) -> Circle:
    """Everything around an opened person, in a fixed number of queries."""
    today = county_day(now)
    ties, homes = circle_queries.ties_of(person_id, today), circle_queries.residences_of(person_id, today)
    stage = _stage(records, today)
    speaker = circle_queries.speaker_of(person_id, now) if stage else None
    persons = {tie.other for tie in ties if tie.other} | ({speaker[0]} if speaker else set())
    labels = queries.masked_labels(persons)
    hosts = [home.row.host_id for home in homes if home.row.host_id]
    named = queries.labels_of_records([*(tie.other_record for tie in ties if tie.other is None), *hosts])
    officers = _officers([*(tie.row for tie in ties), *(home.row for home in homes)])
    elsewhere = _("in another area")

    def said_of(tie: Tie) -> Label | str | None:
        return labels.get(tie.other) if tie.other else named.get(tie.other_record, elsewhere)

    def host_of(home: Residence) -> Label | str | None:
        return named.get(home.row.host_id, elsewhere) if home.row.host_id else None

    return Circle(
        [_tie_line(tie, person_id, said_of(tie), officers, today) for tie in ties],
        [_home_line(home, person_id, host_of(home), officers, today) for home in homes],
        _minor(stage, speaker, labels.get(speaker[0], elsewhere) if speaker else None),
    )


def _stage(records: Sequence[SourceRecord], today: date) -> minors.Stage | None:
    for record in records:
        try:
            birth = identity_of(record).birth
        except vault.Sealed:
            continue
        if birth is not None:
            return minors.stage(birth, today)
    return None


def _minor(stage: minors.Stage | None, speaker: tuple[UUID, str] | None, label: Label | str | None) -> Minor | None:
    if stage is None:
        return None
    because = ""
    if speaker:
        because = _("answers for the household") if speaker[1] == "household" else Relation.Kind(speaker[1]).label
    return Minor(wording.STAGES[stage.value], [wording.NOT_ALONE[one.value] for one in minors.NOT_ALONE[stage]], label, because)


def _officers(rows: Sequence[Relation | TemporaryResidence]) -> dict[UUID | None, str]:
    wanted = {row.told_by for row in rows} - {None}
    return dict(User.objects.filter(pk__in=wanted).values_list("id", "display_name")) if wanted else {}


def _tie_line(tie: Tie, person: UUID, label: Label | str | None, officers: dict[UUID | None, str], today: date) -> Line:
    row = tie.row
    word = wording.TURNED.get(tie.kind.value, tie.kind.label) if tie.turned else tie.kind.label
    state, tone = _state(row, tie.holds)
    return Line(word, label, state, tone, row.since, row.until, _basis(row, officers), row.id, _end(row, person, today))


def _home_line(home: Residence, person: UUID, host: Label | str | None, officers: dict[UUID | None, str], today: date) -> Line:
    row = home.row
    state, tone = (_("time is over: ask"), "warn") if home.overdue else _state(row, home.holds)
    word = TemporaryResidence.Kind(row.kind).label
    place = name_of(row.registered_at)
    return Line(word, host, state, tone, row.since, row.until, _basis(row, officers), row.id, _end(row, person, today), place)


def _state(row: Relation | TemporaryResidence, holds: bool) -> tuple[Any, str]:
    if row.ending == Ending.ERROR:
        return Ending.ERROR.label, "quiet"
    return (_("holds"), "ok") if holds else (_("over"), "quiet")


def _end(row: Relation | TemporaryResidence, person: UUID, today: date) -> EndForm | None:
    return EndForm.about(person, row.id, today) if row.ended_at is None else None


def _basis(row: Relation | TemporaryResidence, officers: dict[UUID | None, str]) -> str:
    told = [row.get_evidence_display(), row.get_said_by_display(), officers.get(row.told_by, "")]
    return " · ".join(str(word) for word in told if word)
