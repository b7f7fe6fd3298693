"""Pages of the register as officers open them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.safestring import mark_safe

from nanxi.foundation import grants, scope
from nanxi.foundation.act import Actor
from nanxi.foundation.grants import Opening
from nanxi.foundation.models import AccessGrant
from nanxi.foundation.reach import EVERYWHERE
from nanxi.people import matching, panels, task_check
from nanxi.people.identity import Identity
from nanxi.people.models import IdentityLink, Relation, ReviewPair, SourceRecord
from nanxi.people.panels import Opener
from nanxi.people.tests.county import OUBEI, VILLAGE, County, chen, id_of
from nanxi.people.tests.lists import LIN, taken_in

#: Session, officer, unit, reach, charter, scope and savepoints are about ten of them.
LIST_QUERIES, PAIR_QUERIES, PERSON_QUERIES = 15, 20, 34
TASK = UUID("00000000-0000-7000-8000-00000000a5c1")


def client(county: County, who: str) -> Client:
    made = Client(headers={"accept-language": "en"})
    made.cookies["nanxi_language"] = "en"
    made.force_login(county.users[who])
    session = made.session
    session["mfa_ready"] = True
    session.save()
    return made


@pytest.fixture
def opens(monkeypatch: pytest.MonkeyPatch) -> str:
    """An open task that opens every person, as ?via=… names it."""
    monkeypatch.setattr(grants, "_checks", dict(grants._checks))
    grants.register("tests.task", lambda actor, thing, person, now: Opening(thing == TASK, area_code=OUBEI))
    return f"?via=tests.task:{TASK}&purpose=verification"


@pytest.fixture
def unsure(county: County) -> ReviewPair:
    county.take(chen(), Identity(name="陈伟明", phone="13800000099"))
    with scope.enter(EVERYWHERE):
        return ReviewPair.everything.get()


def test_an_empty_list_says_what_to_do(county: County) -> None:
    page = client(county, "lin").get(reverse("people")).content.decode()
    assert "No record here yet" in page
    assert reverse("people-new") in page


def test_the_list_is_masked_scoped_and_cheap(county: County, django_assert_max_num_queries: object) -> None:
    county.take(*[chen(id_no=id_of(f"198001{day:02d}")) for day in range(1, 21)])
    lin = client(county, "lin")
    with django_assert_max_num_queries(LIST_QUERIES):  # type: ignore[operator]
        page = lin.get(reverse("people")).content.decode()
    assert page.count("陈*明") == 20
    assert "陈伟明" not in page
    assert "陈*明" not in client(county, "he").get(reverse("people")).content.decode()


def test_the_list_narrows_by_place_and_never_by_name(county: County) -> None:
    county.take(chen())
    lin = client(county, "lin")
    assert "陈*明" in lin.get(reverse("people"), {"area": VILLAGE}).content.decode()
    assert "陈*明" not in lin.get(reverse("people"), {"area": VILLAGE, "source": "people.form"}).content.decode()
    assert "陈*明" in lin.get(reverse("people"), {"q": "林"}).content.decode()


def test_one_person_by_hand_is_one_record_after_two_clicks(county: County) -> None:
    lin = client(county, "lin")
    sent = {"area": VILLAGE, "name": "陈伟明", "id_no": chen().id_no, "phone": "13800000001", "_key": "k1"}
    answers = [lin.post(reverse("people-new"), sent) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    with scope.enter(EVERYWHERE):
        assert SourceRecord.everything.count() == 1


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        ("id_no", chen().id_no[:17] + ("1" if chen().id_no[17] != "1" else "2"), "check digit does not fit"),
        ("id_no", "3.30324E+17", "no full ID number"),
        ("phone", "1380000", "no full phone number"),
        ("birth_date", "1799-01-01", "Nobody alive"),
        ("name", "", "at least a name"),
    ],
)
def test_a_slip_of_the_pen_gets_one_sentence(county: County, field: str, text: str, sentence: str) -> None:
    sent = {"area": VILLAGE, "name": "陈伟明", "_key": "k1"} | {field: text}
    answer = client(county, "lin").post(reverse("people-new"), sent)
    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    with scope.enter(EVERYWHERE):
        assert not SourceRecord.everything.exists()


def test_a_person_is_closed_until_something_opens_it(county: County, opens: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (record,) = county.take(chen(address="桥头村3号"))
    address = reverse("person", args=[county.person(record)])
    lin = client(county, "lin")
    monkeypatch.setattr(panels, "_finders", {})
    closed = lin.get(address).content.decode()
    assert "This page is closed" in closed
    assert "Nothing open of yours" in closed
    assert "桥头村" not in closed
    assert chen().id_no not in closed

    def find(actor: Actor, person: UUID, now: datetime) -> list[Opener]:
        return [Opener("Task 7", ("tests.task", TASK), "verification")]

    panels.register_opener(find)
    assert "Task 7" in lin.get(address).content.decode()
    opened = lin.get(address + opens).content.decode()
    assert chen().id_no in opened
    assert "桥头村3号" in opened
    assert AccessGrant.objects.count() == 1
    assert len(county.entries("people.person.read")) == 1


def test_a_row_of_a_list_stands_there_as_its_file_showed_it(county: County, opens: str) -> None:
    batch = taken_in(county, LIN)
    with scope.enter(EVERYWHERE):
        record = SourceRecord.everything.get(batch_id=batch.pk)
    page = client(county, "lin").get(reverse("person", args=[county.person(record.id)]) + opens).content.decode()
    assert " · ".join(filter(None, LIN)) in page
    assert "cells" not in page


@pytest.mark.parametrize(
    "query",
    [
        "?via=tests.task:no&purpose=lead",
        f"?via=tests.task:{TASK}&purpose=curiosity",
        f"?via=x:{TASK}&purpose=lead",
        "?via=tests.task:00000000-0000-7000-8000-0000000000ff&purpose=lead",
    ],
)
def test_a_link_that_opens_nothing_is_refused_in_a_sentence(county: County, opens: str, query: str) -> None:
    (record,) = county.take(chen())
    answer = client(county, "lin").get(reverse("person", args=[county.person(record)]) + query)
    assert answer.status_code == 409
    assert chen().id_no not in answer.content.decode()
    assert not AccessGrant.objects.exists()


def test_an_old_address_leads_to_the_person_of_today(county: County, unsure: ReviewPair) -> None:
    lin = client(county, "lin")
    before = {county.person(unsure.one_id), county.person(unsure.other_id)}
    lin.post(reverse("review-decide", args=[unsure.pk]), {"answer": "same", "_key": "1"})
    now = county.person(unsure.one_id)
    (gone,) = before - {now}
    answer = lin.get(reverse("person", args=[gone]) + f"?via=tests.task:{TASK}&purpose=lead")
    assert answer.status_code == 302
    assert answer.headers.get("Location") == reverse("person", args=[now]) + f"?via=tests.task%3A{TASK}&purpose=lead"
    assert lin.get(reverse("person", args=[uuid4()])).status_code == 404


def test_the_page_shows_rooms_panels_contradictions_and_who_looked(
    county: County, opens: str, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: object
) -> None:
    first, _ = county.take(chen(), chen(name="陈炜明", phone="13900000001"))
    monkeypatch.setattr(panels, "_panels", {})
    panels.register("Orders", lambda request, person: mark_safe("<p>no order</p>"))
    lin = client(county, "lin")
    address = reverse("person", args=[county.person(first)]) + opens
    lin.get(address)
    with django_assert_max_num_queries(PERSON_QUERIES):  # type: ignore[operator]
        page = lin.get(address).content.decode()
    for text in ("陈伟明", "陈炜明", "13800000001", "13900000001", "<p>no order</p>", "2 times", "Part the record"):
        assert text in page


def test_parting_a_record_on_the_page(county: County) -> None:
    first, second = county.take(chen(), chen(phone="13900000001"))
    with scope.enter(EVERYWHERE):
        link = IdentityLink.everything.get(record_id=second)
    answer = client(county, "lin").post(reverse("link-undo", args=[link.pk]), {"_key": "1"})
    assert "person of its own" in answer.content.decode()
    assert county.person(first) != county.person(second)
    assert client(county, "he").post(reverse("link-undo", args=[link.pk])).status_code == 404


def test_a_pair_shows_only_what_differs_and_looking_is_recorded(
    county: County, unsure: ReviewPair, django_assert_max_num_queries: object
) -> None:
    lin = client(county, "lin")
    with django_assert_max_num_queries(PAIR_QUERIES):  # type: ignore[operator]
        page = lin.get(reverse("review-pair", args=[unsure.pk])).content.decode()
    assert "陈伟明" not in page
    assert "1980-01-01" in page
    assert "…0099" in page
    assert "same village" in page
    assert len(county.entries("people.pair.shown")) == 1


def test_the_pile_by_keys_same_next_undo(county: County, unsure: ReviewPair) -> None:
    lin = client(county, "lin")
    assert reverse("review-pair", args=[unsure.pk]) in lin.get(reverse("review")).content.decode()
    done = lin.post(reverse("review-decide", args=[unsure.pk]), {"answer": "same", "_key": "1"})
    assert done.headers.get("Location") == reverse("review")
    assert county.person(unsure.one_id) == county.person(unsure.other_id)
    pile = lin.get(reverse("review")).content.decode()
    assert "The pile is empty" in pile
    assert "Take back" in pile
    lin.post(reverse("review-undo", args=[unsure.pk]), {"_key": "2"})
    assert county.person(unsure.one_id) != county.person(unsure.other_id)
    again = lin.post(reverse("review-undo", args=[unsure.pk]), {"_key": "3"})
    assert again.status_code == 409


def test_a_lead_page_answers_inside_the_own_task_only(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    county.take(chen())
    monkeypatch.setattr(task_check, "_room", task_check._Room())
    lin, address = client(county, "lin"), reverse("people-lead", args=[TASK])
    assert lin.get(address).status_code == 404
    holder = county.users["lin"].id
    task_check.register(lambda actor, task, now: VILLAGE if task == TASK and actor.user_id == holder else None)
    assert "60 left today" in lin.get(address).content.decode()
    found = lin.post(address, {"ask": "exact", "id_no": chen().id_no}).content.decode()
    assert "陈*明" in found
    assert "59 left today" in found
    assert "full ID number" in lin.post(address, {"ask": "exact", "id_no": "9903"}).content.decode()
    lead = lin.post(address, {"ask": "lead", "name": "陈炜明", "birth_year": "1981"}).content.decode()
    assert "陈*明" in lead
    assert "birth year" in lead
    assert "Nobody found" in lin.post(address, {"ask": "lead", "name": "欧阳大海"}).content.decode()
    assert client(county, "ma").get(address).status_code == 404


def test_every_source_has_words() -> None:
    """A list must not show the code of a source, nor offer a source that nothing comes from."""
    import re
    from pathlib import Path

    from nanxi.people import wording
    from nanxi.people.services import staging

    house = Path(wording.__file__).resolve().parents[1]
    written = {staging.SOURCE}
    for file in house.rglob("*.py"):
        if "tests" not in file.parts:
            written |= set(re.findall(r'source_kind="([a-z_.]+)"', file.read_text(encoding="utf-8")))
    assert written == set(wording.SOURCES)


def test_a_relation_by_the_page(county: County, opens: str) -> None:
    (record,) = county.take(Identity(name="陈小雨", id_no=id_of("20200101"), address="桥头镇前村1号"))
    person = county.person(record)
    lin = client(county, "lin")
    form = reverse("relation-new", args=[person]) + opens
    assert lin.get(form).headers["Location"] == reverse("person", args=[person]) + opens.replace(":", "%3A")
    page = lin.get(reverse("person", args=[person]) + opens).content.decode()
    assert "under fourteen" in page
    assert "Nobody is known who speaks for this minor" in page
    told = {"kind": "guardian", "name": "王秀英", "phone": "13800000009", "evidence": "book", "said_by": "family", "_key": "k"}
    assert lin.post(form, {**told, "name": "", "phone": ""}).status_code == 422
    assert "no full phone number" in lin.post(form, {**told, "phone": "1380"}).content.decode()
    for _ in range(2):
        assert lin.post(form, told).status_code == 302
    with scope.enter(EVERYWHERE):
        (made,) = Relation.everything.all()
    matching.match_records([made.other_id])
    page = lin.get(reverse("person", args=[person]) + opens).content.decode()
    assert "王*英" in page
    assert "王秀英" not in page
    assert "Nobody is known" not in page
    ended = lin.post(reverse("relation-end", args=[made.pk]), {"person": person, "ending": "over", "last": "2020-01-29"})
    assert ended.status_code == 302
    page = lin.get(reverse("person", args=[person]) + opens).content.decode()
    assert "2020-01-29" in page
    assert "Nobody is known who speaks for this minor" in page


def test_a_residence_by_the_page(county: County, opens: str) -> None:
    (record,) = county.take(chen(address=""))
    person = county.person(record)
    lin = client(county, "lin")
    lin.get(reverse("person", args=[person]) + opens)
    form = reverse("residence-new", args=[person]) + opens
    told = {
        "kind": "rented", "area": VILLAGE, "address": "桥头镇前村1号", "registered_at": "某地", "since": "2020-01-10",
        "until": "2020-01-20", "evidence": "card", "said_by": "police", "name": "王秀英", "_key": "k",
    }  # fmt: skip
    assert "This place is not known" in lin.post(form, told).content.decode()
    assert lin.post(form, {**told, "registered_at": "湖北省武汉市", "_key": "k2"}).status_code == 302
    page = lin.get(reverse("person", args=[person]) + opens).content.decode()
    for text in ("registered at 武汉市", "time is over: ask", "王*英", "card or residence permit seen"):
        assert text in page
    assert client(county, "he").get(form).status_code == 404
    assert client(county, "zhou").get(form).status_code == 403
