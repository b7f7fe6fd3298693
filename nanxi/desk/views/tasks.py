"""Work lists and tasks: filter, take, give, open the person inside the task, close; and taking in a phoned-in lead."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET, require_POST

from nanxi.desk import asking, below, links, queries, rules, services, shown
from nanxi.desk.forms import BulkForm, CloseTaskForm, DecideForm, KeepFilterForm, LeadForm, OfficerForm, TaskFilter
from nanxi.desk.models import Directive, Finding, SavedFilter, Task
from nanxi.desk.views.task_bulk import address_of
from nanxi.foundation.accounts import act_of
from nanxi.foundation.act import Act, Refused
from nanxi.foundation.rights import Right, requires

LEAD = gettext_noop("Phoned-in lead")
#: A lead is looked at within the shift.
LEAD_WITHIN = timedelta(hours=4)


@requires(Right.DO_TASKS)
@require_GET
def tasks(request: HttpRequest) -> HttpResponse:
    """Open tasks of one's unit (of the whole area for those who assign), soonest due first, masked."""
    act = act_of(request)
    form = TaskFilter(request.GET, reach=act.actor.reach)
    chosen = form.chosen()
    rows = chosen.rows(act.actor, act.now)
    page = queries.page_of(rows, request.GET.get("after", ""))
    assigns = act.actor.may(Right.ASSIGN_TASKS)
    kept = queries.filters_of(act.actor)
    officers = queries.assignable(act.actor) if assigns and page.tasks else None
    context = {
        "lines": shown.task_lines(page.tasks, act.now),
        "after": page.after,
        "later": bool(request.GET.get("after")),
        "count": queries.shown_count(queries.counted(rows)),
        "rest": "".join(f"&{name}={value}" for name, value in chosen.as_json().items()),
        "chosen": chosen.as_json(),
        "kept": [(one, number, address_of(queries.Chosen.of(one.chosen))) for one, number in _counters(kept, act)],
        "keep_form": KeepFilterForm(),
        "form": form,
        "assigns": assigns,
        "officers": OfficerForm(officers=officers) if officers else None,
        "bulk": BulkForm(officers=officers) if officers else None,
    }
    return render(request, "desk/tasks.html", context)


def _counters(kept: list[SavedFilter], act: Act) -> list[tuple[SavedFilter, str]]:
    return queries.counters_of(kept, act.actor, act.now)


@requires(Right.ASSIGN_TASKS)
@require_POST
def tasks_assign(request: HttpRequest) -> HttpResponse:
    """Give the marked tasks to one officer: all or none."""
    act = act_of(request)
    user = OfficerForm(request.POST, officers=queries.assignable(act.actor)).chosen()
    if user is None:
        raise Refused(_("Choose an officer of your area."))
    chosen = list(Task.objects.filter(pk__in=_ids(request.POST.getlist("task")), ended_at=None))
    given = services.assign_tasks(act, chosen, user=user)
    messages.success(request, _("%(n)d tasks are assigned.") % {"n": given or len(chosen)})
    return redirect("tasks")


def _ids(texts: list[str]) -> list[UUID]:
    try:
        return [UUID(text) for text in texts]
    except ValueError:
        raise Http404 from None


def _task(pk: UUID) -> Task:
    return get_object_or_404(Task.objects, pk=pk)


@requires(Right.DO_TASKS)
@require_GET
def task(request: HttpRequest, pk: UUID) -> HttpResponse:
    return render(request, "desk/task.html", _page(act_of(request), _task(pk)))


def _evidence(act: Act, row: Task) -> dict[str, Any]:
    """What speaks for one thing or another, and the form to decide while two findings differ."""
    found = queries.evidence_of(row)
    lines = shown.finding_lines(found)
    decides = found.undecided and act.actor.may(Right.ASSIGN_TASKS)
    choices = [(str(line.finding.id), f"{line.says} · {line.how}") for line in lines]
    words = _(rules.CONTRADICTION[found.ruling.rule]) if found.ruling and found.ruling.rule else ""
    return {
        "ruling_words": words,
        "evidence": found,
        "findings": lines,
        "decide": DecideForm(findings=choices) if decides else None,
    }


def _page(act: Act, row: Task, form: CloseTaskForm | None = None, asked: asking.Questionnaire | None = None) -> dict[str, Any]:
    assigns = act.actor.may(Right.ASSIGN_TASKS) and row.is_open
    directive = Directive.objects.filter(pk=row.directive_id).first() if row.directive_id else None
    mine = shown.may(act.actor, row)
    return {
        "task": row,
        "line": shown.task_lines([row], act.now)[0],
        "directive": directive,
        "subject_link": links.address_of(row.subject_kind, row.subject_id) if row.subject_kind != "desk.directive" else "",
        "lead_link": links.address_of("people.lead", row.id) if row.kind == rules.TaskKind.LEAD.code and mine else "",
        "may_work": mine,
        "nobody_at": queries.name_of_unit(row.facts.get("nobody_at")),
        "may_claim": row.is_open and row.assignee_id is None and mine,
        "opens": mine and (row.record_id is not None or row.told is not None),
        "officers": OfficerForm(officers=queries.field_staff(row.area_code)) if assigns else None,
        "form": form or (CloseTaskForm(task=row) if mine else None),
        "asked": asked or (asking.questionnaire(act, row) if mine else None),
        "waits_for": Task.objects.filter(pk=row.waits_for_id, ended_at=None).first() if row.waits_for_id else None,
        **_evidence(act, row),
        "moments": shown.deeds_of(row.id),
    }


@requires(Right.DO_TASKS)
@require_POST
def task_open(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show whom it is about and what was told: recorded before it is shown."""
    row, act = _task(pk), act_of(request)
    if not shown.may(act.actor, row):
        raise Refused(_("Take the task first; it is closed, or a colleague holds it."))
    context: dict[str, Any] = {}
    if row.record_id is not None:
        purpose = queries.purpose_of(row)
        identity = below.open_record(
            act, record_id=row.record_id, person_id=row.person_id, via=("desk.task", row.id), purpose=purpose
        )
        context["opened"] = shown.opened(identity)
    else:
        services.read_told(act, row)
    form = queries.form_at(row.form)
    told = {
        "told": queries.told_of(row),
        "note": queries.note_of(row),
        "answers": asking.shown_answers(form, queries.answers_of(row)) if form else [],
    }
    return render(request, "desk/task.html", {**_page(act, row), **context, **told, "shown_words": True})


@requires(Right.DO_TASKS)
@require_POST
def task_claim(request: HttpRequest, pk: UUID) -> HttpResponse:
    act, row = act_of(request), _task(pk)
    if not shown.may(act.actor, row):
        raise Refused(_("Only the unit of a task can take it; ask its town to assign it."))
    services.claim_task(act, row)
    return redirect("task", pk=pk)


@requires(Right.ASSIGN_TASKS)
@require_POST
def task_assign(request: HttpRequest, pk: UUID) -> HttpResponse:
    row = _task(pk)
    user = OfficerForm(request.POST, officers=queries.field_staff(row.area_code)).chosen()
    if user is None:
        raise Refused(_("Choose an officer of the task's town."))
    services.assign_task(act_of(request), row, user=user)
    messages.success(request, _("Assigned to %(name)s.") % {"name": user.display_name})
    return redirect("task", pk=pk)


@requires(Right.DO_TASKS)
@require_POST
def task_close(request: HttpRequest, pk: UUID) -> HttpResponse:
    row, act = _task(pk), act_of(request)
    if row.is_open and not shown.may(act.actor, row):
        raise Refused(_("Take the task first; it is closed, or a colleague holds it."))
    asked = asking.questionnaire(act, row)
    if asked is not None:
        return _close_by_form(request, act, row, asked)
    form = CloseTaskForm(request.POST, task=row)
    if not form.is_valid():
        return render(request, "desk/task.html", _page(act, row, form), status=422)
    services.close_task(act, row, **form.cleaned_data)
    messages.success(request, _("Closed with its result."))
    return redirect("tasks")


def _close_by_form(request: HttpRequest, act: Act, row: Task, asked: asking.Questionnaire) -> HttpResponse:
    told = asking.told_in(asked.form, request.POST)
    filled = services.check_answers(act, row, told)
    if filled.faults:
        again = asking.questionnaire(act, row, told, filled.faults)
        return render(request, "desk/task.html", _page(act, row, asked=again), status=422)
    services.hand_in(act, row, filled.answers)
    messages.success(request, _("Closed with its result."))
    return redirect("tasks")


@requires(Right.ASSIGN_TASKS)
@require_POST
def task_decide(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say which of two differing findings stands."""
    row = _task(pk)
    stands = Finding.objects.filter(task=row, pk__in=_ids([request.POST.get("stands", "")])).first()
    if stands is None:
        raise Refused(_("Choose which finding stands."))
    services.decide_between(act_of(request), row, stands=stands, reason=request.POST.get("reason", ""))
    messages.success(request, _("Decided. Both findings stay in the task, and the source is told."))
    return redirect("task", pk=pk)


@requires(Right.LOOK_UP_PERSON)
def lead_new(request: HttpRequest) -> HttpResponse:
    """What a caller told becomes a task; inside it the register proposes a few masked matches."""
    act = act_of(request)
    form = LeadForm(request.POST or None, reach=act.actor.reach)
    if request.method == "POST" and form.is_valid():
        row = services.open_task(
            act,
            kind=rules.TaskKind.LEAD.code,
            area=form.cleaned_data["area"],
            title=LEAD,
            unit_id=act.actor.unit_id,
            assignee_id=act.actor.user_id,
            due=act.now + LEAD_WITHIN,
            told=form.cleaned_data["told"],
        )
        return redirect(
            links.address_of("people.lead", row.id) or "task",
            **({} if links.address_of("people.lead", row.id) else {"pk": row.pk}),
        )
    return render(request, "desk/lead_new.html", {"form": form}, status=422 if form.errors else 200)
