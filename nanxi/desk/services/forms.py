"""Forms are published once and never changed; answers are held against the version a task carries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from nanxi.desk import queries, rules
from nanxi.desk.models import FormVersion, Task
from nanxi.desk.questions import answers, definition, publishing
from nanxi.desk.services.tasks import close_task
from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.clock import county_day
from nanxi.foundation.rights import Right


def results_of(kind: str) -> tuple[str, ...] | None:
    return next((one.results for one in rules.TaskKind if one.code == kind), None)


def faults_of_text(text: str) -> list[str]:
    """Everything that keeps a text from being published, one sentence each."""
    try:
        form = definition.read(text)
    except definition.BadForm as problem:
        return [str(problem)]
    return publishing.faults_of(form, results_of)


@service
def publish_form(act: Act, text: str) -> FormVersion:
    """Publish the next version of a form; new tasks of its kinds carry it, open ones keep theirs. Raises Refused."""
    act.need(Right.KEEP_FORMS)
    if faults := faults_of_text(text):
        raise Refused(faults[0])
    form = definition.read(text)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 72))", [form.code])
    number = queries.last_number(form.code)
    if number and queries.text_at(f"{form.code}@{number}") == text:
        raise Refused(_("This is word for word the version published last; nothing was changed."))
    assert act.actor.user_id is not None
    version = FormVersion(
        code=form.code, number=number + 1, kinds=list(form.kinds), text=text, published_at=act.now,
        published_by=act.actor.user_id,
    )  # fmt: skip
    version.save()
    act.log(
        "desk.form.published", area=_county(act), subject=("desk.form", version.id), code=form.code, number=version.number,
        questions=len(form.questions),
    )  # fmt: skip
    return version


def _county(act: Act) -> str:
    from nanxi.foundation import charter

    county = charter.county()
    return county.area_id if county else ""


@service
def hand_in(act: Act, task: Task, told: Mapping[str, Any]) -> Task:
    """Close a task with the answers of its form: the result question gives the result, the remark question the remark.

    Raises Refused naming the first question whose answer does not fit.
    """
    filled = check_answers(act, task, told)
    form = queries.form_at(task.form)
    assert form is not None
    if filled.faults:
        raise Refused(_("The answer to %(question)s does not fit.") % {"question": next(iter(filled.faults))})
    rest = {name: value for name, value in filled.answers.items() if name not in {form.result, form.remark}}
    return close_task(
        act, task, result=str(filled.answers[form.result]), note=str(filled.answers.get(form.remark) or ""), answers=rest
    )


def check_answers(act: Act, task: Task, told: Mapping[str, Any], *, at: datetime | None = None) -> answers.Filled:
    """Hold answers against the form of a task as of the day they were given. Raises Refused when the task has none."""
    form = queries.form_at(task.form)
    if form is None:
        raise Refused(_("This task has no form; close it with its result."))
    return answers.check(form, told, today=county_day(at or act.now).isoformat())
