"""Lists and other pages of this room as officers open them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from nanxi.foundation import acts, scope
from nanxi.foundation.identifiers import uuid7
from nanxi.foundation.reach import EVERYWHERE
from nanxi.orders import queries, services
from nanxi.orders.models import IsolationOrder, PositionHold
from nanxi.orders.tests.paging import LIST_QUERIES, kinds, text
from nanxi.orders.tests.town import NANXI, OUBEI, Town


def test_an_empty_list_says_what_to_do(town: Town) -> None:
    page = text(town.client("ailian").get(reverse("orders")))
    assert "Nobody in your area is under an order" in page
    assert "accept the contact on its evidence" in page


def test_the_list_masks_filters_and_keeps_its_number_of_queries(town: Town) -> None:
    first = town.order(name="Wang Yi")
    chen = town.client("bowen")
    chen.get(reverse("orders"))
    with CaptureQueriesContext(connection) as few:
        page = text(chen.get(reverse("orders")))
    assert str(first.number) in page
    assert "W** 0019" in page
    assert "Wang Yi" not in page
    for number in range(6):
        town.order(name=f"P{number}", area=NANXI)
    with CaptureQueriesContext(connection) as many:
        page = text(chen.get(reverse("orders")))
    assert page.count("** 0019") == 7
    assert len(many) == len(few) <= LIST_QUERIES
    page = text(chen.get(reverse("orders"), {"which": "live", "town": OUBEI}))
    assert page.count("** 0019") == 1
    assert "No order ended" in text(chen.get(reverse("orders"), {"which": "ended"}))


def test_a_towns_list_is_read_by_its_index(town: Town) -> None:
    """Under the row policies of a town's officer; few rows would be scanned, so scanning is made dear."""
    town.order()
    with scope.enter(town.actor("ailian").reach), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        plan = queries.listed(timezone.now(), town=OUBEI).explain()
    assert "order_area_open" in plan or "open_until" in plan
    assert "Seq Scan" not in plan


def test_ended_orders_stand_in_their_own_list(town: Town) -> None:
    order = town.order()
    with scope.enter(EVERYWHERE):
        services.release_order(town.act("bowen"), order, because="time_served")
    client = town.client("ailian")
    assert str(order.number) not in text(client.get(reverse("orders")))
    assert str(order.number) in text(client.get(reverse("orders"), {"which": "ended"}))


def test_headquarters_chooses_the_town_first(town: Town) -> None:
    bowen, address = town.client("bowen"), reverse("notice-new")
    assert "In which town is the area?" in text(bowen.get(address))
    assert "data-nx-corner" in text(bowen.get(address, {"area": NANXI}))


def test_the_operator_sees_counts_and_no_persons(town: Town) -> None:
    from nanxi.foundation import acts
    from nanxi.orders.models import DeadLetter, IngestTally

    order = town.order()
    ou = town.client("ou")
    assert "No position came yet" in text(ou.get(reverse("ingest-health")))
    with scope.enter(EVERYWHERE), acts.set_up():
        IngestTally.objects.create(day=timezone.localdate(), what="taken", n=41)
        IngestTally.objects.create(day=timezone.localdate(), what="dead_no_tst", n=2)
        DeadLetter.objects.create(area_code=OUBEI, order_id=order.id, rx=timezone.now(), reason="no_tst", sealed=b"x")
    page = text(ou.get(reverse("ingest-health")))
    assert "positions taken" in page
    assert "set aside: without time" in page
    assert str(order.number) not in page
    assert str(order.id) not in page
    assert ou.get(reverse("orders")).status_code == 403


@pytest.mark.parametrize(
    "name", ["order", "order-notice", "order-serve", "order-contest", "order-device", "order-extend", "order-release"]
)
def test_another_towns_order_is_not_found(town: Town, name: str) -> None:
    order = town.order()
    assert town.client("feng").get(reverse(name, args=[order.pk])).status_code == 404
    assert town.client("ailian").get(reverse(name, args=[order.pk])).status_code == 200


@pytest.mark.parametrize("name", ["order-read", "order-device-revoke"])
def test_another_towns_order_takes_no_post(town: Town, name: str) -> None:
    order = town.order(served=True)
    with scope.enter(EVERYWHERE):
        device = services.make_device(town.act("ailian"), order, label="p")
    target = device.pk if "device" in name else order.pk
    assert town.client("feng").post(reverse(name, args=[target]), {"_key": "x"}).status_code == 404


@pytest.mark.parametrize(("who", "sees"), [("ailian", True), ("chen", True), ("dong", True), ("gao", True), ("ou", False)])
def test_the_menu_leads_to_the_orders(town: Town, who: str, sees: bool) -> None:
    from nanxi.web.menu import groups_for

    addresses = {line.address for group in groups_for(town.actor(who).role, "/") for line in group.lines}
    assert (reverse("orders") in addresses) is sees


def test_other_rooms_find_the_pages(town: Town) -> None:
    from nanxi.cases.actions import buttons_for
    from nanxi.desk.links import address_of
    from nanxi.foundation.rights import Role

    order = town.order()
    assert address_of("orders.order", order.pk) == reverse("order", args=[order.pk])
    contact = uuid7()
    buttons = {button.address for button in buttons_for(contact, Role.EPIDEMIOLOGIST.rights)}
    assert f"{reverse('order-new')}?from=cases.contact:{contact}" in buttons
    assert not buttons_for(contact, Role.GRID_WORKER.rights)


def test_the_person_page_shows_the_orders(town: Town, rf: RequestFactory) -> None:
    from nanxi.orders.views.panel import orders_open, orders_panel
    from nanxi.people import panels

    order = town.order(served=True)
    request = rf.get("/")
    request.user, request.nanxi_actor = town.users["ailian"], town.actor("ailian")
    with scope.enter(EVERYWHERE):
        shown = dict(panels.drawn(request, order.person_id))
        openers = panels.openers(town.actor("ailian"), order.person_id, timezone.now())
        foreign = list(orders_open(town.actor("feng"), order.person_id, timezone.now()))
        nobody = orders_panel(request, uuid7())
    assert str(order.number) in str(shown["Isolation orders"])
    assert ("orders.order", order.pk) in {opener.via for opener in openers}
    assert (foreign, nobody) == ([], "")


def test_the_page_tells_nothing_of_health_before_it_is_opened(town: Town) -> None:
    """Goes red when an illness can be read from an order's page without a purpose."""
    order = town.order(served=True)
    with scope.enter(EVERYWHERE):
        services.report_health(town.act("ailian"), order, temperature=39.5, symptoms=["breath"])
        services.ask_need(town.act("ailian"), order, kind="medicine")
    client = town.client("ailian")
    for name in ("order", "order-care"):
        page = text(client.get(reverse(name, args=[order.pk])))
        rows = "".join(re.findall(r'<ul class="nx-rows">.*?</ul>', page, re.DOTALL))
        assert "reported" in rows
        assert "a request" in rows
        assert not any(word in rows for word in ("alarming", "medicine", "39.5"))
    opened = text(client.post(reverse("order-read", args=[order.pk]), {"_key": "r"}))
    assert "alarming" in opened
    assert "medicine" in opened


def test_false_alarms_stand_with_their_interval_and_the_measures(town: Town) -> None:
    """A dashboard over what alerts were closed as; the number of its queries does not grow with them."""
    from nanxi.desk import services as desk

    order = town.order(served=True)
    with scope.enter(EVERYWHERE):
        for number, (model, disposition) in enumerate([("Redmi 8", "drift"), ("Redmi 8", "drift"), ("P30", "violation")]):
            alert = desk.raise_alert(
                town.act("ailian"), key=f"k{number}", kind="orders.exit", severity="high", area=OUBEI,
                subject=("orders.order", order.id), title="Left", facts={"model": model, "policy": "fence-1"},
            )  # fmt: skip
            desk.record_call(town.act("ailian"), alert, result="coming_back")
            measure = "returned" if disposition == "violation" else "none_needed"
            desk.close_alert(town.act("ailian"), alert, disposition=disposition, measure=measure)
    ailian = town.client("ailian")
    ailian.get(reverse("alarms"))
    with CaptureQueriesContext(connection) as asked:
        page = text(ailian.get(reverse("alarms"), {"days": "7"}))
    assert "2 false of 3 closed" in page
    assert "less than one person-day watched" in page
    assert "100 (34–100)" in page, "two of two: the interval says how little that is"
    assert "returned home" in page
    assert len(asked) <= LIST_QUERIES
    assert "No alert was closed" in text(town.client("feng").get(reverse("alarms"))), "another town's figures are not shown"
    assert town.client("gao").get(reverse("alarms")).status_code == 403


def test_the_page_of_synthetic_walks_says_which_towns_have_no_proof(town: Town) -> None:
    """The operator sees every town and a mark on each page; a town sees its own; a watcher outside a yes or no."""
    from nanxi.orders.models import Walk

    now = timezone.now()
    with scope.enter(EVERYWHERE), acts.set_up():
        for area, ended in ((OUBEI, {"arrived_at": now - timedelta(minutes=3)}), (NANXI, {"failed_at": now, "why": "alert"})):
            order = IsolationOrder(
                area_code=area, number=f"W{area}", record_id=uuid7(), kind="walk", reason="walk", legal_basis="none",
                rule_version="walk-1", page_digest=uuid7().bytes * 2, made_at=now, open_until=now, synthetic=True,
            )  # fmt: skip
            order.save()
            start = now - timedelta(minutes=5)
            Walk(area_code=area, order=order, started_at=start, sent=4, decided_at=now - timedelta(minutes=4), **ended).save()
    operator = town.client("ou")
    page = text(operator.get(reverse("walks")))
    assert page.index("Nanxi") < page.index("Oubei"), "the town without proof stands first"
    assert "no alert in time" in page
    assert "alerts arrive" in page
    assert "60.0" in page
    with CaptureQueriesContext(connection) as asked:
        operator.get(reverse("walks"))
    assert len(asked) <= LIST_QUERIES
    assert "1 town without alerts" in text(operator.get(reverse("walks-corner")))
    own = text(town.client("ailian").get(reverse("walks")))
    assert "no alert in time" not in own
    assert Client().get(reverse("walks-health")).json() == {"alerts_arrive": False}


def test_a_version_of_the_rules_on_its_page_and_chosen_for_an_order(town: Town) -> None:
    """Drafted with figures, published by a second officer, chosen in the town; a wrong figure is said at the form."""
    from nanxi.orders.policies import HOUSE, OPEN

    figures = {name: getattr(HOUSE, name) for name in OPEN}
    bowen = town.client("bowen")
    page = bowen.post(reverse("fence-policies"), {**figures, "version": "day-1", "confirmed_fixes": 1})
    assert page.status_code == 422
    assert "before it is probable" in text(page)
    assert bowen.post(reverse("fence-policies"), {**figures, "version": "day-1", "probable_fixes": 2}).status_code == 302
    page = text(bowen.get(reverse("fence-policies")))
    assert "day-1" in page
    assert "Positions outside until a departure is probable: 2" in page
    with scope.enter(EVERYWHERE), acts.writing():
        draft = services_policy(town)
    order = town.order(served=True)
    ailian = town.client("ailian")
    assert ailian.post(reverse("order-care", args=[order.pk]), {"form": "policy", "version": "day-1"}).status_code == 302
    assert "day-1" in text(ailian.get(reverse("order-care", args=[order.pk])))
    assert str(order.number) in text(ailian.get(reverse("orders"), {"which": "inactive"}))
    assert draft.published_by


def services_policy(town: Town):
    """Published by another officer of headquarters than the one who drafted."""
    from nanxi.foundation.act import Act, Actor
    from nanxi.foundation.rights import Role
    from nanxi.orders.models import FencePolicy

    other = Act(Actor("officer", user_id=uuid7(), unit_id=uuid7(), role=Role.HQ_DESK, reach=EVERYWHERE))
    return services.publish_policy(other, FencePolicy.objects.get())


def test_the_pdf_version_of_a_notice_is_a_read_and_carries_number_and_codes(town: Town) -> None:
    from tests.web.test_pdf import texts

    order = town.order(served=True)
    answer = town.client("ailian").get(reverse("order-notice-pdf", args=[order.pk]))
    assert (answer.status_code, answer["Content-Type"], answer["Cache-Control"]) == (200, "application/pdf", "no-store")
    said = texts(answer.content)
    assert {"医学观察告知书", "Notice of medical observation", str(order.number), "Lin Jia"} <= set(said)
    assert any("/my/check/" in line for line in said)
    assert "Lin" not in answer["Content-Disposition"]
    assert "people.person.read" in kinds()
    assert town.client("feng").get(reverse("order-notice-pdf", args=[order.pk])).status_code == 404
    assert town.client("ailian").get(reverse("order-certificate-pdf", args=[order.pk])).status_code == 409
    with scope.enter(EVERYWHERE):
        services.release_order(town.act("bowen"), order, because="time_served")
    ended = texts(town.client("ailian").get(reverse("order-certificate-pdf", args=[order.pk])).content)
    assert {"Certificate of the end of medical observation", str(order.number), "Lin Jia"} <= set(ended)


def test_a_hold_is_asked_and_opened_on_its_page_by_two(town: Town) -> None:
    bowen, chen = town.client("bowen"), town.client("chen")
    page = text(bowen.get(reverse("position-days")))
    assert "1 day after the last order" in page
    today = timezone.localdate().isoformat()
    sent = {"first": today, "last": today, "reason": "court", "length": 5, "_key": "h"}
    assert "another officer opens it" in text(bowen.post(reverse("hold-ask"), sent, follow=True))
    with scope.enter(EVERYWHERE):
        hold = PositionHold.objects.get()
    address = reverse("hold-open", args=[hold.pk])
    assert address not in text(bowen.get(reverse("position-days")))
    assert bowen.post(address, {"_key": "o"}).status_code == 409
    assert town.client("bai").get(reverse("position-days")).status_code == 403
    assert "The days stay until it ends" in text(chen.post(address, {"_key": "p"}, follow=True))
    assert bowen.post(reverse("hold-ask"), {**sent, "length": 91, "_key": "i"}).status_code == 422
    assert "Set." in text(bowen.post(reverse("keeping-set"), {"days": 3, "_key": "k"}, follow=True))
    assert "3 days after the last order" in text(bowen.get(reverse("position-days")))
