"""The own page: what it tells, what it never tells, and that it answers nobody else."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nanxi.foundation import charter, scope
from nanxi.foundation.clock import WALL
from nanxi.foundation.grants import Purpose
from nanxi.foundation.reach import EVERYWHERE
from nanxi.orders import links, services
from nanxi.orders.models import IsolationOrder, OrderDecision
from nanxi.trust.rules import MOST_GUESSES
from nanxi.trust.tests.house import House, address, phone

#: Savepoint and scope, the entry of the looking, the order with its decisions, orders of the person, unit, officers, looks; the
#: fence, today's report, needs and the check-in that waits.
OWN_QUERIES = 15


def seen(order: IsolationOrder, name: str = "own") -> str:
    page = phone().get(address(order, name))
    assert page.status_code == 200
    return page.content.decode()


def bare(body: bytes) -> str:
    """A body without what differs by design: the form's token and the address asked for."""
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", body.decode())
    return re.sub(r'name="next" value="[^"]*"', "", text)


def test_the_page_tells_what_the_order_says(house: House) -> None:
    order = house.order(house.somebody())
    page = seen(order)
    for words in (
        "under medical observation", "at home", order.number, "close contact of a confirmed case",
        "contact with a confirmed case, accepted by an officer", "art. 39 (1) no. 3", "East town · Town duty officer",
        "0577-100", "within 24 hours",
    ):  # fmt: skip
        assert words in page, words
    (entry,) = house.entries("trust.own.read")
    assert (entry.subject_id, entry.person_id, entry.actor) == (order.id, order.person_id, f"person:{order.id}")


def test_the_page_is_kept_by_no_cache_and_no_search_engine(house: House) -> None:
    page = phone().get(address(house.order(house.somebody())))
    assert page.get("Cache-Control") == "no-store"
    assert "noindex" in page.get("X-Robots-Tag", "")


def test_who_looked_equals_the_ledger(house: House) -> None:
    record, other = house.somebody(), house.somebody()
    order = house.order(record)
    assert "Nobody has opened your record" in seen(order)
    house.read_by("ailian", house.persons[record])
    house.read_by("dai", house.persons[record], Purpose.TRACING)
    house.read_by("bowen", house.persons[other])
    page = seen(order)
    assert "East town · Town duty officer" in page
    assert "Headquarters · Epidemiologist" in page
    assert "contact tracing" in page
    assert "Headquarters desk" not in page
    rows = page[page.index("Who looked") :].split("</table>")[0].count("<tr>")
    mine = [entry for entry in house.entries("people.person.read") if entry.person_id == house.persons[record]]
    assert rows - 1 == len(mine) == 2


def test_a_read_under_the_record_alone_is_told_too(house: House) -> None:
    """Before matching has found the person a grant names the record."""
    record = house.somebody()
    order = house.order(record)
    house.read_by("dai", record)
    assert "Headquarters · Epidemiologist" in seen(order)


FORGED = [
    ("nonsense", lambda code: "nonsense"),
    ("one letter changed", lambda code: ("A" if code[0] != "A" else "B") + code[1:]),
    ("cut off", lambda code: code[:-2]),
    ("not of this alphabet", lambda code: "纸" * 36),
    ("another code's tail", lambda code: code[:20] + "A" * (len(code) - 20)),
]


@pytest.mark.parametrize(("what", "forge"), FORGED, ids=[what for what, _ in FORGED])
@pytest.mark.parametrize("name", ["own", "own-print"])
def test_a_forged_link_is_not_there(house: House, what: str, forge: Any, name: str) -> None:
    code = links.code_of(house.order(house.somebody()))
    assert phone().get(reverse(name, args=[forge(code)])).status_code == 404
    assert not house.entries("trust.own.read")


def test_forged_and_outdated_links_look_the_same(house: House) -> None:
    """Another page version is a true code of ours whose order is not there any more."""
    order = house.order(house.somebody())
    order.page_version = 2
    outdated, forged = links.code_of(order), "B" * 36
    answers = [phone().get(reverse("own", args=[code])) for code in (outdated, forged)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert bare(answers[0].content) == bare(answers[1].content)


def test_somebody_who_guesses_is_told_to_oversight_once_and_locks_nobody_out(house: House) -> None:
    order = house.order(house.somebody())
    for number in range(MOST_GUESSES * 2):
        assert phone().get(reverse("own", args=[f"{number:036d}"])).status_code == 404
    (entry,) = house.entries("trust.own.guessed")
    assert entry.facts == {"count": MOST_GUESSES + 1}
    assert phone().get(address(order)).status_code == 200


def test_a_proposed_order_has_no_page(house: House) -> None:
    from nanxi.orders.rules import Evidence, Kind, LegalBasis, Reason
    from nanxi.trust.tests.house import EAST

    record = house.somebody()
    with scope.enter(EVERYWHERE):
        order = services.propose_order(
            house.act("dai"), record_id=record, evidence=Evidence.CASE_PATH, kind=Kind.HOME, place=services.Place(EAST),
            reason=Reason.CLOSE_CONTACT, legal_basis=LegalBasis.LAW_39_CONTACT, until=house.clock.now() + timedelta(days=3),
        )  # fmt: skip
    assert phone().get(address(order)).status_code == 404


def test_after_its_end_the_page_says_free_and_takes_no_contest(house: House) -> None:
    house.clock.forward(days=-15)
    order = house.order(house.somebody())
    page = seen(order)
    assert "not bound by this order" in page
    assert "ended by itself" in page
    assert "Please stay there" not in page
    assert "<textarea" not in page
    answer = phone().post(address(order, "own-contest"), {"text": "let me out", "_key": "1"})
    assert answer.status_code == 409
    assert not house.entries("orders.order.contested")


def test_a_discarded_case_frees_and_the_page_says_why(house: House) -> None:
    from nanxi.foundation import acts
    from nanxi.foundation.act import Act
    from nanxi.foundation.act import house as part
    from nanxi.foundation.models import LedgerEntry
    from nanxi.orders import followers

    house.clock.forward(minutes=-5)
    record = house.somebody()
    order = house.order(record)
    entry = LedgerEntry(kind="cases.case.discarded", subject_id=house.paths.pop(record).case_id, facts={})
    with scope.enter(EVERYWHERE), acts.set_up():
        followers.follow_withdrawn(Act(part("orders"), house.clock), entry)
    page = seen(order)
    assert "not bound by this order" in page
    assert "the evidence does not stand any more" in page
    assert "by rule" in page


def test_a_contest_starts_the_clock_and_its_answer_is_shown(house: House) -> None:
    house.clock.forward(hours=-2)
    order = house.order(house.somebody())
    sent = {"text": "I was in Hangzhou with Zhao Wu that day", "_key": "c1"}
    for _ in range(2):
        assert phone().post(address(order, "own-contest"), sent).status_code == 302
    assert len(house.entries("orders.order.contested")) == 1
    page = seen(order)
    assert "Your contest was received" in page
    assert "Without an answer by then the order ends by itself" in page
    assert "Zhao Wu" not in page
    with scope.enter(EVERYWHERE):
        assert b"Zhao" not in bytes(OrderDecision.everything.get(step="contest").text_sealed or b"")
    house.clock.forward(hours=2, seconds=5)
    with scope.enter(EVERYWHERE):
        services.answer_contest(house.act("bowen"), order, outcome="released", text="Zhao Wu confirms it")
    page = seen(order)
    assert "released: the order ends now" in page
    assert "Headquarters · Headquarters desk" in page
    assert "Zhao Wu" not in page


def test_an_empty_contest_says_what_is_missing(house: House) -> None:
    order = house.order(house.somebody())
    answer = phone().post(address(order, "own-contest"), {"text": " "})
    assert answer.status_code == 422
    assert "nx-error" in answer.content.decode()
    assert not house.entries("orders.order.contested")


def test_a_positive_result_is_said_to_outlast_an_unanswered_contest(house: House) -> None:
    order = house.order(house.somebody("own_case"), kind="own_case")
    phone().post(address(order, "own-contest"), {"text": "wrong", "_key": "1"})
    assert "Your own laboratory result is positive" in seen(order)


def test_a_decision_changed_past_the_services_counts_for_nothing(house: House) -> None:
    from nanxi.orders import queries as orders
    from nanxi.trust import queries

    order = house.order(house.somebody(), days=3)
    with scope.enter(EVERYWHERE):
        found = orders.order_by_id(order.id)
        assert found
        row = found.decisions.all()[0]
        row.until = house.clock.now() + timedelta(days=300)
        page = queries.own_page(found, house.clock.now())
    assert page.forged
    assert not page.standing.restricts


def test_it_answers_after_the_charter_has_ended(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    order = house.order(house.somebody())
    monkeypatch.setattr(charter, "ended", lambda now: True)
    assert phone().get(address(order)).status_code == 200
    assert phone().post(address(order, "own-contest"), {"text": "wrong", "_key": "1"}).status_code == 302
    assert phone().get(reverse("transparency")).status_code == 410


def test_chinese_comes_first_and_english_is_one_click(house: House) -> None:
    client = phone()
    del client.cookies["nanxi_language"]
    page = client.get(address(house.order(house.somebody())), headers={"accept-language": "zh-CN"}).content.decode()
    assert 'lang="zh-Hans"' in page
    assert "医学观察" in page
    assert ">English</button>" in page


NAMES = st.text(alphabet="赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨", min_size=3, max_size=4)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=NAMES, other=NAMES, own=NAMES)
def test_no_name_can_appear_on_the_page(house: House, case: str, other: str, own: str) -> None:
    """Whatever is sealed, told or displayed elsewhere: the page unseals nothing and names nobody."""
    from nanxi.foundation import acts

    record = house.somebody()
    with scope.enter(EVERYWHERE), acts.set_up():
        house.officers["ailian"].display_name = case
        house.officers["ailian"].save()
    order = house.order(record)
    house.read_by("ailian", house.persons[record])
    phone().post(address(order, "own-contest"), {"text": f"{own} met {other}, not {case}", "_key": str(order.id)})
    for name in ("own", "own-print"):
        page = seen(order, name)
        for word in (case, other, own, "Riverside", str(house.paths[record].case_id), str(house.persons[record]), str(record)):
            assert word not in page


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kind=st.sampled_from(["contact", "own_case"]), hours=st.integers(1, 14 * 24), ago=st.integers(0, 20 * 24))
def test_the_page_equals_the_record(house: House, kind: str, hours: int, ago: int) -> None:
    """S4: status, reason, kind of evidence, rule version and end are those of the verified decisions, whatever the order."""
    from nanxi.foundation.clock import COUNTY
    from nanxi.orders import chain, wording

    house.clock.at = WALL.now() - timedelta(hours=ago)
    order = house.order(house.somebody(kind), days=hours / 24, kind=kind)
    page = seen(order)
    with scope.enter(EVERYWHERE):
        standing = chain.standing(order, WALL.now())
        evidence = chain.rests_on(chain.decisions_of(order))
    assert evidence
    assert standing.until
    for words in (
        order.number, wording.reason_of(order.reason), str(wording.EVIDENCE[evidence]), order.rule_version,
        f"{standing.until.astimezone(COUNTY):%Y-%m-%d %H:%M}",
    ):  # fmt: skip
        assert words in page
    assert ("Please stay there" in page) is standing.restricts is (hours > ago)


def test_the_page_opens_nothing_sealed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from nanxi.foundation import vault

    order = house.order(house.somebody())
    phone().post(address(order, "own-contest"), {"text": "wrong", "_key": "1"})

    def refuse(*_: object) -> str:
        raise AssertionError("the own page opened something sealed")

    monkeypatch.setattr(vault, "unseal", refuse)
    seen(order)
    seen(order, "own-print")


def test_the_number_of_queries_does_not_grow_with_the_looks(house: House) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    record = house.somebody()
    order = house.order(record)
    house.read_by("dai", house.persons[record])
    seen(order)
    counted = []
    for more in (0, 8):
        for _ in range(more):
            house.read_by("ailian", house.persons[record])
        with CaptureQueriesContext(connection) as found:
            seen(order)
        counted.append(len(found))
    assert counted == [OWN_QUERIES, OWN_QUERIES]
