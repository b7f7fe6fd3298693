"""What the board reads: the ledger of the scope for the brief, counts of a day, and the jobs that run. No person is read here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncDate

from nanxi.board.figures import KINDS, PASSAGE, Entry, Figures, by_area, figures_of
from nanxi.foundation import areas, charter, scope
from nanxi.foundation.clock import COUNTY, county_day, day_bounds
from nanxi.foundation.models import Area, JobRun, LedgerEntry

#: Counts of the day on the home page: a ledger kind each.
TODAY = (
    "desk.directive.received", "desk.task.closed", "cases.case.confirmed", "orders.order.issued", "desk.alert.raised",
    "field.visit.recorded", PASSAGE,
)  # fmt: skip


@dataclass(frozen=True)
class Brief:
    """The figures of one county day and of the time from the founding to its end, in the reader's scope."""

    day: date
    first: date
    until: datetime
    of_day: Figures
    of_period: Figures
    towns: dict[str, Figures]


def brief_of(day: date, now: datetime) -> Brief:
    """The brief of a county day; of today, up to `now`. Only the ledger is read, so a past day always gives the same."""
    start, end = day_bounds(day)
    until = min(end, now)
    first = first_day(day)
    log = log_until(until)
    since = day_bounds(first)[0]
    towns = by_area(log, {code: areas.town_of(code) for code in {entry.area for entry in log if entry.area}})
    return Brief(
        day, first, until, figures_of(log, since=start, until=until), figures_of(log, since=since, until=until),
        {town: figures_of(entries, since=start, until=until) for town, entries in towns.items()},
    )  # fmt: skip


def first_day(day: date) -> date:
    """The county day on which this county began; `day` itself when it is earlier or nothing was founded."""
    county = charter.county()
    return min(day, county_day(county.founded_at)) if county else day


def log_until(until: datetime) -> list[Entry]:
    """All entries of the scope that a brief is made of, in order of time; passages as one per day, area and answer."""
    kinds = [kind for kind in KINDS if kind != PASSAGE]
    columns = ("kind", "at", "area_code", "subject_id", "person_id", "facts")
    rows = _inside().filter(kind__in=kinds, at__lt=until).order_by("at", "id").values_list(*columns)
    return [*(Entry(*row) for row in rows.iterator(chunk_size=5000)), *_passages(until)]


def _passages(until: datetime) -> Iterable[Entry]:
    rows = _inside().filter(kind=PASSAGE, at__lt=until).annotate(day=TruncDate("at", tzinfo=COUNTY))
    groups = rows.values("day", "area_code", "facts__hit", "facts__fever").annotate(n=Count("id")).order_by("day", "area_code")
    for row in groups:
        facts = {"hit": row["facts__hit"], "fever": row["facts__fever"]}
        yield Entry(PASSAGE, day_bounds(row["day"])[0], row["area_code"], facts=facts, n=row["n"])


def counts_today(now: datetime) -> dict[str, int]:
    """Entries of the current county day by kind, in one query."""
    start = day_bounds(county_day(now))[0]
    rows = _inside().filter(kind__in=TODAY, at__gte=start, at__lte=now).values("kind").annotate(n=Count("id")).order_by()
    return {**dict.fromkeys(TODAY, 0), **{row["kind"]: row["n"] for row in rows}}


def _inside() -> QuerySet[LedgerEntry]:
    return LedgerEntry.objects.filter(scope.current().where())


def jobs_now() -> list[JobRun]:
    """Jobs of the scope that wait or run, newest first."""
    live = [JobRun.State.WAITING, JobRun.State.RUNNING]
    return list(JobRun.objects.filter(state__in=live).order_by("-asked_at")[:8])


def towns() -> list[Area]:
    """Towns of the county, with their shapes."""
    return list(Area.objects.filter(kind=Area.Kind.TOWN).order_by("code"))


def by_town(counts: dict[str, int]) -> dict[str, int]:
    """Counts by area summed up to their town."""
    found: dict[str, int] = {}
    for code, n in counts.items():
        town = areas.town_of(code)
        found[town] = found.get(town, 0) + n
    return found
