"""Forms and the rules that make tasks: read them, check and publish a form, switch a rule."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from nanxi.desk import asking, generators, queries, services
from nanxi.desk.forms import PublishForm
from nanxi.desk.models import FormVersion
from nanxi.desk.questions.definition import Form
from nanxi.foundation.accounts import act_of
from nanxi.foundation.act import Refused
from nanxi.foundation.clock import county_day
from nanxi.foundation.rights import Right, requires


@requires(Right.KEEP_FORMS)
@require_GET
def task_forms(request: HttpRequest) -> HttpResponse:
    """Every form and its versions, and the rules that make tasks with their switches."""
    switches = queries.last_switches()
    who = queries.names_of_users(row.by_id for row in switches.values())
    lines = [
        {"rule": one, "on": one.code not in switches or switches[one.code].on, "last": switches.get(one.code),
         "by": who.get(switches[one.code].by_id, "") if one.code in switches else ""}
        for one in generators.all_generators()
    ]  # fmt: skip
    versions = [_version(ref, form, row) for ref, form, row in queries.versions()]
    return render(request, "desk/task_forms.html", {"versions": versions, "rules": lines})


def _version(ref: str, form: Form, row: FormVersion | None) -> dict[str, Any]:
    return {
        "ref": ref,
        "url": reverse("task-form", args=[ref]),
        "title": asking.in_language(form.title),
        "row": row,
        "questions": len(form.questions),
        "current": ref in {queries.current_for(kind) for kind in form.kinds},
    }


@requires(Right.KEEP_FORMS)
def task_form_new(request: HttpRequest) -> HttpResponse:
    """Write or correct a form; faults are named one by one, and it is published only without any."""
    form = PublishForm(request.POST or None, initial={"text": queries.text_at(request.GET.get("from", "")) or ""})
    faults: list[str] = []
    checked = False
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["text"]
        faults = services.faults_of_text(text)
        checked = True
        if not faults and request.POST.get("do") == "publish":
            version = services.publish_form(act_of(request), text)
            messages.success(
                request, _("Published as %(ref)s. New tasks carry it; open ones keep theirs.") % {"ref": version.ref}
            )
            return redirect("task-forms")
    context = {"form": form, "faults": faults, "checked": checked}
    return render(request, "desk/task_form_new.html", context, status=422 if faults or form.errors else 200)


@requires(Right.DO_TASKS, Right.KEEP_FORMS)
@require_GET
def task_form(request: HttpRequest, ref: str) -> HttpResponse:
    """One version: as the page shows it, and as its text."""
    form = queries.form_at(ref)
    if form is None:
        raise Http404
    shown = asking.Questionnaire(form, ref, county_day(act_of(request).now).isoformat())
    return render(request, "desk/task_form.html", {"asked": shown, "text": queries.text_at(ref), "ref": ref})


@requires(Right.DO_TASKS, Right.KEEP_FORMS)
@require_GET
def task_form_json(request: HttpRequest, ref: str) -> JsonResponse:
    """One version as phones and other programs read it: labels, choices, conditions as trees."""
    form = queries.form_at(ref)
    if form is None:
        raise Http404
    return JsonResponse(form.as_json(int(ref.partition("@")[2])), json_dumps_params={"ensure_ascii": False})


@requires(Right.KEEP_FORMS)
@require_POST
def task_rule_switch(request: HttpRequest) -> HttpResponse:
    if request.POST.get("on") not in {"yes", "no"}:
        raise Refused(_("Say whether the rule is on or off."))
    services.switch_rule(act_of(request), request.POST.get("rule", ""), on=request.POST["on"] == "yes")
    return redirect("task-forms")
