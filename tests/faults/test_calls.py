"""Every database call of a page fails once: the answer is an error, nothing half-written stays, and the same form then succeeds.

The loop ends when no fault fires any more, so that a flow that grows is still covered to its last call.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from nanxi.foundation import accounts, areas, charter, scope, units
from nanxi.foundation.act import Act, house
from nanxi.foundation.areas import AreaRecord
from nanxi.foundation.clock import WALL, county_day
from nanxi.foundation.models import Area, Device, LedgerEntry, OnceKey, Unit, UnitArea, User
from nanxi.foundation.reach import EVERYWHERE
from nanxi.foundation.rights import Role

COUNTY, EAST = "330324000000", "330324101000"
AREAS = f"code,name\n{COUNTY},County\n{EAST},East\n"
#: More calls than any page makes; a loop that reaches it does not end.
MOST = 300
#: Ledger entries of one whole run of each form.
ACTS = {"first_run": 4, "new_unit": 1, "new_officer": 1}
#: Address and what is posted there, made anew for each try (an uploaded file is read once).
Form = tuple[str, Callable[[], dict[str, Any]]]


class Faulty:
    """Lets the n-th call to the database fail as a connection does that goes away."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left = -1
        self.fired = False
        execute = psycopg.Cursor.execute

        def counted(cursor: psycopg.Cursor, *args: Any, **options: Any) -> Any:
            if self.left == 0:
                self.fired, self.left = True, -1
                raise psycopg.OperationalError("injected: the connection went away")
            self.left -= self.left > 0
            return execute(cursor, *args, **options)

        monkeypatch.setattr(psycopg.Cursor, "execute", counted)

    @contextlib.contextmanager
    def at(self, number: int) -> Iterator[None]:
        self.left, self.fired = number, False
        try:
            yield
        finally:
            self.left = -1


def first_run() -> Form:
    until = (county_day(WALL.now()) + timedelta(days=30)).isoformat()
    facts = {
        "name": "County",
        "legal_basis": "law",
        "username": "zhou",
        "display_name": "Zhou",
        "password": "three-bridges-and-a-ferry",
    }
    return "/setup/", lambda: {**facts, "until": until, "area_files": SimpleUploadedFile("areas.csv", AREAS.encode())}


def new_unit() -> Form:
    facts = {"name": "East", "kind": "town", "area": str(Area.objects.get(code=EAST).pk), "_key": "once"}
    return "/units/new/", lambda: facts


def new_officer() -> Form:
    unit = str(Unit.objects.get(name="Headquarters").pk)
    facts = {"unit": unit, "role": "town_duty", "username": "alice", "display_name": "Alice", "_key": "once"}
    return "/accounts-of-officers/new/", lambda: facts


def traces() -> dict[str, int]:
    """How much of anything there is."""
    with scope.enter(EVERYWHERE):
        return {kind.__name__: kind.objects.count() for kind in (Area, Unit, UnitArea, User, Device, LedgerEntry, OnceKey)}


def signed_in() -> Client:
    """The operator's browser, second factor done."""
    act = Act(actor=house("setup"))
    with scope.enter(EVERYWHERE, at=act.now):
        areas.found_areas(act, [AreaRecord(COUNTY, "County"), AreaRecord(EAST, "East")], origin="test")
        unit = units.found_unit(act, name="Headquarters", kind="headquarters", areas=[COUNTY])
        user = accounts.open_account(act, username="zhou", display_name="Zhou", unit=unit, role=Role.OPERATOR, password="x" * 16)
        until = county_day(act.now) + timedelta(days=30)
        charter.found_county(act, name="C", area=Area.objects.get(code=COUNTY), rehearsal=False, until=until, legal_basis="law")
    browser = Client(raise_request_exception=False)
    browser.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    session = browser.session
    session["mfa_ready"] = True
    session.save()
    return browser


@pytest.mark.parametrize("form", [first_run, new_unit, new_officer], ids=lambda form: form.__name__)
def test_a_failing_call_leaves_nothing_and_the_next_try_succeeds(
    fresh_db: str, form: Callable[[], Form], monkeypatch: pytest.MonkeyPatch
) -> None:
    charter.forget()
    browser = Client(raise_request_exception=False) if form is first_run else signed_in()
    address, facts = form()
    before, faulty, hit = traces(), Faulty(monkeypatch), 0
    for number in range(MOST):
        with faulty.at(number):
            status = browser.post(address, facts()).status_code
        if not faulty.fired:
            break
        hit += 1
        if traces() != before:
            # The act was committed; what failed came after it (the session, a last read), and no act is lost by it.
            break
        assert status >= 500, f"call {number} failed, nothing was kept, and the page answered {status}"
        charter.forget()
    else:
        pytest.fail("the loop did not end")
    assert hit > 5, "hardly a call was hit; the fault injection is broken"
    after = traces()
    assert after["LedgerEntry"] == before["LedgerEntry"] + ACTS[form.__name__], "an act without its entry, or twice"
    charter.forget()
