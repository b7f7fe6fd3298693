"""Reads of the sweep: rounds, coverage by area from one index, a worker's own doors, and the state of entrances."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Left

from nanxi.field.sweep import below, rules
from nanxi.field.sweep.models import ControlReport, Household, HouseholdVisit, SweepRound
from nanxi.field.sweep.rules import Control, Outcome, Tally
from nanxi.foundation import areas
from nanxi.foundation.act import Actor
from nanxi.foundation.clock import county_day
from nanxi.foundation.grants import Opening
from nanxi.foundation.models import Area
from nanxi.foundation.reach import Reach, home_of, range_of, stem_of

#: Doors on one page of a phone.
MOST_DOORS = 60
MOST_LISTED = 50
#: Not met at three parts of the day: the town goes on by phone.
GIVEN_UP = Q(result__in=rules.NOT_MET, again_from=None)
#: Length of the codes one level down.
NEXT_LEVEL = {6: 9, 9: 12, 12: 15}


def touches(reach: Reach, area: str) -> bool:
    """Whether a round over `area` concerns somebody of this reach."""
    low, high = range_of(area)
    return any(begin < high and low < end for begin, end in reach.ranges)


def rounds_of(actor: Actor) -> list[SweepRound]:
    rows = SweepRound.objects.select_related("job").order_by("-opens", "-id")[:200]
    return [row for row in rows if touches(actor.reach, row.area_code)]


def round_by_id(actor: Actor, pk: UUID) -> SweepRound | None:
    row = SweepRound.objects.select_related("job").filter(pk=pk).first()
    return row if row is not None and touches(actor.reach, row.area_code) else None


def open_rounds(actor: Actor, now: datetime) -> list[SweepRound]:
    """Rounds somebody may visit for today."""
    today = county_day(now)
    rows = SweepRound.objects.filter(opens__lte=today, closes__gte=today, planned_at__isnull=False).order_by("closes", "id")
    return [row for row in rows if touches(actor.reach, row.area_code)]


def places_of(reach: Reach) -> list[tuple[str, str]]:
    """Villages, grids and compounds of a reach, code and name: where a household may be found."""
    kinds = [Area.Kind.VILLAGE, Area.Kind.GRID, Area.Kind.COMPOUND]
    return list(Area.objects.filter(reach.where("code"), kind__in=kinds).order_by("code").values_list("code", "name")[:200])


def area_of_round(row: SweepRound, actor: Actor, code: str) -> Area | None:
    """The area somebody looks at: inside round and reach; without a code the round's own, or the officer's part of it."""
    own = str(row.area_code) if actor.reach.covers(row.area_code) else home_of(actor.reach)
    area = Area.objects.filter(pk=code or own).first()
    if area is None or not area.code.startswith(stem_of(row.area_code)) or not actor.reach.covers(area.code):
        return None
    return area


def _inside(row: SweepRound, area: str) -> QuerySet[Household]:
    low, high = range_of(area)
    return Household.objects.filter(round=row, area_code__gte=low, area_code__lt=high)


def tallies(row: SweepRound, area: str) -> dict[str, Tally]:
    """Households of an area by the areas one level down; those of which no smaller area is known stand under its own code."""
    size = NEXT_LEVEL.get(len(stem_of(area)), 15)
    counted = (
        _inside(row, area)
        .values_list(Left("area_code", size), "result")
        .annotate(
            n=Count("id"),
            found=Count("id", filter=Q(found_at__isnull=False)),
            free=Count("id", filter=Q(worker_id=None)),
            given_up=Count("id", filter=GIVEN_UP),
        )
    )
    found: dict[str, dict[str, int]] = {}
    for part, result, n, later, free, given_up in counted:
        code = part.ljust(12, "0")
        one = found.setdefault(code, {})
        one["found"] = one.get("found", 0) + later
        one["known"] = one.get("known", 0) + n - later
        if result in {"visited", "moved", "refused", "no_such"}:
            one[result] = one.get(result, 0) + n
        elif result in rules.NOT_MET:
            one["given_up"] = one.get("given_up", 0) + given_up
            one["absent"] = one.get("absent", 0) + n - given_up
        if result not in rules.SETTLED:
            one["unassigned"] = one.get("unassigned", 0) + free
    return {code: Tally(**counts) for code, counts in found.items()}


def total(parts: Iterable[Tally]) -> Tally:
    sums: dict[str, int] = {}
    for part in parts:
        for name, n in vars(part).items():
            sums[name] = sums.get(name, 0) + n
    return Tally(**sums)


@dataclass(frozen=True)
class Door:
    """A household in a list: whom one asks for, masked; where it stands."""

    house: Household
    label: Any
    place: str

    @property
    def outcome(self) -> Outcome | None:
        return Outcome.of(self.house.result)

    @property
    def given_up(self) -> bool:
        return self.house.again_from is None and self.house.result in rules.NOT_MET


def doors_of(actor: Actor, now: datetime) -> tuple[list[Door], dict[str, int]]:
    """A worker's own households that are due now, and how many wait for another time or are done."""
    mine = Household.objects.filter(worker_id=actor.user_id, round__in=[row.pk for row in open_rounds(actor, now)])
    waits = Q(result__in=rules.NOT_MET) & (Q(again_from__gt=now) | Q(again_from=None))
    due = mine.filter(Q(result="") | (Q(result__in=rules.NOT_MET) & Q(again_from__lte=now)))
    counts = mine.aggregate(
        all=Count("id"), later=Count("id", filter=waits), done=Count("id", filter=Q(result__in=[*rules.SETTLED, "refused"]))
    )
    # Whoever was not met before is due at this part of the day and no other.
    ordered = due.select_related("round").order_by(F("again_from").asc(nulls_last=True), "area_code", "home", "id")
    return _labelled(list(ordered[:MOST_DOORS])), counts


def listed(row: SweepRound, area: str, state: str) -> list[Door]:
    """Households of an area that are refused, given up, without a worker, or found later, for the town to go on with."""
    wanted = {
        "refused": Q(result="refused"),
        "given_up": GIVEN_UP,
        "free": Q(worker_id=None) & ~Q(result__in=rules.SETTLED),
        "found": Q(found_at__isnull=False),
    }
    return _labelled(list(_inside(row, area).filter(wanted[state]).order_by("area_code", "id")[:MOST_LISTED]))


def door_of(house: Household) -> Door:
    return _labelled([house])[0]


def _labelled(rows: list[Household]) -> list[Door]:
    # Where only minors are known nobody is named.
    labels = below.labels(row.record_id for row in rows if row.minors < row.persons or row.found_at)
    names = areas.names_of(row.area_code for row in rows)
    return [Door(row, labels.get(row.record_id), names.get(row.area_code, "")) for row in rows]  # type: ignore[arg-type]


def household_by_id(pk: UUID) -> Household | None:
    return Household.objects.select_related("round").filter(pk=pk).first()


def is_own(actor: Actor, house: Household) -> bool:
    return house.worker_id == actor.user_id or (house.worker_id is None and house.unit_id == actor.unit_id)


def visits_of(house: Household) -> list[HouseholdVisit]:
    return list(HouseholdVisit.objects.filter(household=house)[:20])


def household_opens(actor: Actor, household_id: UUID, person_id: UUID, now: datetime) -> Opening:
    """Whether a household opens a person: to its own worker, while the round runs, the adult it is listed under."""
    house = household_by_id(household_id)
    if house is None or not is_own(actor, house) or house.record_id is None:
        return Opening(False)
    if rules.why_not_in_round(now, house.round.opens, house.round.closes):
        return Opening(False)
    return Opening(below.person_of(house.record_id) == person_id, area_code=house.area_code)


@dataclass(frozen=True)
class ControlLine:
    """One village, community or compound and the state of its entrances."""

    area: Area
    sort: str
    state: Control
    report: ControlReport | None


def control_lines(reach: Reach, now: datetime) -> list[ControlLine]:
    """Every village, community and compound of a reach with its last report; one that never reported stands there as well."""
    kinds = [Area.Kind.VILLAGE, Area.Kind.COMPOUND]
    newest = {row.area_code: row for row in ControlReport.objects.order_by("area_code", "-at", "-id").distinct("area_code")}
    lines = []
    for area in Area.objects.filter(reach.where("code"), kind__in=kinds).order_by("code"):
        lines.append(control_line(area, newest.get(area.code), now))
    return lines


def control_line(area: Area, row: ControlReport | None, now: datetime) -> ControlLine:
    state = rules.control_of(row.entrances, row.kept, row.at, now) if row else Control.UNKNOWN
    return ControlLine(area, rules.sort_of_area(area.code, area.kind), state, row)


@dataclass(frozen=True)
class ControlRate:
    """How many areas of one sort are under control, of how many."""

    sort: str
    kept: int
    all: int

    @property
    def label(self) -> str:
        return rules.SORTS[self.sort]

    @property
    def percent(self) -> float | None:
        return rules.share(self.kept, self.all)


def control_by_town(lines: Iterable[ControlLine]) -> dict[str, ControlRate]:
    """The same for each town, whatever the sort."""
    counted: dict[str, list[int]] = {}
    for line in lines:
        kept = counted.setdefault(areas.town_of(line.area.code), [0, 0])
        kept[0] += line.state is Control.KEPT
        kept[1] += 1
    return {town: ControlRate("", kept, every) for town, (kept, every) in counted.items()}


def control_rates(lines: Iterable[ControlLine]) -> list[ControlRate]:
    counted: dict[str, list[int]] = {sort: [0, 0] for sort in rules.SORTS}
    for line in lines:
        counted[line.sort][0] += line.state is Control.KEPT
        counted[line.sort][1] += 1
    return [ControlRate(sort, kept, every) for sort, (kept, every) in counted.items() if every]
