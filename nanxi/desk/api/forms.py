"""Forms as data, and the rules that make tasks with their switches."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import StringConstraints

from nanxi.desk import generators, queries, services
from nanxi.desk.api import found
from nanxi.desk.api.found import answers
from nanxi.foundation.programs import Key, Token, as_officer, writing
from nanxi.foundation.rights import Right

router = Router(auth=Token(), tags=["forms"])
Text = Annotated[str, StringConstraints(min_length=1, max_length=60_000, pattern=r"^[^\x00]*$")]


class FormLineOut(Schema):
    """One version. current: new tasks of these kinds carry it. published: empty for those shipped with the house."""

    ref: str
    title: dict[str, str]
    kinds: list[str]
    questions: int
    current: bool
    published: datetime | None


class FormOut(Schema):
    """One version as phones read it, conditions as trees, and as its text."""

    ref: str
    text: str
    form: dict[str, Any]


class FormIn(Schema):
    text: Text


class FaultsOut(Schema):
    """Everything that keeps the form from being published, one sentence each; none when it can be."""

    faults: list[str]


class RuleOut(Schema):
    code: str
    makes: str
    stops: str
    on: bool
    switched: datetime | None


class SwitchIn(Schema):
    on: bool


@router.get("/forms", response=answers(list[FormLineOut]), url_name="forms")
def forms(request: HttpRequest) -> Any:
    with as_officer(request, Right.DO_TASKS, Right.KEEP_FORMS):
        return [
            {
                "ref": ref, "title": form.title, "kinds": list(form.kinds), "questions": len(form.questions),
                "current": ref in {queries.current_for(kind) for kind in form.kinds},
                "published": row.published_at if row else None,
            }
            for ref, form, row in queries.versions()
        ]  # fmt: skip


@router.post("/forms", response=answers(FormLineOut, 201), url_name="forms")
def form_publish(request: HttpRequest, sent: FormIn, key: Key) -> Any:
    """Publish the next version of a form; new tasks carry it, open ones keep theirs."""
    with writing(request, key, Right.KEEP_FORMS) as act:
        row = services.publish_form(act, sent.text)
        form = queries.form_at(row.ref)
        assert form is not None
        return 201, {
            "ref": row.ref, "title": form.title, "kinds": list(form.kinds), "questions": len(form.questions),
            "current": row.ref in {queries.current_for(kind) for kind in form.kinds}, "published": row.published_at,
        }  # fmt: skip


@router.post("/form-checks", response=answers(FaultsOut), url_name="form-check")
def form_check(request: HttpRequest, sent: FormIn) -> Any:
    """Name the faults of a form without publishing it."""
    with as_officer(request, Right.KEEP_FORMS):
        return {"faults": services.faults_of_text(sent.text)}


@router.get("/forms/{str:ref}", response=answers(FormOut), url_name="form")
def form(request: HttpRequest, ref: str) -> Any:
    with as_officer(request, Right.DO_TASKS, Right.KEEP_FORMS):
        read = queries.form_at(ref) if "\x00" not in ref else None
        if read is None:
            return found.there(None)
        return {"ref": ref, "text": queries.text_at(ref), "form": read.as_json(int(ref.partition("@")[2]))}


@router.get("/rules", response=answers(list[RuleOut]), url_name="rules")
def rules(request: HttpRequest) -> Any:
    """The rules that make tasks, what ends such tasks, and whether each is on."""
    with as_officer(request, Right.KEEP_FORMS):
        return _rules()


@router.post("/rules/{str:code}", response=answers(list[RuleOut]), url_name="rule-switch")
def rule_switch(request: HttpRequest, code: str, sent: SwitchIn, key: Key) -> Any:
    """Turn a rule on or off; its open tasks stay."""
    with writing(request, key, Right.KEEP_FORMS) as act:
        services.switch_rule(act, code, on=sent.on)
        return _rules()


def _rules() -> list[dict[str, Any]]:
    last = queries.last_switches()
    return [
        {
            "code": one.code, "makes": str(one.makes), "stops": str(one.stops),
            "on": one.code not in last or last[one.code].on, "switched": last[one.code].at if one.code in last else None,
        }
        for one in generators.all_generators()
    ]  # fmt: skip
