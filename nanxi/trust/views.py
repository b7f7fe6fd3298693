"""The person's own page behind the link of a notice, and the page on which the county says what it does. No sign-in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from nanxi.foundation import charter, scope
from nanxi.foundation.act import Act, Actor, Refused, house
from nanxi.foundation.clock import WALL
from nanxi.foundation.grants import Purpose
from nanxi.foundation.reach import Reach
from nanxi.foundation.rights import public
from nanxi.orders import chain, links
from nanxi.orders import queries as order_queries
from nanxi.orders import services as orders
from nanxi.orders.forms import HealthForm, NeedForm
from nanxi.orders.models import IsolationOrder
from nanxi.orders.rules import State
from nanxi.orders.views.papers import certificate_of
from nanxi.trust import figures, guesses, queries, services
from nanxi.trust.forms import CheckinForm, ContestForm, WordForm
from nanxi.trust.retention import RETENTION
from nanxi.trust.rules import SMALLEST

WHY = "the person concerned holds the link; it was printed on the notice"


@dataclass(frozen=True)
class Visit:
    """A person at the own page: the order behind the link and the person's act."""

    order: IsolationOrder
    act: Act


@contextmanager
def visit(request: HttpRequest, code: str) -> Iterator[Visit]:
    """Open the scope that a code names and find its order. A code that is not ours, or too old, is simply not there."""
    clock = getattr(request, "nanxi_clock", WALL)
    try:
        token, county = links.opened(code)
    except links.BadLink:
        _guessed(request)
        raise Http404 from None
    reach = Reach.over([county])
    with scope.enter(reach, at=clock.now()):
        order = queries.order_behind(token, clock.now())
        if order is None:
            raise Http404
        yield Visit(order, Act(Actor(f"person:{order.id}", reach=reach), clock, request.POST.get("_key", "")[:80]))


def _guessed(request: HttpRequest) -> None:
    number = guesses.count(request.META.get("REMOTE_ADDR", ""), WALL.now())
    if guesses.too_many(number):
        services.tell_guesses(Act(house("trust")), number=number)


#: The address is the key: kept by no cache and no search engine, and told to no other site.
QUIET = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow", "Referrer-Policy": "same-origin"}


def _quietly(request: HttpRequest, template: str, page: dict[str, Any], status: int) -> HttpResponse:
    response = render(request, template, page, status=status)
    for name, value in QUIET.items():
        response[name] = value
    return response


def _answer(
    request: HttpRequest, visit: Visit, *, template: str = "trust/own.html", status: int = 200, answer: str = "", **sent: Any
) -> HttpResponse:
    """The page with its forms; `sent`: a form that came back with what is wrong in it."""
    page = queries.own_page(visit.order, visit.act.now)
    wrong = sent.pop("member", None)
    forms = {
        "form": ContestForm(), "word_form": WordForm(), "need_form": NeedForm(), "checkin_form": CheckinForm(),
        "health_forms": [(one, _health_form(one, wrong, sent.pop("health_form", None))) for one in page.care.members], **sent,
    }  # fmt: skip
    shown = {"page": page, "code": links.code_of(visit.order), "answer": answer, **forms}
    return _quietly(request, template, shown, status)


def _health_form(member: queries.Member, wrong: str | None, form: HealthForm | None) -> HealthForm:
    if form is not None and member.order.number == wrong:
        return form
    return HealthForm(prefix=member.order.number.rpartition("-")[2])


@public(WHY, after_sunset=True)
@require_GET
def own(request: HttpRequest, code: str) -> HttpResponse:
    """Status, reason, evidence kind, who decided, who looked, how to contest."""
    with visit(request, code) as found:
        services.look(found.act, found.order)
        return _answer(request, found)


@public(WHY, after_sunset=True)
@require_GET
def own_print(request: HttpRequest, code: str) -> HttpResponse:
    """The same on paper."""
    with visit(request, code) as found:
        services.look(found.act, found.order)
        return _answer(request, found, template="trust/own_print.html")


@public(WHY, after_sunset=True)
@require_GET
def own_certificate(request: HttpRequest, code: str) -> HttpResponse:
    """The certificate that the order has ended, without a name: the page names nobody."""
    with visit(request, code) as found:
        services.look(found.act, found.order)
        standing = chain.standing(found.order, found.act.now)
        if standing.state is not State.ENDED:
            raise Http404
        page = {**certificate_of(request, found.order, standing), "identity": None, "back": reverse("own", args=[code])}
        return _quietly(request, "orders/certificate.html", page, 200)


@public(WHY, after_sunset=True)
@require_POST
def contest(request: HttpRequest, code: str) -> HttpResponse:
    """Take the person's contest; the clock of 24 hours runs from now."""
    form = ContestForm(request.POST)
    with visit(request, code) as found:
        if not form.is_valid():
            return _answer(request, found, form=form, status=422)
        try:
            services.contest(found.act, found.order, text=form.cleaned_data["text"], word=form.cleaned_data["word"])
        except Refused as problem:
            form.add_error(None, str(problem))
            return _answer(request, found, form=form, status=409)
    return redirect("own", code)


@public(WHY, after_sunset=True)
@require_POST
def answer(request: HttpRequest, code: str) -> HttpResponse:
    """The answer to the contest in words, for whoever knows the person's word; shown in this answer only."""
    form = WordForm(request.POST)
    with visit(request, code) as found:
        told = ""
        if form.is_valid():
            # Reading is no write to be kept from repeating: each try counts, so the act has no key.
            act = Act(found.act.actor, found.act.clock)
            told = getattr(services.read_answer(act, found.order, word=form.cleaned_data["word"]), "answer_in_words", "")
            if not told:
                form.add_error("word", _("This is not the word, or it was tried too often; the town reads the answer to you."))
        return _answer(request, found, word_form=form, answer=told, status=200 if told else 422)


@public(WHY)
@require_POST
def health(request: HttpRequest, code: str) -> HttpResponse:
    """The day's report, for oneself or for a member of the household."""
    with visit(request, code) as found:
        member = next((one for one in _members(found) if one.number == request.POST.get("member")), None)
        if member is None:
            raise Http404
        form = HealthForm(request.POST, prefix=member.number.rpartition("-")[2])
        if not form.is_valid():
            return _answer(request, found, member=member.number, health_form=form, status=422)
        try:
            orders.report_health(found.act, member, **form.cleaned_data)
        except Refused as problem:
            form.add_error(None, str(problem))
            return _answer(request, found, member=member.number, health_form=form, status=409)
    messages.success(request, _("Your report was received. If you feel worse, do not wait: call the number on this page."))
    return redirect("own", code)


def _members(found: Visit) -> list[IsolationOrder]:
    if found.order.household != found.order.pk:
        return [found.order]
    return order_queries.household_of(found.order, found.act.now)


@public(WHY)
@require_POST
def leave(request: HttpRequest, code: str) -> HttpResponse:
    """The person wants no other page to report for them."""
    with visit(request, code) as found:
        orders.leave_household(found.act, found.order)
    messages.success(request, _("From now on only this page reports for this order."))
    return redirect("own", code)


@public(WHY)
@require_POST
def need(request: HttpRequest, code: str) -> HttpResponse:
    """Food, medicine, care: the town has a task at once."""
    form = NeedForm(request.POST)
    with visit(request, code) as found:
        if not form.is_valid():
            return _answer(request, found, need_form=form, status=422)
        try:
            orders.ask_need(found.act, found.order, **form.cleaned_data)
        except Refused as problem:
            form.add_error(None, str(problem))
            return _answer(request, found, need_form=form, status=409)
    messages.success(request, _("The town has your request and answers it; its state stands on this page."))
    return redirect("own", code)


@public(WHY)
@require_POST
def checkin(request: HttpRequest, code: str) -> HttpResponse:
    """I am here: with the phone's position where it gives one."""
    form = CheckinForm(request.POST)
    with visit(request, code) as found:
        if not form.is_valid() or not form.placed:
            form.add_error(None, _("Take the position first; allow it in the browser. If the phone cannot, call the town."))
            return _answer(request, found, checkin_form=form, status=422)
        said = form.cleaned_data
        try:
            services.check_in(found.act, found.order, lon=said["lon"], lat=said["lat"], acc=said["accuracy"])
        except Refused as problem:
            form.add_error(None, str(problem))
            return _answer(request, found, checkin_form=form, status=409)
    messages.success(request, _("Your check-in was received. Thank you."))
    return redirect("own", code)


@public("the county says in the open what it does with people's data")
@require_GET
def transparency(request: HttpRequest) -> HttpResponse:
    """Purposes, retention, and the figures of one whole day."""
    county = charter.county()
    if county is None:
        return render(request, "trust/transparency.html", {})
    days = figures.days(WALL.now())
    wanted = _day(request.GET.get("day", ""))
    day = wanted if wanted in days else days[0]
    with scope.enter(Reach.over([county.area_id])):
        shown = figures.of_day(day)
    page = {
        "shown": shown, "days": days, "purposes": [label for _code, label in Purpose.choices], "retention": RETENTION,
        "smallest": SMALLEST, "basis": county.legal_basis,
    }  # fmt: skip
    return render(request, "trust/transparency.html", page)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
