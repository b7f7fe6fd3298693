"""The grid worker's phone: today's tasks masked, one person opened on record, a visit that closes its task."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import ProgrammingError, transaction
from django.test import Client
from django.urls import reverse

from nanxi.field import followers, services
from nanxi.field.models import Visit
from nanxi.field.tests.folk import NANXI, VILLAGE, Folk, entries
from nanxi.foundation import acts, scope, vault
from nanxi.foundation.act import Act, Refused, house
from nanxi.foundation.clock import COUNTY, WALL, county_day
from nanxi.foundation.identifiers import uuid7
from nanxi.foundation.models import LedgerEntry
from nanxi.foundation.reach import EVERYWHERE

#: Session, officer, unit areas, transaction with its scope, place names; the task list and labels come on top.
HOME_QUERIES = 10


def phone(folk: Folk, who: str = "wei") -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(getattr(folk, who))
    session = client.session
    session["mfa_ready"] = True
    session.save()
    return client


def visits() -> list[Visit]:
    with scope.enter(EVERYWHERE):
        return list(Visit.objects.all())


def local(hours: float) -> str:
    return (WALL.now().astimezone(COUNTY) + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M")


def test_only_todays_own_tasks_are_on_the_phone(folk: Folk) -> None:
    mine = folk.errand(folk.wei, assignee_id=folk.wei.id, due=WALL.now() - timedelta(hours=1))
    urgent = folk.errand(folk.wei, priority=1, due=WALL.now() + timedelta(days=3))
    folk.errand(folk.wei, due=WALL.now() + timedelta(days=3))
    folk.errand(folk.xia, assignee_id=folk.xia.id)
    page = phone(folk).get(reverse("field:home"))
    assert [row.task.id for row in page.context["rows"]] == [mine.id, urgent.id]
    assert page.context["later"] == 1


def test_nothing_to_do_says_what_to_do(folk: Folk) -> None:
    assert "Nothing to do today" in phone(folk).get(reverse("field:home")).content.decode()


def test_a_task_shows_nobody_until_it_is_opened_on_record(folk: Folk) -> None:
    errand = folk.errand(folk.wei)
    client, address = phone(folk), reverse("field:task", args=[errand.id])
    closed = client.get(address).content.decode()
    for secret in ("Pan Meihua", "13800000001", "1 Riverside", "geo:"):
        assert secret not in closed
    assert folk.opened == []
    opened = client.post(address, {"do": "open"})
    text = opened.content.decode()
    assert folk.opened == [(folk.record, ("desk.task", errand.id), "alert")]
    assert 'href="tel:13800000001"' in text
    assert 'href="geo:28.154000,120.691000?q=28.154000,120.691000"' in text
    assert "1 Riverside" in text
    assert opened.headers.get("Cache-Control") == "no-store"


def test_a_task_of_another_area_or_of_a_colleague_is_not_there(folk: Folk) -> None:
    foreign = folk.errand(folk.xia, area_code=NANXI)
    held = folk.errand(folk.wei, assignee_id=uuid7())
    for errand in (foreign, held):
        assert phone(folk).get(reverse("field:task", args=[errand.id])).status_code == 404
        assert phone(folk).post(reverse("field:task", args=[errand.id]), {"do": "open"}).status_code == 404
    assert folk.opened == []


def test_a_task_of_another_unit_opens_nobody(folk: Folk) -> None:
    errand = folk.errand(folk.wei, unit_id=uuid7())
    answer = phone(folk).post(reverse("field:task", args=[errand.id]), {"do": "open"})
    assert answer.status_code == 409
    assert folk.opened == []


def send(folk: Folk, **fields: Any) -> Any:
    errand = folk.errand(folk.wei)
    return errand, phone(folk).post(reverse("field:task", args=[errand.id]), {"_key": "once", "result": "returned", **fields})


def test_a_visit_closes_its_task_and_keeps_words_and_position_sealed(folk: Folk) -> None:
    errand, answer = send(folk, note="was buying rice", lon="120.691", lat="28.154", accuracy="12")
    assert answer.status_code == 302
    assert folk.closed == [(errand.id, "returned", "was buying rice")]
    [row] = visits()
    assert row.note_sealed is not None
    assert b"rice" not in bytes(row.note_sealed)
    assert vault.unseal("field_visit", "note", folk.record, bytes(row.note_sealed)) == "was buying rice"
    assert row.position_sealed is not None
    where = json.loads(vault.day_unseal(row.day, "field_visit", "position", row.position_sealed))
    assert where == {"lon": 120.691, "lat": 28.154, "accuracy_m": 12}
    [entry] = entries("field.visit.recorded")
    assert (entry.person_id, entry.subject_id) == (folk.person, errand.id)
    assert entry.facts == {"outcome": "returned", "places": 0, "located": True}


def test_places_that_were_told_become_sightings(folk: Folk) -> None:
    send(folk, place_1="Market", from_1=local(-3), to_1=local(-2), place_2="Bus 3", from_2=local(-2))
    [row] = visits()
    assert [(seen["place"], seen["source"], seen["key"]) for seen in folk.sightings] == [
        ("Market", "visit", f"visit:{row.id}:0"), ("Bus 3", "visit", f"visit:{row.id}:1"),
    ]  # fmt: skip
    assert all(seen["record_id"] == folk.record and seen["conf"] < 1 for seen in folk.sightings)


@pytest.mark.parametrize(
    ("fields", "status", "says"),
    [
        ({"result": ""}, 409, "Choose what you found"),
        ({"result": "served"}, 409, "Choose what you found"),
        ({"result": "refused"}, 409, "Write one sentence"),
        ({"place_1": "Market"}, 409, "Place 1 needs"),
        ({"place_1": "Market", "from_1": local(5)}, 409, "lies in the past"),
        ({"lat": "95", "lon": "1"}, 422, "90"),
    ],
)
def test_a_visit_that_cannot_be_kept_says_why_and_keeps_nothing(
    folk: Folk, fields: dict[str, str], status: int, says: str
) -> None:
    _errand, answer = send(folk, **fields)
    assert answer.status_code == status
    assert says in answer.content.decode()
    assert visits() == []
    assert folk.closed == folk.sightings == []


def test_a_second_click_changes_nothing(folk: Folk) -> None:
    errand = folk.errand(folk.wei)
    for _ in range(2):
        phone(folk).post(reverse("field:task", args=[errand.id]), {"_key": "once", "result": "met"})
    assert len(visits()) == len(folk.closed) == 1


def test_a_closed_task_takes_no_second_visit(folk: Folk) -> None:
    errand = folk.errand(folk.wei, ended_at=WALL.now())
    with scope.enter(EVERYWHERE), pytest.raises(Refused, match="closed already"):
        services.record_visit(folk.act(folk.wei), task=errand, outcome="met")


def test_visits_follow_their_record(as_worker: None) -> None:
    act, record, other = Act(actor=house("field")), uuid7(), uuid7()
    with scope.enter(EVERYWHERE), acts.set_up():
        row = Visit(
            area_code=NANXI, task_id=uuid7(), by_id=uuid7(), at=act.now, day=county_day(act.now), record_id=record, outcome="met"
        )
        row.save()
        for facts, person in (({"person": str(other)}, other), ({"before": str(other), "after": None}, None)):
            followers.follow_links(act, LedgerEntry(kind="people.link.changed", facts={"record": str(record), **facts}))
            row.refresh_from_db()
            assert row.person_id == person


def test_nobody_can_change_what_a_visit_found(folk: Folk) -> None:
    send(folk)
    with scope.enter(EVERYWHERE), acts.set_up(), pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():  # pyright: ignore[reportGeneralTypeIssues]
        Visit.objects.update(outcome="met")


def test_the_phone_page_asks_the_database_little_however_long_the_list(folk: Folk, django_assert_max_num_queries: Any) -> None:
    for _ in range(30):
        folk.errand(folk.wei, area_code=VILLAGE)
    client = phone(folk)
    client.get(reverse("field:home"))
    with django_assert_max_num_queries(HOME_QUERIES):
        client.get(reverse("field:home"))
