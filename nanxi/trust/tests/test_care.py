"""The own page while an order runs: health, needs, check-in, the answer behind a word, the certificate; and public papers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from nanxi.foundation import charter, scope
from nanxi.foundation.reach import EVERYWHERE
from nanxi.orders import links, services
from nanxi.orders.models import AskedCheckin, HealthReport, IsolationOrder, Need, Position
from nanxi.trust.tests.house import EAST, House, address, phone

#: The edge of a closed area, a square of a kilometre.
OUTLINE = '{"type": "Polygon", "coordinates": [[[120.69,28.15],[120.7,28.15],[120.7,28.16],[120.69,28.16],[120.69,28.15]]]}'


def tail(order: IsolationOrder) -> str:
    return order.number.rpartition("-")[2]


def send(order: IsolationOrder, name: str, **sent: object):
    return phone().post(address(order, f"own-{name}"), {"_key": f"{name}-{len(sent)}", **sent})


def tasks(house: House) -> list[str]:
    from nanxi.desk.models import Task

    with scope.enter(EVERYWHERE):
        return sorted(Task.everything.exclude(kind="serve").values_list("kind", flat=True))


def rows(model: type) -> list:
    with scope.enter(EVERYWHERE):
        return list(model.everything.order_by("id") if hasattr(model, "everything") else model.objects.all())


def test_a_report_is_sent_without_account_and_brings_a_call(house: House) -> None:
    order = house.order(house.somebody())
    page = phone().get(address(order)).content.decode()
    assert "Please report once a day" in page
    assert "short of breath" in page
    member = {"member": order.number, f"{tail(order)}-temperature": "38.4", f"{tail(order)}-symptoms": ["cough"]}
    for _again in range(2):
        assert send(order, "health", **member).status_code == 302
    (row,) = rows(HealthReport)
    assert (row.outcome, row.by) == ("symptoms", f"person:{order.id}")
    assert tasks(house) == ["health"]
    page = phone().get(address(order)).content.decode()
    assert "somebody calls" in page
    assert "38.4" not in page, "the page stands behind a link on paper"


def test_a_wrong_temperature_comes_back_in_one_sentence(house: House) -> None:
    order = house.order(house.somebody())
    answer = send(order, "health", member=order.number, **{f"{tail(order)}-temperature": "366"})
    assert answer.status_code == 409
    assert "read the thermometer again" in answer.content.decode()
    assert send(order, "health", member=order.number, **{f"{tail(order)}-temperature": "warm"}).status_code == 422
    assert not rows(HealthReport)


def test_one_adult_reports_for_the_family_and_nobody_else(house: House) -> None:
    lead, child, stranger = (house.order(house.somebody()) for _n in range(3))
    with scope.enter(EVERYWHERE):
        services.join_household(house.act("ailian"), lead, child)
    page = phone().get(address(lead)).content.decode()
    assert f"Health today, order {child.number}" in page
    assert stranger.number not in page
    assert send(lead, "health", member=child.number).status_code == 302
    assert rows(HealthReport)[0].order_id == child.pk
    assert send(lead, "health", member=stranger.number).status_code == 404
    assert send(child, "health", member=lead.number).status_code == 404, "the child's own link reports for the child"
    assert lead.number in phone().get(address(child)).content.decode(), "who reports for one is told"
    assert send(child, "leave").status_code == 302
    assert send(lead, "health", member=child.number).status_code == 404
    assert lead.number not in phone().get(address(child)).content.decode()


def test_a_need_is_asked_for_and_its_state_is_shown(house: House) -> None:
    order = house.order(house.somebody())
    assert send(order, "need", kind="medicine", words="insulin").status_code == 302
    assert tasks(house) == ["need"]
    page = phone().get(address(order)).content.decode()
    assert "asked for" in page
    assert "insulin" not in page
    assert send(order, "need", kind="gold").status_code == 422
    assert len(rows(Need)) == 1


def test_a_check_in_gives_the_fence_a_position_and_answers_what_was_asked(house: House) -> None:
    order = house.order(house.somebody())
    with scope.enter(EVERYWHERE):
        services.serve_order(house.act("ailian"), order, how="in_person", home=services.Home(120.69, 28.15, 10))
        services.ask_checkin(
            house.act("ailian"), order, day=house.clock.now().date(), turn=1, answer_by=house.clock.now() + timedelta(minutes=20)
        )
    assert "A check-in is asked for" in phone().get(address(order)).content.decode()
    assert send(order, "checkin").status_code == 422
    assert send(order, "checkin", lon="120.6903", lat="28.1501", accuracy="20").status_code == 302
    (row,) = rows(AskedCheckin)
    assert row.answered_at is not None
    assert row.beyond_m is not None
    assert row.beyond_m < 0
    assert [position.source for position in rows(Position)] == ["checkin"]
    assert "A check-in is asked for" not in phone().get(address(order)).content.decode()


def test_a_position_from_far_away_restricts_nobody(house: House) -> None:
    """S32: a position is a claim; only people decide. Goes red when a check-in may end or lengthen an order."""
    from nanxi.orders import chain

    order = house.order(house.somebody())
    with scope.enter(EVERYWHERE):
        services.serve_order(house.act("ailian"), order, how="in_person", home=services.Home(120.69, 28.15, 10))
        before = chain.standing(IsolationOrder.everything.get(pk=order.pk), house.clock.now())
    send(order, "checkin", lon="121.5", lat="29.9", accuracy="20")
    with scope.enter(EVERYWHERE):
        found = IsolationOrder.everything.get(pk=order.pk)
        assert chain.standing(found, house.clock.now()) == before
        assert found.decisions.count() == 2


def test_the_answer_in_words_opens_to_the_persons_word_only(house: House) -> None:
    house.clock.forward(hours=-2)
    order = house.order(house.somebody())
    assert send(order, "contest", text="I was in Hangzhou", word="three ferries").status_code == 302
    assert "three ferries" not in phone().get(address(order)).content.decode()
    house.clock.forward(hours=2, seconds=5)
    with scope.enter(EVERYWHERE):
        services.answer_contest(house.act("bowen"), order, outcome="upheld", text="The bus list shows seat 14")
    page = phone().get(address(order)).content.decode()
    assert "Give the word you chose" in page
    assert "seat 14" not in page
    wrong = send(order, "answer", word="two bridges")
    assert (wrong.status_code, b"seat 14" in wrong.content) == (422, False)
    right = send(order, "answer", word=" Three Ferries ")
    assert (right.status_code, b"seat 14" in right.content) == (200, True)
    for _n in range(4):
        send(order, "answer", word="guess")
    closed = send(order, "answer", word="three ferries")
    assert (closed.status_code, b"seat 14" in closed.content) == (422, False), "five wrong words close the way"
    facts = str([entry.facts for entry in house.entries("orders.order.contested")])
    assert "word" not in facts


def test_a_free_person_is_asked_nothing_and_has_a_certificate(house: House) -> None:
    order = house.order(house.somebody())
    assert phone().get(address(order, "own-certificate")).status_code == 404, "the order still runs"
    with scope.enter(EVERYWHERE):
        services.release_order(house.act("bowen"), order, because="negative_results")
    page = phone().get(address(order)).content.decode()
    assert "Health today" not in page
    assert "Certificate to print" in page
    paper = phone().get(address(order, "own-certificate")).content.decode()
    assert order.number in paper
    assert paper.count("<svg") >= 2
    assert "The holder writes the name above" in paper
    assert send(order, "health", member=order.number).status_code == 404 or not rows(HealthReport)


def test_a_certificate_is_checked_by_anybody_and_a_forged_one_is_not_genuine(house: House) -> None:
    from nanxi.passes import verify

    order = house.order(house.somebody())
    code = links.check_code("o", order.pk, EAST)
    page = phone().get(reverse("check", args=[code]))
    assert page.status_code == 200
    assert "in force" in page.content.decode()
    with scope.enter(EVERYWHERE):
        services.release_order(house.act("bowen"), order, because="negative_results")
    page = phone().get(reverse("check", args=[code])).content.decode()
    assert order.number in page
    assert "released" in page
    for word in (str(house.persons[order.record_id]), "Riverside", "close contact"):
        assert word not in page
    forged = ("A" if code[0] != "A" else "B") + code[1:]
    for bad in (forged, code[:-2], "x", "纸" * 20, links.code_of(order)):
        answer = phone().get(reverse("check", args=[bad]))
        assert answer.status_code == 404
        assert "not genuine" in answer.content.decode()
    assert verify


def test_the_posts_code_of_a_certificate_verifies_offline(house: House) -> None:
    from django.test import RequestFactory

    from nanxi.orders import chain
    from nanxi.orders.views import papers
    from nanxi.passes import BadPass, verify

    order = house.order(house.somebody())
    with scope.enter(EVERYWHERE):
        services.release_order(house.act("bowen"), order, because="negative_results")
        order = IsolationOrder.everything.get(pk=order.pk)
        signed: list[str] = []
        made = papers.issue
        papers.issue = lambda claims: signed.append(made(claims)) or signed[-1]
        try:
            papers.certificate_of(RequestFactory().get("/"), order, chain.standing(order, house.clock.now()))
        finally:
            papers.issue = made
    claims = verify(signed[0], audience="order-end", now=house.clock.now())
    assert claims.words["number"] == order.number
    with pytest.raises(BadPass):
        verify(signed[0], audience="checkpoint", now=house.clock.now())
    with pytest.raises(BadPass):
        verify(signed[0], audience="order-end", now=house.clock.now() + timedelta(days=40))


def test_published_notices_are_public_and_end_by_themselves(house: House) -> None:
    house.clock.forward(days=-2)
    with scope.enter(EVERYWHERE):
        now = house.clock.now()
        told = {"area": EAST, "legal_basis": "law_41_area", "valid_from": now}
        lasting = services.draft_notice(house.act("ailian"), **told, valid_until=now + timedelta(days=7), outline=OUTLINE)
        draft = services.draft_notice(house.act("ailian"), **told, valid_until=now + timedelta(days=7))
        over = services.draft_notice(house.act("ailian"), **told, valid_until=now + timedelta(days=1))
        for notice in (lasting, over):
            services.publish_notice(house.act("bowen"), notice)
    page = phone().get(reverse("area-notices")).content.decode()
    assert lasting.number in page
    assert draft.number not in page, "a draft binds nobody and is nobody's business"
    assert "in force" in page
    assert "ended" in page
    assert phone().get(reverse("area-notice", args=[draft.number])).status_code == 404
    paper = phone().get(reverse("area-notice", args=[lasting.number])).content.decode()
    assert "art. 41" in paper
    assert "<svg" in paper
    assert 'class="nx-closed"' in paper, "the edge of the area"
    assert 'class="nx-closed"' in page
    file = phone().get(reverse("area-notice-pdf", args=[lasting.number]))
    assert file.content.startswith(b"%PDF-")
    assert lasting.number in file["Content-Disposition"]
    assert phone().get(reverse("area-notice-pdf", args=[draft.number])).status_code == 404
    held = phone().get(reverse("check", args=[links.check_code("n", lasting.pk, EAST)])).content.decode()
    assert "in force" in held
    assert phone().get(reverse("check", args=[links.check_code("n", draft.pk, EAST)])).status_code == 404
    with scope.enter(EVERYWHERE):
        services.ask_notice_end(house.act("ailian"), lasting, reason="replaced")
    assert "ended early" not in phone().get(reverse("area-notices")).content.decode()
    with scope.enter(EVERYWHERE):
        services.end_notice(house.act("bowen"), lasting)
    page = phone().get(reverse("area-notices")).content.decode()
    assert "Another notice takes its place" in page
    for name, key in (("area-notice", lasting.number), ("check", links.check_code("n", lasting.pk, EAST))):
        assert "ended early" in phone().get(reverse(name, args=[key])).content.decode()
    assert phone().get(reverse("area-notice-pdf", args=[lasting.number])).content.startswith(b"%PDF-")


def test_after_the_charter_nothing_is_collected_but_papers_are_checked(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    order = house.order(house.somebody())
    monkeypatch.setattr(charter, "ended", lambda now: True)
    for name, sent in (("health", {"member": order.number}), ("need", {"kind": "food"}), ("checkin", {"lon": "1", "lat": "1"})):
        assert send(order, name, **sent).status_code == 410
    assert phone().get(reverse("check", args=[links.check_code("o", order.pk, EAST)])).status_code == 200


def test_check_ins_have_a_measure(house: House) -> None:
    """Goes red when a link found on paper can fill the ledger."""
    from nanxi.trust.services import MOST_AN_HOUR

    order = house.order(house.somebody())
    at_home = {"lon": "120.69", "lat": "28.15", "accuracy": "20"}
    for n in range(MOST_AN_HOUR):
        assert send(order, "checkin", _key=f"c{n}", **at_home).status_code == 302
    answer = send(order, "checkin", _key="more", **at_home)
    assert answer.status_code == 409
    assert "wait a while" in answer.content.decode()
