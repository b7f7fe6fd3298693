"""What happens to an order on its page until it ends, orders for a tracing, and area notices."""

from __future__ import annotations

from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone

from nanxi.foundation import scope
from nanxi.foundation.identifiers import uuid7
from nanxi.foundation.reach import EVERYWHERE
from nanxi.orders import queries
from nanxi.orders.rules import State
from nanxi.orders.tests.paging import OUTLINE, local, standing, text
from nanxi.orders.tests.town import OUBEI, Town


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
