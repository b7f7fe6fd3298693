"""What the pages of the intake show: lines of lists, tabs, masked rows with their remarks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from nanxi.foundation import areas, vault
from nanxi.people import quality, wording
from nanxi.people.identity import Label, label_of
from nanxi.people.intake.problems import Remark, Weight
from nanxi.people.list_sealing import Content, Layouts, contents_of, file_name_of, layout_of
from nanxi.people.models import ListBatch, StagedRow

State, Outcome = ListBatch.State, StagedRow.Outcome
TONES = {
    State.READING: "go", State.REFUSED: "danger", State.READY: "wait", State.COMMITTING: "go", State.COMMITTED: "ok",
    State.SUPERSEDED: "quiet", State.WITHDRAWN: "quiet",
}  # fmt: skip
OUTCOME_TONES = {
    Outcome.NEW: "go",
    Outcome.LINKED: "ok",
    Outcome.REVIEW: "wait",
    Outcome.CONFLICT: "warn",
    Outcome.REJECTED: "danger",
}
#: For whoever may not see who is in the register: only what is taken in and what is not.
TAKEN = "taken"
WHY_LEFT_OUT = {
    "empty": gettext_lazy("empty"), "note": gettext_lazy("totals, notes, signatures"),
    "heading": gettext_lazy("the heading repeated"),
}  # fmt: skip
WHY_UNREAD = {"hidden": gettext_lazy("the sheet is hidden"), "no_header": gettext_lazy("no heading was found")}


@dataclass(frozen=True)
class Tab:
    code: str
    label: str
    count: int
    tone: str
    here: bool = False


@dataclass(frozen=True)
class ListLine:
    batch: ListBatch
    name: str
    state: str
    tone: str
    area: str
    counts: list[Tab]


@dataclass(frozen=True)
class SheetPart:
    """One sheet as it was read; columns as (place, heading, key)."""

    number: int
    name: str
    heading: int
    columns: list[tuple[int, str, str]]
    left_out: str


@dataclass(frozen=True)
class Preview:
    name: str
    state: str
    tone: str
    area: str
    tabs: list[Tab]
    show: str
    rows: QuerySet[StagedRow]
    layouts: Layouts
    sheets: list[SheetPart]
    unread: list[str]
    may_commit: bool
    may_withdraw: bool
    may_correct: bool
    may_map: bool


@dataclass(frozen=True)
class RowLine:
    """One row, masked: where it stands, who it is, where it belongs, what is remarked."""

    where: str
    label: Label | None
    area: str
    outcome: str
    tone: str
    remarks: list[tuple[str, str, str]] = field(default_factory=list)


def list_lines(batches: Iterable[ListBatch], *, plain: bool) -> list[ListLine]:
    rows = list(batches)
    vault.load_keys(row.id for row in rows)
    names = areas.names_of({row.area_code for row in rows})
    return [
        ListLine(
            row, _name(row), row.state.label, TONES[row.state], names.get(row.area_code, row.area_code),
            [part for part in _counted(row, plain) if part.count],
        )
        for row in rows
    ]  # fmt: skip


def _name(batch: ListBatch) -> str:
    try:
        return file_name_of(batch)
    except vault.Sealed:
        return "…"


def _counted(batch: ListBatch, plain: bool) -> list[Tab]:
    """Rows by outcome; `plain` tells only what is taken in and what is not."""
    tabs = [Tab(one.value, str(one.label), batch.counts.get(one.value, 0), OUTCOME_TONES[one]) for one in Outcome]
    if not plain:
        return tabs
    rejected = tabs.pop()
    return [Tab(TAKEN, _("to take in"), sum(tab.count for tab in tabs), "go"), rejected]


def preview(batch: ListBatch, show: str, *, plain: bool) -> Preview:
    """The page of one list; `plain` hides what the register knows."""
    tabs = _tabs(batch, show, plain)
    here = next((tab.code for tab in tabs if tab.here), "")
    rows = StagedRow.objects.filter(batch=batch).order_by("sheet", "number")
    rows = rows.exclude(outcome=Outcome.REJECTED) if here == TAKEN else rows.filter(outcome=here)
    layouts = layout_of(batch)
    idle = not batch.in_hand
    return Preview(
        name=_name(batch), state=str(batch.state.label), tone=TONES[batch.state],
        area=areas.names_of([batch.area_code]).get(batch.area_code, ""),
        tabs=tabs, show=here, rows=rows, layouts=layouts, sheets=_sheets(layouts),
        unread=[f"{name}: {WHY_UNREAD[why]}" for name, why in layouts.unread],
        may_commit=idle and (batch.state == State.READY or batch.state == State.COMMITTING),
        may_withdraw=idle and batch.state in (State.READING, State.READY, State.COMMITTING, State.COMMITTED),
        may_correct=idle and batch.state in (State.READY, State.COMMITTED),
        may_map=idle and batch.state == State.READY,
    )  # fmt: skip


def overlooked_line(batch: ListBatch, shown: Preview) -> str:
    """On the tab of new persons: how many of them are probably known, and what to ask the sender for."""
    found = quality.overlooked(batch) if shown.show == Outcome.NEW else None
    if found is None:
        return ""
    return _(
        "About %(expected)s of these %(new)s new persons are probably in the register already: their rows say too little. "
        "%(lacking)s rows lack this field, which would tell: %(field)s. Ask the sender for it."
    ) % {"expected": found.expected, "new": found.new, "lacking": found.lacking, "field": wording.FIELDS[found.ask]}


@dataclass(frozen=True)
class ZoneLine:
    """One of the three zones of a list: its rows, and how wrong it may be."""

    label: str
    tone: str
    count: int
    error: str


def zone_lines(batch: ListBatch, *, plain: bool) -> list[ZoneLine]:
    """What rules link, what an officer decides, who is taken for new, each with its expected error; for reviewers only."""
    if plain or not batch.counts:
        return []
    count = {outcome: batch.counts.get(outcome.value, 0) for outcome in Outcome}
    blind = quality.blind_checks()
    linked = _("planned at most 5 in 10,000 wrong")
    if blind.looked:
        linked += " · " + _("read again blind: %(wrong)s of %(looked)s wrong, with 95 %% certainty at most %(most)s %%") % {
            "wrong": blind.wrong, "looked": blind.looked, "most": blind.at_most_percent,
        }  # fmt: skip
    overlooked = _("about %(percent)s in 100 such rows are registered after all") % {"percent": round(100 * quality.OVERLOOKED)}
    return [
        ZoneLine(str(wording.ZONES["link"]), "ok", count[Outcome.LINKED], linked),
        ZoneLine(
            str(wording.ZONES["review"]), "wait", count[Outcome.REVIEW] + count[Outcome.CONFLICT],
            _("no rule decides; the pair comes on the review pile"),
        ),
        ZoneLine(str(wording.ZONES["new"]), "go", count[Outcome.NEW], overlooked),
    ]  # fmt: skip


def _tabs(batch: ListBatch, show: str, plain: bool) -> list[Tab]:
    tabs = _counted(batch, plain)
    filled = [tab.code for tab in tabs if tab.count]
    here = show if show in filled else next(iter(filled), "")
    return [replace(tab, here=tab.code == here) for tab in tabs] if here else []


def _sheets(layouts: Layouts) -> list[SheetPart]:
    parts = []
    for number, one in enumerate(layouts.sheets):
        left = [
            ngettext("%(n)d row: %(why)s", "%(n)d rows: %(why)s", count) % {"n": count, "why": WHY_LEFT_OUT[why]}
            for why, count in one.left_out.items()
        ]
        columns = [(at, label, key) for at, (label, key) in enumerate(zip(one.labels, one.keys, strict=True))]
        parts.append(SheetPart(number, one.sheet, one.heading, columns, "; ".join(left)))
    return parts


def row_lines(batch: ListBatch, shown: Preview, rows: Sequence[StagedRow]) -> list[RowLine]:
    found = list(rows)
    places = {str(row.area_code)[:12] for row in found}
    names = areas.names_of(places)
    many = len(shown.layouts.sheets) > 1
    plain = shown.show == TAKEN
    return [
        _row_line(row, content, names.get(str(row.area_code)[:12], ""), shown.layouts, many=many, plain=plain)
        for row, content in zip(found, contents_of(found), strict=True)
    ]


def _row_line(row: StagedRow, content: Content | None, area: str, layouts: Layouts, *, many: bool, plain: bool) -> RowLine:
    layout = layouts.sheets[row.sheet]
    where = f"{layout.sheet} · {row.number}" if many else str(row.number)
    outcome = (_("to take in"), "go") if plain else (row.get_outcome_display(), OUTCOME_TONES[Outcome(row.outcome)])
    remarks = [_remark(remark, layout.labels) for remark in content.remarks] if content else []
    return RowLine(where, label_of(content.identity) if content else None, area, *outcome, remarks=remarks)


def _remark(remark: Remark, labels: tuple[str, ...]) -> tuple[str, str, str]:
    tone = {Weight.BAD: "danger", Weight.DOUBT: "warn", Weight.CHANGED: "quiet"}[remark.weight]
    return labels[remark.column] if 0 <= remark.column < len(labels) else "", _(remark.sentence), tone
