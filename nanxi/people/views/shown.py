"""Rows as pages show them. Nothing here decides anything; names are masked unless a page was opened by a grant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count
from django.utils.translation import gettext as _

from nanxi.foundation import areas, vault
from nanxi.foundation.clock import county_day
from nanxi.foundation.grants import Purpose
from nanxi.foundation.models import LedgerEntry, User
from nanxi.people import circle_queries, queries, wording
from nanxi.people.identity import Identity, Label
from nanxi.people.intake.cells import text_of
from nanxi.people.list_sealing import content_of_text
from nanxi.people.models import IdentityLink, ReviewPair, SourceRecord
from nanxi.people.rules import ids
from nanxi.people.rules.compare import compare
from nanxi.people.sealing import identity_of, raw_of
from nanxi.web.parts import Bar, Moment

#: More lists than this about one person are not read on one page.
MOST_RECORDS = 100


@dataclass(frozen=True)
class RecordLine:
    record: SourceRecord
    label: Label | None
    area: str
    source: Any
    raw: str = ""


def record_lines(records: Sequence[SourceRecord], *, opened: bool = False) -> list[RecordLine]:
    """Two queries for a page of records: area names and keys."""
    names = areas.names_of(record.area_code for record in records)
    vault.load_keys(record.id for record in records)
    return [
        RecordLine(
            record, queries.label_of_record(record), names.get(record.area_code, record.area_code),
            wording.source_of(record.source_kind), _as_it_came(record) if opened else "",
        )
        for record in records
    ]  # fmt: skip


def _as_it_came(record: SourceRecord) -> str:
    """The cells of a list's row as their file showed them; of any other source its own words."""
    try:
        raw = raw_of(record)
        cells = content_of_text(raw).cells if raw and record.batch_id else None
    except vault.Sealed:
        return ""
    return raw if cells is None else " · ".join(filter(None, map(text_of, cells)))


@dataclass(frozen=True)
class Fact:
    """One identifier of a person: the field, a value, and how many records say so."""

    field: Any
    value: str
    said: int


def identity_lines(records: Sequence[SourceRecord]) -> list[Fact]:
    """Every value that any record gives, the most often named first; nothing is stored over, so contradictions show."""
    vault.load_keys(record.id for record in records)
    values: dict[str, Counter[str]] = {field: Counter() for field in wording.FIELDS}
    for record in records:
        try:
            for field, value in _values(identity_of(record)):
                values[field][value] += 1
        except vault.Sealed:
            continue
    return [Fact(wording.FIELDS[field], value, said) for field, found in values.items() for value, said in found.most_common()]


def _values(identity: Identity) -> list[tuple[str, str]]:
    number = ids.read_id(identity.id_no)
    birth = identity.birth
    sex = wording.SEX.get(number.sex or identity.sex, identity.sex)
    rows = [
        ("name", identity.name), ("id_no", number.value or identity.id_no), ("birth", birth.isoformat() if birth else ""),
        ("sex", str(sex)), ("passport", identity.passport), ("address", identity.address), ("workplace", identity.workplace),
        *(("phone", phone) for phone in identity.all_phones()),
    ]  # fmt: skip
    return [(field, value) for field, value in rows if value]


@dataclass(frozen=True)
class MemberLine:
    """One person of a household, masked, with what is to be known before one calls."""

    label: Label | None
    notes: list[Any]
    tone: str


def household_lines(person_id: UUID, now: datetime) -> list[MemberLine]:
    """The household of an opened person; the others stay masked."""
    found = circle_queries.household_of(person_id, now)
    if found is None:
        return []
    labels = queries.masked_labels(found.persons)
    return [
        MemberLine(
            labels.get(person),
            [*([_("this person")] if person == person_id else []), *([_("under age")] if person in found.minors else []),
             *([_("temporary resident")] if person in found.temporary else []),
             *([_("answers for all")] if person == found.answers else [])],
            "ok" if person == found.answers else "quiet",
        )
        for person in found.persons
    ]  # fmt: skip


def concern_lines(person_id: UUID, now: datetime) -> list[tuple[circle_queries.Concern, bool]]:
    """Lists of directives that name the person, and whether each still makes one a person of concern."""
    today = county_day(now)
    return [(one, one.holds(today)) for one in circle_queries.concerns_of(person_id)]


def link_moments(person_id: UUID) -> list[Moment]:
    """Every decision about this person's records, newest first."""
    links = list(queries.links_of_person(person_id)[:MOST_RECORDS])
    officers = _officers(link.by_id for link in links if link.by_id)
    return [
        Moment(
            link.at, wording.RULES.get(link.rule, link.rule), _rests_on(link),
            officers.get(link.by_id, "") if link.by_id else _("by rule"), "go" if link.rule == "officer" else "quiet",
        )
        for link in links
    ]  # fmt: skip


def _rests_on(link: IdentityLink) -> str:
    """The source of the record, and of a rule's link the bits and the degrees that carry it."""
    source = str(wording.source_of(link.record.source_kind))
    if link.score is None:
        return source
    kept: Any = link.weights or []
    for_it = [str(wording.WEIGHTS.get(degree, degree)) for degree, bits in kept if bits > 0]
    told = _("%(source)s · %(bits).1f bits: %(degrees)s")
    return told % {"source": source, "bits": link.score, "degrees": ", ".join(for_it)}


def undoable(person_id: UUID) -> dict[UUID, IdentityLink]:
    """Record → the link that holds now, where the person has more than one record."""
    rows = IdentityLink.objects.filter(person_id=person_id, record__person_id=person_id).order_by("record_id", "-at", "-id")
    found = {link.record_id: link for link in rows.distinct("record_id")}
    return found if len(found) > 1 else {}


def _officers(ids_: Any) -> dict[UUID, str]:
    return dict(User.objects.filter(pk__in=set(ids_)).values_list("id", "display_name"))


def who_looked(person_id: UUID) -> list[tuple[Any, int]]:
    """How often the person was opened, by purpose; names of readers are for oversight."""
    rows = LedgerEntry.objects.filter(person_id=person_id, kind="people.person.read").values("purpose").annotate(n=Count("id"))
    labels = dict(Purpose.choices)
    return [(labels.get(row["purpose"], row["purpose"]), row["n"]) for row in rows.order_by("-n", "purpose")]


@dataclass(frozen=True)
class PairLine:
    pair: ReviewPair
    one: Label | None
    other: Label | None
    area: str
    tone: str


def pair_lines(pairs: Sequence[ReviewPair]) -> list[PairLine]:
    labels = queries.labels_of_records(record for pair in pairs for record in (pair.one_id, pair.other_id))
    names = areas.names_of(pair.area_code for pair in pairs)
    tones = {ReviewPair.Kind.CONFLICT.value: "danger", ReviewPair.Kind.AMBIGUOUS.value: "warn"}
    return [
        PairLine(
            pair, labels.get(pair.one_id), labels.get(pair.other_id), names.get(pair.area_code, pair.area_code),
            tones.get(pair.kind, "wait"),
        )
        for pair in pairs
    ]  # fmt: skip


@dataclass(frozen=True)
class Difference:
    field: Any
    one: str
    other: str
    verdict: Any
    tone: str


def differences(one: SourceRecord, other: SourceRecord) -> list[Difference]:
    """Field by field; what agrees stays covered."""
    vault.load_keys([one.id, other.id])
    lines = compare(identity_of(one), identity_of(other))
    return [
        Difference(
            wording.FIELDS[line.field], str(wording.SEX.get(line.one, line.one)), str(wording.SEX.get(line.other, line.other)),
            *wording.VERDICTS[line.verdict.value],
        )
        for line in lines
    ]  # fmt: skip


def bars(pair: ReviewPair) -> list[Bar]:
    return [Bar(str(wording.WEIGHTS.get(code, code)), float(bits)) for code, bits in pair.reasons()]
