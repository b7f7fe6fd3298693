"""Reads of directives: where they stand, coverage by town, and the answer row by row."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from nanxi.desk import below, rules
from nanxi.desk.models import Directive, HandOver, Task
from nanxi.desk.queries.evidence import standing_of
from nanxi.desk.queries.tasks import note_of
from nanxi.desk.sealing import words
from nanxi.foundation import areas, vault
from nanxi.foundation.clock import county_day


@dataclass(frozen=True)
class Coverage:
    """Checks of one town: how many there are, how many are done, how many found the person here."""

    code: str
    name: str
    total: int
    done: int
    found: int

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 0


@dataclass(frozen=True)
class ListRow:
    """A committed row of a directive's list."""

    record_id: UUID
    person_id: UUID | None
    area_code: str
    #: Six digits of another county that the row belongs to.
    elsewhere: str = ""


def open_directives() -> QuerySet[Directive]:
    """Directives of the scope that wait for their answer, soonest deadline first."""
    return Directive.objects.filter(answered_at=None, withdrawn_at=None).order_by("deadline", "id")


def directive_states(now: datetime) -> dict[str, Q]:
    """The lists of the queue: what is put off or joined to another telling stands in none but its own."""
    waiting = Q(answered_at=None, withdrawn_at=None, joined_to=None)
    still = waiting & (Q(snoozed_until=None) | Q(snoozed_until__lte=now))
    return {  # pyright: ignore[reportReturnType]
        "open": still,
        "overdue": waiting & Q(deadline__lt=now),
        "snoozed": waiting & Q(snoozed_until__gt=now),
        "incidents": waiting & Q(kind=Directive.Kind.INCIDENT),
        "untriaged": still & Q(triaged_at=None),
        "answered": Q(answered_at__isnull=False),
    }


def directives_in(state: str, now: datetime) -> QuerySet[Directive]:
    """One list of the queue, soonest deadline first; an unknown one is that of the open ones."""
    states = directive_states(now)
    rows = Directive.objects.filter(states.get(state, states["open"]))
    return rows.order_by("-answered_at" if state == "answered" else "deadline", "id")


def course_of(directive: Directive) -> rules.Course:
    counts = Task.everything.filter(directive=directive).aggregate(
        open=Count("id", filter=Q(ended_at=None)), done=Count("id", filter=Q(ended_at__isnull=False))
    )
    return rules.Course(
        triaged=directive.triaged_at is not None,
        tasks_open=counts["open"],
        tasks_done=counts["done"],
        answered=directive.answered_at is not None,
        withdrawn=directive.withdrawn_at is not None,
        has_list=directive.batch_id is not None,
    )


def courses_of(directives: Iterable[Directive]) -> dict[UUID, rules.Course]:
    """Courses of a page of directives in one query."""
    rows = list(directives)
    counts = {
        row["directive_id"]: row
        for row in Task.everything.filter(directive__in=rows)
        .values("directive_id")
        .annotate(open=Count("id", filter=Q(ended_at=None)), done=Count("id", filter=Q(ended_at__isnull=False)))
    }
    none = {"open": 0, "done": 0}
    return {  # pyright: ignore[reportReturnType]
        d.id: rules.Course(
            d.triaged_at is not None,
            counts.get(d.id, none)["open"],
            counts.get(d.id, none)["done"],
            d.answered_at is not None,
            d.withdrawn_at is not None,
            d.batch_id is not None,
        )
        for d in rows
    }


def coverage_of(directive: Directive) -> list[Coverage]:
    """Checks by town, in the scope of the reader."""
    totals: dict[str, list[int]] = {}
    rows = (
        Task.objects.filter(directive=directive, kind=rules.TaskKind.VERIFICATION.code)
        .values("area_code")
        .annotate(
            total=Count("id"), done=Count("id", filter=Q(ended_at__isnull=False)), found=Count("id", filter=Q(result="found"))
        )
    )
    for row in rows:
        town = totals.setdefault(areas.town_of(row["area_code"]), [0, 0, 0])
        for place, name in enumerate(("total", "done", "found")):
            town[place] += row[name]
    names = areas.names_of(totals)
    return [Coverage(code, names.get(code, code), *found) for code, found in sorted(totals.items())]


def distinct_persons(directive: Directive) -> int:
    """Distinct persons among the checks; rows not linked to anybody count one each."""
    checks = Task.objects.filter(directive=directive, kind=rules.TaskKind.VERIFICATION.code)
    counts = checks.aggregate(
        persons=Count("person_id", distinct=True), unlinked=Count("id", filter=Q(person_id=None))
    )
    return counts["persons"] + counts["unlinked"]


@dataclass(frozen=True)
class AnswerRow:
    """One row of the sender's list with what was found: the cells as they came, then what became of it.

    stands: where what was found and what is known online differed, what counts. detail: the result in the desk's words.
    """

    cells: list[str]
    result: str
    detail: str
    stands: str
    day: str
    place: str
    remark: str


@dataclass(frozen=True)
class AnswerSheet:
    """The answer to a directive in the sender's columns."""

    header: list[str]
    rows: list[AnswerRow]


def answer_sheet(directive: Directive, sheet: Any) -> AnswerSheet:
    """Join the list as its sender wrote it with the checks of its rows. Every row has its class, also one without a check."""
    tasks = {
        task.record_id: task for task in Task.everything.filter(directive=directive).exclude(record_id=None).order_by("opened_at")
    }
    vault.load_keys(record for record, task in tasks.items() if record and task.note)
    others = _Others(directive)
    towns = areas.names_of(areas.town_of(task.area_code) for task in tasks.values())
    stands = standing_of(task.id for task in tasks.values())
    said = {one.code: one.label for one in rules.Says}
    rows = []
    for row in sheet.rows:
        task = tasks.get(row.record_id)
        if task is None:
            rows.append(AnswerRow(list(row.cells), *others.told_of(row.record_id), remark=""))
            continue
        done = task.ended_at is not None
        finding = stands.get(task.id)
        rows.append(
            AnswerRow(
                list(row.cells),
                _(rules.class_of_check(result=task.result, ended=done).label),
                _(task.result_label) if done and task.result_label else "",
                _(said[finding.says]) if finding else "",
                county_day(task.ended_at).isoformat() if task.ended_at else "",
                towns.get(areas.town_of(task.area_code), ""),
                note_of(task),
            )
        )
    return AnswerSheet(list(sheet.header), rows)


class _Others:
    """Rows without a check: of another county, waiting for their check, or never read."""

    def __init__(self, directive: Directive) -> None:
        listed = below.rows_elsewhere(directive.batch_id) if directive.batch_id else []
        self._county = {row.record_id: row.elsewhere for row in listed}
        self._sent = dict(HandOver.objects.filter(directive=directive).order_by("at").values_list("county", "at"))

    def told_of(self, record_id: UUID | None) -> tuple[str, str, str, str, str]:
        """Class, detail, what stands, day, place."""
        county = self._county.get(record_id, "") if record_id else ""
        sent = self._sent.get(county)
        of = rules.class_of_other(taken_in=record_id is not None, elsewhere=county, handed_over=sent is not None)
        return _(of.label), "", "", county_day(sent).isoformat() if sent else "", below.name_of_county(county) if county else ""


def text_of(directive: Directive) -> str:
    return words("desk_directive", "text", directive.text, record_id=directive.id, row_id=directive.id)


def answer_of(directive: Directive) -> tuple[str, str]:
    """What was answered in words, and why it went out with open tasks."""
    both = ("answer", directive.answer), ("answered_without", directive.answered_without)
    told = [words("desk_directive", column, sealed, record_id=directive.id, row_id=directive.id) for column, sealed in both]
    return told[0], told[1]
