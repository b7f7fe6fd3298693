"""Homes of an area, counted by their digests: who lives behind which door, without anybody's name or address being opened.

A home is one full address in one town (rules.traits.Key.HOME). Everybody lives where the newest list says, so that somebody who
moved is counted once; a case room's claim says where somebody was named, not where he lives.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from nanxi.engines.linkage import places
from nanxi.foundation import vault
from nanxi.foundation.clock import county_day
from nanxi.people.circle_queries import guardians_of
from nanxi.people.models import RecordIndex, SourceRecord
from nanxi.people.queries import CLAIMS
from nanxi.people.rules import household
from nanxi.people.rules.household import Member
from nanxi.people.rules.traits import STRIP, Key, home, strips_of

_FIELDS = STRIP.fields
assert _FIELDS is not None
#: Where the year of birth stands in a record's strip: two bytes, the low one first.
YEAR_AT = _FIELDS["year"][1]
#: Each person's newest word about a home in the area, and whether a still newer one leads elsewhere.
LIVES = f"""
WITH said AS (
  SELECT r.id, coalesce(r.person_id, r.id) AS who, r.person_id, r.area_code, r.rank, i.value AS home,
    CASE WHEN r.traits IS NULL THEN 0
      ELSE get_byte(r.traits, {YEAR_AT}) + 256 * get_byte(r.traits, {YEAR_AT + 1}) END AS born
  FROM people_sourcerecord r JOIN people_recordindex i ON i.record_id = r.id AND i.kind = {int(Key.HOME)}
  WHERE r.area_code >= %(low)s AND r.area_code < %(high)s AND r.withdrawn_at IS NULL
    AND NOT starts_with(r.source_kind, '{CLAIMS}')
), newest AS (
  SELECT DISTINCT ON (who) * FROM said ORDER BY who, id DESC
), lives AS (
  SELECT n.*, born > 0 AND %(year)s - born < {household.ADULT} AS minor FROM newest n
  WHERE n.person_id IS NULL OR NOT EXISTS (
    SELECT 1 FROM people_sourcerecord o JOIN people_recordindex j ON j.record_id = o.id AND j.kind = {int(Key.HOME)}
    WHERE o.person_id = n.person_id AND o.id > n.id AND o.withdrawn_at IS NULL AND NOT starts_with(o.source_kind, '{CLAIMS}'))
)
"""
#: A village says more than a town, a grid more than a village.
HOMES = (
    LIVES
    + """
SELECT home,
  (array_agg(area_code ORDER BY length(area_code) DESC, right(area_code, 3) = '000', id DESC))[1],
  (array_agg(id ORDER BY minor, rank, id))[1], count(*), count(*) FILTER (WHERE minor)
FROM lives GROUP BY home ORDER BY 2, home
"""
)
WITHOUT = f"""
SELECT count(*) FROM (
  SELECT coalesce(r.person_id, r.id) AS who FROM people_sourcerecord r
  WHERE r.area_code >= %(low)s AND r.area_code < %(high)s AND r.withdrawn_at IS NULL
    AND NOT starts_with(r.source_kind, '{CLAIMS}')
  EXCEPT
  SELECT coalesce(r.person_id, r.id) FROM people_sourcerecord r
  JOIN people_recordindex i ON i.record_id = r.id AND i.kind = {int(Key.HOME)}
  WHERE r.area_code >= %(low)s AND r.area_code < %(high)s AND r.withdrawn_at IS NULL
) AS nowhere
"""


@dataclass(frozen=True)
class Home:
    """One home: its digest, the smallest area a list names, an adult's record (a minor's when no adult is known), and counts."""

    digest: int
    area_code: str
    record_id: UUID
    persons: int
    minors: int


def homes_in(low: str, high: str, now: datetime) -> list[Home]:
    """The homes between two area codes in scope, village by village."""
    with connection.cursor() as cursor:
        cursor.execute(HOMES, _span(low, high, now))
        return [Home(*row) for row in cursor.fetchall()]


def people_without_home(low: str, high: str, now: datetime) -> int:
    """How many people filed between two area codes no list puts at a full address: no round over homes can know them."""
    with connection.cursor() as cursor:
        cursor.execute(WITHOUT, _span(low, high, now))
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def _span(low: str, high: str, now: datetime) -> dict[str, object]:
    return {"low": low, "high": high, "year": county_day(now).year}


def home_digest(address: str, area: str) -> int | None:
    """The digest of a full address in its town; None when the house number is missing."""
    tidy = places.normal_address(address)
    if not tidy or tidy == places.way_of(tidy):
        return None
    return vault.block(Key.HOME.name, home(tidy, area))


@dataclass(frozen=True)
class Resident:
    """Somebody who is listed at a home. A minor is counted, never named."""

    record_id: UUID
    minor: bool
    answers: bool


def residents_of(digest: int, now: datetime) -> list[Resident]:
    """Who is listed at a home, in scope: the adult who answers for all first, adults before minors."""
    under = RecordIndex.objects.filter(kind=int(Key.HOME), value=digest).values_list("record_id", flat=True)
    rows = SourceRecord.objects.filter(pk__in=list(under[: 20 * household.MOST]), withdrawn_at=None).order_by("rank", "id")
    first: dict[UUID, tuple[UUID, Member]] = {}
    for pk, person, traits in rows.values_list("id", "person_id", "traits"):
        if not traits:
            continue
        strip, who = strips_of(bytes(traits))[0], person or pk
        phones = frozenset(int(phone) for phone in strip["phones"] if phone)
        record, known = first.get(who, (pk, Member(who)))
        first[who] = (record, Member(who, known.year or int(strip["year"]), known.phones | phones))
    today = county_day(now)
    year, members = today.year, [member for _record, member in first.values()]
    guardians = guardians_of([member.person for member in members if member.is_minor(year)], today)
    speaker = household.who_answers(members, year, guardians)
    found = [Resident(record, member.is_minor(year), who == speaker) for who, (record, member) in first.items()]
    return sorted(found, key=lambda one: (not one.answers, one.minor, one.record_id))


__all__ = ["Home", "Resident", "home_digest", "homes_in", "people_without_home", "residents_of"]
