"""Pages of this room as officers open them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from nanxi.foundation import acts, scope
from nanxi.foundation.identifiers import uuid7
from nanxi.foundation.models import LedgerEntry
from nanxi.foundation.reach import EVERYWHERE
from nanxi.orders import queries, services
from nanxi.orders.models import IsolationOrder, PositionHold
from nanxi.orders.rules import State
from nanxi.orders.tests.town import NANXI, OUBEI, Town

#: A square of a kilometre in Oubei.
OUTLINE = '{"type": "Polygon", "coordinates": [[[120.69,28.15],[120.7,28.15],[120.7,28.16],[120.69,28.16],[120.69,28.15]]]}'
#: Session, officer, unit, reach, charter and scope are about ten of them.
LIST_QUERIES, ORDER_QUERIES = 16, 24


def local(days: float) -> str:
    return timezone.localtime(timezone.now() + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M")


def wanted(**changes: str) -> dict[str, str]:
    return {
        "kind": "home", "area": OUBEI, "address": "3 Mill Lane", "reason": "close_contact", "legal_basis": "law_39_contact",
        "until": local(10), "_key": "k1", **changes,
    }  # fmt: skip


def new_from(town: Town, **of: object) -> str:
    origin = town.contact(**of)  # type: ignore[arg-type]
    return f"{reverse('order-new')}?from=cases.contact:{origin.id}"


def text(response: object) -> str:
    return response.content.decode()  # type: ignore[attr-defined]


def kinds() -> list[str]:
    with scope.enter(EVERYWHERE):
        return list(LedgerEntry.objects.values_list("kind", flat=True))


def standing(order: IsolationOrder) -> State:
    from nanxi.orders import chain

    with scope.enter(EVERYWHERE):
        return chain.standing(IsolationOrder.everything.get(pk=order.pk), timezone.now()).state


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


def served_by(**changes: str) -> dict[str, str]:
    return {"how": "in_person", "language": "wenzhou", "taken_how": "officer_position", "datum": "WGS-84", "_key": "s", **changes}


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


def test_a_phone_is_set_up_once_and_revoked(town: Town) -> None:
    order = town.order(served=True)
    gao = town.client("gao")
    address = reverse("order-device", args=[order.pk])
    assert "No phone is set up" in text(gao.get(address))
    page = text(gao.post(address, {"label": "own <phone>", "_key": "d"}))
    assert "owntracks:///config?inline=" in page
    assert "&quot;_type&quot;: &quot;configuration&quot;" in page
    assert "own &lt;phone&gt;" in page
    again = gao.post(address, {"label": "own <phone>", "_key": "d"}, follow=True)
    assert "shown once already" in text(again)
    assert "owntracks:" not in text(gao.get(address))
    with scope.enter(EVERYWHERE):
        (device,) = queries.devices_of(order)
    assert "Revoked" in text(gao.post(reverse("order-device-revoke", args=[device.pk]), {"_key": "v"}, follow=True))
    assert gao.post(reverse("order-device-revoke", args=[device.pk]), {"_key": "w"}).status_code == 404


def test_a_fourth_phone_is_refused(town: Town) -> None:
    order = town.order(served=True)
    gao = town.client("gao")
    answers = [gao.post(reverse("order-device", args=[order.pk]), {"label": "p", "_key": str(n)}) for n in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 409]
    assert "3 devices already" in text(answers[3])


def test_a_new_end_extends_or_shortens(town: Town) -> None:
    order = town.order(served=True)
    bowen = town.client("bowen")
    address = reverse("order-extend", args=[order.pk])
    assert bowen.post(address, {"until": local(13.9), "_key": "1"}).status_code == 302
    assert bowen.post(address, {"until": local(5), "_key": "2"}).status_code == 302
    page = text(bowen.get(reverse("order", args=[order.pk])))
    assert "Extended" in page
    assert "Shortened" in page
    refused = bowen.post(address, {"until": local(40), "_key": "3"})
    assert "lasts 14 days at most" in text(refused)
    refused = bowen.post(address, {"until": local(-1), "_key": "4"})
    assert "has passed already" in text(refused)


def test_a_later_end_needs_evidence_that_still_stands(town: Town) -> None:
    order = town.order(served=True)
    town.known.paths.clear()
    refused = town.client("bowen").post(reverse("order-extend", args=[order.pk]), {"until": local(13.9), "_key": "1"})
    assert "does not stand any more" in text(refused)


def test_release_and_after_it_nothing_goes(town: Town) -> None:
    order = town.order(served=True)
    bowen = town.client("bowen")
    assert bowen.post(reverse("order-release", args=[order.pk]), {"because": "negative_results", "_key": "1"}).status_code == 302
    page = text(bowen.get(reverse("order", args=[order.pk])))
    assert "negative results as the protocol asks" in page
    assert reverse("order-serve", args=[order.pk]) not in page
    for name, sent in (
        ("release", {"because": "time_served"}),
        ("extend", {"until": local(3)}),
        ("contest", {"channel": "paper", "text": "x"}),
    ):
        refused = bowen.post(reverse(f"order-{name}", args=[order.pk]), {**sent, "_key": name})
        assert (refused.status_code, "has ended" in text(refused)) == (409, True)


def test_a_paper_contest_is_answered_by_another_officer(town: Town) -> None:
    order = town.order("bowen", served=True)
    ailian, bowen, chen = (town.client(who) for who in ("ailian", "bowen", "chen"))
    assert "No contest waits" in text(chen.get(reverse("contests")))
    sent = {"channel": "paper", "text": "I was <i>not</i> there", "_key": "c"}
    assert ailian.post(reverse("order-contest", args=[order.pk]), sent).status_code == 302
    assert str(order.number) in text(chen.get(reverse("contests")))
    again = ailian.post(reverse("order-contest", args=[order.pk]), {**sent, "_key": "c2"})
    assert "being answered already" in text(again)
    page = text(chen.get(reverse("order", args=[order.pk])))
    assert "not</i> there" not in page
    assert reverse("order-answer", args=[order.pk]) in page
    opened = text(chen.post(reverse("order-read", args=[order.pk]), {"_key": "r"}))
    assert "I was &lt;i&gt;not&lt;/i&gt; there" in opened
    answer = reverse("order-answer", args=[order.pk])
    own = bowen.post(answer, {"outcome": "upheld", "text": "no", "_key": "a"})
    assert (own.status_code, "You decided on this order yourself" in text(own)) == (409, True)
    assert reverse("order-answer", args=[order.pk]) not in text(bowen.get(reverse("order", args=[order.pk])))
    late = chen.post(answer, {"outcome": "shortened", "until": local(30), "text": "x", "_key": "b"})
    assert "before the present one" in text(late)
    assert chen.post(answer, {"outcome": "released", "text": "You were not there.", "_key": "d"}).status_code == 302
    assert standing(order) is State.ENDED
    assert ("contest", order.pk, "answered") in town.known.closed


def test_an_unasked_answer_is_refused(town: Town) -> None:
    refused = town.client("chen").post(
        reverse("order-answer", args=[town.order(served=True).pk]), {"outcome": "upheld", "text": "x", "_key": "a"}
    )
    assert "not contested" in text(refused)


def test_orders_for_all_accepted_contacts_of_a_tracing(town: Town) -> None:
    run = uuid7()
    bound = town.order(name="Bound")
    records = [town.somebody("Lin Jia"), town.somebody("Wang Yi"), town.somebody("Nobody", path=None), bound.record_id]
    town.runs[run] = [town.contact(record).id for record in records]
    client = town.client("dong")
    address = f"{reverse('orders-bulk')}?run={run}"
    page = text(client.get(address))
    assert "Issue 2 orders" in page
    assert "no evidence path" in page
    assert "under an order already" in page
    assert len(town.rows()) == 1
    sent = {"kind": "home", "reason": "close_contact", "legal_basis": "law_39_contact", "_key": "b"}
    page = text(client.post(address, sent, follow=True))
    assert "2 orders issued; 1 persons were under an order already; 1 have no evidence" in page
    client.post(address, sent)
    assert len(town.rows()) == 3


def test_a_tracing_without_accepted_contacts(town: Town) -> None:
    run = uuid7()
    town.runs[run] = []
    client = town.client("dong")
    address = f"{reverse('orders-bulk')}?run={run}"
    assert "No accepted contact" in text(client.get(address))
    sent = {"kind": "home", "reason": "close_contact", "legal_basis": "law_39_contact", "_key": "b"}
    assert client.post(address, sent).status_code == 409
    assert client.get(f"{reverse('orders-bulk')}?run={uuid7()}").status_code == 404
    assert client.get(reverse("orders-bulk")).status_code == 404


def test_a_notice_is_drafted_by_one_and_published_by_another(town: Town) -> None:
    ailian, bai = town.client("ailian"), town.client("bai")
    assert "No area notice" in text(ailian.get(reverse("notices")))
    sent = {"area": OUBEI, "legal_basis": "law_41_area", "valid_from": local(-0.01), "valid_until": local(7), "_key": "n"}
    drawn = {**sent, "outline": OUTLINE, "datum": "WGS-84"}
    assert "restricts nobody until" in text(ailian.post(reverse("notice-new"), drawn, follow=True))
    with scope.enter(EVERYWHERE):
        (notice,) = queries.notices(timezone.now())
    publish, page = reverse("notice-publish", args=[notice.pk]), reverse("notice", args=[notice.pk])
    assert publish not in text(ailian.get(page))
    assert publish in text(bai.get(page))
    assert "1.09 km², 4 corners, drawn in WGS-84" in text(bai.get(page))
    assert town.client("feng").get(page).status_code == 404
    own = ailian.post(publish, {"_key": "p"})
    assert (own.status_code, "another officer publishes" in text(own)) == (409, True)
    assert town.client("feng").post(publish, {"_key": "f"}).status_code == 404
    assert "Published" in text(bai.post(publish, {"_key": "q"}, follow=True))
    assert "published already" in text(bai.post(publish, {"_key": "r"}))
    longer = ailian.post(reverse("notice-new"), {**sent, "valid_until": local(30), "_key": "l"})
    assert "14 days at most" in text(longer)
    ask, end = (reverse(name, args=[notice.pk]) for name in ("notice-end-ask", "notice-end"))
    assert (ask in text(bai.get(page)), end in text(bai.get(page))) == (True, False)
    assert "goes on until another officer agrees" in text(bai.post(ask, {"reason": "no_source", "_key": "e"}, follow=True))
    assert end not in text(bai.get(page))
    asked = text(ailian.get(page))
    assert (end in asked, ask in asked, "No source of infection is left" in asked) == (True, False, True)
    assert town.client("feng").post(end, {"_key": "g"}).status_code == 404
    assert "Ended early on" in text(ailian.post(end, {"_key": "h"}, follow=True))
    assert "ended early" in text(bai.get(reverse("notices")))


def test_an_outline_is_handed_in_as_a_file_or_drawn_not_both(town: Town) -> None:
    ailian, address = town.client("ailian"), reverse("notice-new")
    sent = {"area": OUBEI, "legal_basis": "law_41_area", "valid_from": local(-0.01), "valid_until": local(7), "datum": "GCJ-02"}
    assert "data-nx-corner" in text(ailian.get(address)), "the town's drawing takes the corners"
    file = ContentFile(OUTLINE.encode(), name="area.geojson")
    both = ailian.post(address, {**sent, "outline": OUTLINE, "outline_file": file, "_key": "b"})
    assert (both.status_code, "not both" in text(both)) == (422, True)
    bad = ailian.post(address, {**sent, "outline": "POLYGON((1 2))", "_key": "c"})
    assert (bad.status_code, "not GeoJSON" in text(bad)) == (422, True)
    file.seek(0)
    assert ailian.post(address, {**sent, "outline_file": file, "_key": "d"}).status_code == 302
    with scope.enter(EVERYWHERE):
        (notice,) = queries.notices(timezone.now())
    assert (notice.datum, notice.outline["type"]) == ("GCJ-02", "MultiPolygon")
    assert notice.outline["coordinates"][0][0][0][0] < 120.6899, "turned into WGS-84"


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
