"""The person's own page behind the link of a notice, and the page on which the county says what it does. No sign-in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from nanxi.foundation import charter, scope
from nanxi.foundation.act import Act, Actor, Refused, house
from nanxi.foundation.clock import WALL
from nanxi.foundation.grants import Purpose
from nanxi.foundation.reach import Reach
from nanxi.foundation.rights import public
from nanxi.orders import links
from nanxi.orders.models import IsolationOrder
from nanxi.trust import figures, guesses, queries, services
from nanxi.trust.forms import ContestForm
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
    request: HttpRequest, visit: Visit, form: ContestForm, *, template: str = "trust/own.html", status: int = 200
) -> HttpResponse:
    page = {"page": queries.own_page(visit.order, visit.act.now), "form": form, "code": links.code_of(visit.order)}
    return _quietly(request, template, page, status)


@public(WHY, after_sunset=True)
@require_GET
def own(request: HttpRequest, code: str) -> HttpResponse:
    """Status, reason, evidence kind, who decided, who looked, how to contest."""
    with visit(request, code) as found:
        services.look(found.act, found.order)
        return _answer(request, found, ContestForm())


@public(WHY, after_sunset=True)
@require_GET
def own_print(request: HttpRequest, code: str) -> HttpResponse:
    """The same on paper."""
    with visit(request, code) as found:
        services.look(found.act, found.order)
        return _answer(request, found, ContestForm(), template="trust/own_print.html")


@public(WHY, after_sunset=True)
@require_POST
def contest(request: HttpRequest, code: str) -> HttpResponse:
    """Take the person's contest; the clock of 24 hours runs from now."""
    form = ContestForm(request.POST)
    with visit(request, code) as found:
        if not form.is_valid():
            return _answer(request, found, form, status=422)
        try:
            services.contest(found.act, found.order, text=form.cleaned_data["text"])
        except Refused as problem:
            form.add_error(None, str(problem))
            return _answer(request, found, form, status=409)
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
