"""With the real cases and the real desk: confirmed case → accepted contact → order → case discarded → released."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from nanxi.cases import services as cases
from nanxi.cases.models import Case, CloseContact
from nanxi.cases.tests.register import Register
from nanxi.cases.tests.story import interviewed
from nanxi.cases.tests.town import OUBEI, Town
from nanxi.foundation import acts, scope, units, vault
from nanxi.foundation.act import Act, house
from nanxi.foundation.models import LedgerEntry
from nanxi.foundation.reach import EVERYWHERE
from nanxi.orders import chain
from nanxi.orders.followers import follow_withdrawn
from nanxi.orders.models import IsolationOrder
from nanxi.orders.rules import State

pytest.importorskip("nanxi.desk.services")


@pytest.fixture
def county(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """The county of the cases room today, with a town desk to serve orders."""
    from nanxi.cases import persons

    register = Register()
    monkeypatch.setattr(persons, "_services", lambda: register)
    monkeypatch.setattr(persons, "_queries", lambda: register)
    vault.forget()
    town = Town()
    town.clock.at = timezone.now() - timedelta(hours=2)
    units.found_unit(Act(house("tests")), name="Oubei desk", kind="town", areas=[OUBEI])
    yield town
    vault.forget()


@pytest.fixture
def contact(county: Town) -> CloseContact:
    """Wang Yi lives with a confirmed case and is not decided on yet."""
    with scope.enter(county.reach("ding")):
        interviewed(county, cases.Named("Wang Yi", "household", county.clock.at - timedelta(hours=1), id_no="W1"))
        return CloseContact.objects.get()


def client(county: Town, who: str) -> Client:
    made = Client()
    made.cookies["nanxi_language"] = "en"
    made.force_login(county.users[who])
    session = made.session
    session["mfa_ready"] = True
    session.save()
    return made


def sent(**changes: str) -> dict[str, str]:
    until = timezone.localtime(timezone.now() + timedelta(days=10)).strftime("%Y-%m-%dT%H:%M")
    return {
        "kind": "home", "area": OUBEI, "reason": "household", "legal_basis": "law_39_contact", "until": until, "_key": "k",
        **changes,
    }  # fmt: skip


def orders() -> list[IsolationOrder]:
    with scope.enter(EVERYWHERE):
        return list(IsolationOrder.everything.all())


def accept(county: Town, contact: CloseContact) -> str:
    with scope.enter(county.reach("ding")):
        cases.decide_contact(county.act("ding"), contact, "accepted")
    return f"{reverse('order-new')}?from=cases.contact:{contact.pk}"


def test_the_button_beside_an_accepted_contact_leads_to_its_order(county: Town, contact: CloseContact) -> None:
    address = accept(county, contact)
    ding = client(county, "ding")
    assert address in ding.get(reverse("case", args=[contact.case_id])).content.decode()
    assert f"from=cases.case:{contact.case_id}" in ding.get(reverse("case", args=[contact.case_id])).content.decode()
    made = ding.post(address, sent(), follow=True)
    assert "lives with a confirmed case" in made.content.decode()
    (order,) = orders()
    assert (order.record_id, order.origin_id) == (contact.record_id, contact.pk)
    with scope.enter(EVERYWHERE):
        assert LedgerEntry.objects.filter(kind="desk.task.opened").exists()


def test_before_anybody_accepts_there_is_no_order(county: Town, contact: CloseContact) -> None:
    address = f"{reverse('order-new')}?from=cases.contact:{contact.pk}"
    assert client(county, "ding").post(address, sent()).status_code == 409
    assert orders() == []


def test_a_suspected_case_is_isolated_itself_for_72_hours(county: Town) -> None:
    with scope.enter(county.reach("bao")):
        case = cases.report_suspect(county.act("bao"), area=OUBEI, name="Lin Jia", id_no="A1")
    address = f"{reverse('order-new')}?from=cases.case:{case.pk}"
    ding = client(county, "ding")
    page = ding.get(address).content.decode()
    assert "report of a named clinician" in page
    assert 'value="suspected" selected' in page
    long = ding.post(address, sent(reason="suspected", legal_basis="law_39_suspect"))
    assert long.status_code == 409
    soon = timezone.localtime(timezone.now() + timedelta(hours=60)).strftime("%Y-%m-%dT%H:%M")
    ding.post(address, sent(reason="suspected", legal_basis="law_39_suspect", until=soon, _key="s"))
    assert [order.reason for order in orders()] == ["suspected"]


def test_a_discarded_case_frees_its_contacts(county: Town, contact: CloseContact) -> None:
    client(county, "ding").post(accept(county, contact), sent())
    (order,) = orders()
    with scope.enter(county.reach("ding")):
        cases.discard_case(county.act("chen"), Case.objects.get(pk=contact.case_id))
    with scope.enter(EVERYWHERE):
        entry = LedgerEntry.objects.get(kind="cases.case.discarded")
        with acts.writing():
            follow_withdrawn(Act(house("follower")), entry)
        standing = chain.standing(IsolationOrder.everything.get(pk=order.pk), timezone.now())
    assert (standing.state, standing.ended_how) == (State.ENDED, "released")
