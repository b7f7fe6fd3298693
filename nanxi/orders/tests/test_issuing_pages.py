"""Issuing and serving an order, and opening its page, as officers do it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from nanxi.foundation import scope
from nanxi.foundation.reach import EVERYWHERE
from nanxi.orders import queries, services
from nanxi.orders.rules import State
from nanxi.orders.tests.paging import ORDER_QUERIES, kinds, local, new_from, served_by, standing, text, wanted
from nanxi.orders.tests.town import NANXI, OUBEI, Town


def test_issuing_from_an_accepted_contact(town: Town) -> None:
    client = town.client("ailian")
    address = new_from(town, record=town.somebody())
    page = text(client.get(address))
    assert "contact with a confirmed case" in page
    assert 'value="close_contact" selected' in page
    answers = [client.post(address, wanted()) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    (order,) = town.rows()
    assert answers[1].url == reverse("order", args=[order.pk])
    assert (order.kind, order.area_code, order.origin_kind) == ("home", OUBEI, "cases.contact")
    page = text(client.get(reverse("order", args=[order.pk])))
    assert "issued, not served" in page
    assert "Ailian · Oubei desk" in page
    assert "Mill Lane" not in page
    assert town.known.tasks[0]["kind"] == "serve"
    again = client.get(address, follow=True)
    assert again.redirect_chain[0][0] == reverse("order", args=[order.pk])
    assert "was made from this already" in text(again)


def test_no_evidence_path_no_order_and_the_request_is_counted(town: Town) -> None:
    """Goes red when the path check is taken out of issuing."""
    client = town.client("ailian")
    address = new_from(town, record=town.somebody(path=None))
    page = text(client.get(address))
    assert "There is no evidence path" in page
    assert "<select" not in page
    refused = client.post(address, wanted())
    assert refused.status_code == 409
    assert "a list alone is a claim" in text(refused)
    assert town.rows() == []
    assert "orders.order.refused" in kinds()


def test_eleven_requests_without_a_path_raise_one_alarm(town: Town) -> None:
    client = town.client("ailian")
    for number in range(12):
        client.post(new_from(town, record=town.somebody(path=None)), wanted(_key=str(number)))
    assert {alert["kind"] for alert in town.known.alerts} == {"orders.without_path"}
    assert len({alert["key"] for alert in town.known.alerts}) == 1
    assert town.rows() == []


@pytest.mark.parametrize(("changes", "says"), [
    ({"until": local(20)}, "lasts 14 days at most"), ({"until": local(-1)}, "lies before the decision"),
    ({"reason": "suspected"}, "does not rest on this kind of evidence"),
    ({"legal_basis": "law_39_patient"}, "legal basis does not cover"),
])  # fmt: skip
def test_what_the_evidence_does_not_carry_is_refused(town: Town, changes: dict[str, str], says: str) -> None:
    refused = town.client("ailian").post(new_from(town, record=town.somebody()), wanted(**changes))
    assert refused.status_code == 409
    assert says in text(refused)
    assert town.rows() == []


@pytest.mark.parametrize(
    ("changes", "field"), [({"reason": "other"}, "reason"), ({"area": NANXI}, "area"), ({"until": "soon"}, "until")]
)
def test_what_is_not_on_the_list_keeps_the_form(town: Town, changes: dict[str, str], field: str) -> None:
    page = town.client("ailian").post(new_from(town, record=town.somebody()), wanted(**changes))
    assert page.status_code == 200
    assert f'id="id_{field}_error"' in text(page)
    assert "3 Mill Lane" in text(page)


def test_an_open_contact_gives_no_form(town: Town) -> None:
    refused = town.client("ailian").get(new_from(town, record=town.somebody(), accepted=False))
    assert (refused.status_code, "not accepted" in text(refused)) == (409, True)


@pytest.mark.parametrize(
    "query", ["?from=cases.contact:0", "?from=people.person:01a21037-003e-7f5b-8f68-686cd92ce1f4", "?from=x"]
)
def test_an_unknown_origin_is_not_found(town: Town, query: str) -> None:
    assert town.client("ailian").get(reverse("order-new") + query).status_code == 404


def test_without_an_origin_the_page_says_where_orders_start(town: Town) -> None:
    assert "An order starts from evidence" in text(town.client("ailian").get(reverse("order-new")))


def test_a_second_order_for_the_same_person_is_refused(town: Town) -> None:
    record = town.somebody()
    client = town.client("ailian")
    client.post(new_from(town, record=record), wanted())
    refused = client.post(new_from(town, record=record), wanted(_key="k2"))
    assert "under an order already" in text(refused)


def test_serving_at_the_door_takes_the_home_point(town: Town) -> None:
    order = town.order()
    gao = town.client("gao")
    address = reverse("order-serve", args=[order.pk])
    page = text(gao.get(address))
    assert "data-nx-tap" in page
    assert "data-nx-locate" in page
    handle = f"user:{town.users['gao'].id}"
    sent = served_by(by=handle, lon="120.65", lat="28.15", accuracy="12", datum="GCJ-02")
    assert gao.post(address, sent).status_code == 302
    assert standing(order) is State.RUNNING
    with scope.enter(EVERYWHERE):
        home = queries.home_of(order) or {}
    assert (home["datum"], home["how"]) == ("GCJ-02", "officer_position")
    assert home["lon"] != pytest.approx(120.65, abs=1e-4)
    assert ("serve", order.pk, "served") in town.known.closed
    page = text(gao.get(reverse("order", args=[order.pk])))
    assert "handed over in person; Wenzhou dialect; Gao · Oubei desk" in page
    assert "120.6" not in page


@pytest.mark.parametrize(("changes", "status", "says"), [
    ({"lon": "120.65"}, 200, "Give both longitude and latitude"), ({"how": "by_pigeon"}, 200, "id_how_error"),
    ({"lon": "120.65", "lat": "28.1", "accuracy": "400"}, 409, "only 400 m accurate"),
    ({"lon": "999", "lat": "28.1"}, 200, "id_lon_error"),
    ({"by": "user:01a21037-003e-7f5b-8f68-686cd92ce1f4"}, 200, "id_by_error"),
])  # fmt: skip
def test_a_serving_that_cannot_be_is_not_kept(town: Town, changes: dict[str, str], status: int, says: str) -> None:
    order = town.order()
    sent = served_by(**{"by": f"user:{town.users['gao'].id}", **changes})
    page = town.client("gao").post(reverse("order-serve", args=[order.pk]), sent)
    assert (page.status_code, says in text(page)) == (status, True)
    assert standing(order) is State.ISSUED


def test_opening_the_person_is_recorded(town: Town) -> None:
    order = town.order(name="<b>Lin</b>", served=True)
    client = town.client("ailian")
    assert "people.person.read" not in kinds()
    page = text(client.post(reverse("order-read", args=[order.pk]), {"_key": "r"}))
    assert "&lt;b&gt;Lin&lt;/b&gt;" in page
    assert "<b>Lin</b>" not in page
    assert "geo:28.15" in page
    assert "<svg" in page
    assert "people.person.read" in kinds()


def test_the_order_page_keeps_its_number_of_queries(town: Town) -> None:
    order = town.order(served=True)
    client = town.client("ailian")
    address = reverse("order", args=[order.pk])
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    with scope.enter(EVERYWHERE):
        services.make_device(town.act("ailian"), order, label="a")
        services.extend_order(town.act("bowen"), order, until=timezone.now() + timedelta(days=13, hours=20))
    with CaptureQueriesContext(connection) as many:
        client.get(address)
    assert len(few) == len(many) <= ORDER_QUERIES


def test_a_forged_decision_is_said_and_stops_the_steps(town: Town) -> None:
    order = town.order(served=True)
    from nanxi.orders.models import OrderDecision

    with scope.enter(EVERYWHERE):
        row = OrderDecision.everything.filter(order=order).last()
        from nanxi.foundation import acts

        with acts.set_up():
            OrderDecision(
                area_code=OUBEI, order=order, place=row.place + 1, step="extend", at=timezone.now(), by="user:x", mac=b"0" * 32,
                until=timezone.now() + timedelta(days=90),
            ).save()  # fmt: skip
    page = text(town.client("ailian").get(reverse("order", args=[order.pk])))
    assert "changed outside the system" in page
    assert "Extended" not in page
    refused = town.client("bowen").post(reverse("order-release", args=[order.pk]), {"because": "time_served", "_key": "f"})
    assert (refused.status_code, "oversight officer" in text(refused)) == (409, True)


def test_the_notice_prints_both_languages_and_the_signed_link(town: Town) -> None:
    from nanxi.orders import links

    order = town.order(served=True)
    page = text(town.client("ailian").get(reverse("order-notice", args=[order.pk])))
    assert str(order.number) in page
    assert "Oubei desk 0577-6722" in page
    assert "Notice of medical observation" in page
    assert "close contact of a confirmed case" in page
    (code,) = re.findall(r"/my/([\w-]+)/", page)[:1]
    assert links.opened(code)[0] == links.token_of(order)
    assert '<div class="nx-qr"><svg' in page
    assert "people.person.read" in kinds()
