"""Expected arrivals: confirmed by passage, declaration or visit; overdue, early and unannounced ones open a task, each once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.urls import reverse

from nanxi.desk import services as desk
from nanxi.desk.models import Task
from nanxi.field import services as field
from nanxi.field.arrivals import followers, queries, rules, services
from nanxi.field.arrivals.models import Arrival, ArrivalSign
from nanxi.field.models import Passage
from nanxi.field.tests.folk import COUNTY, NANXI, OUBEI, PAN, VILLAGE, Folk
from nanxi.foundation import accounts, scope, units
from nanxi.foundation.act import Act, Refused, house
from nanxi.foundation.clock import WALL, SetClock, county_day, day_bounds
from nanxi.foundation.identifiers import uuid7
from nanxi.foundation.models import LedgerEntry, Unit, User
from nanxi.foundation.reach import EVERYWHERE
from nanxi.foundation.rights import Role
from nanxi.people.identity import Identity

SPEC = Path("tests/spec/field_arrivals.md")
TODAY = date(2020, 2, 5)


def rows() -> list[list[str]]:
    lines = [line for line in SPEC.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def feb(text: str) -> date | None:
    return None if text == "–" else date(2020, 2, int(text))


@pytest.mark.parametrize("row", rows(), ids=lambda row: " ".join(row[:3]))
def test_where_it_stands(row: list[str]) -> None:
    day, arrived = feb(row[0]), feb(row[1])
    stand = rules.stand_of(day=day, arrived=arrived, called_off=row[2] == "yes", today=TODAY)
    assert stand.label == row[3]
    told = "overdue" if stand is rules.Stand.OVERDUE else "unannounced" if stand is rules.Stand.UNANNOUNCED else ""
    if day and arrived and rules.is_early(day=day, arrived=arrived):
        told = "early"
    assert (told or "–") == row[4]


@pytest.mark.parametrize(
    ("origin", "outside"),
    [("420100", True), ("420000", True), ("330300", False), ("330000", False), ("330100", True), ("", False)],
)
def test_from_outside(origin: str, outside: bool) -> None:
    assert rules.is_from_outside(origin, "330300") is outside


@pytest.fixture
def inside(folk: Folk) -> Iterator[Folk]:
    with scope.enter(EVERYWHERE, at=WALL.now()):
        town = units.found_unit(at(WALL.now()), name="Oubei town", kind=Unit.Kind.TOWN, areas=[OUBEI])
        accounts.open_account(at(WALL.now()), username="ou", display_name="Ou", unit=town, role=Role.TOWN_DUTY)
        yield folk


def at(moment: datetime) -> Act:
    return Act(actor=house("field"), clock=SetClock(moment))


def noon(days: int) -> datetime:
    return day_bounds(county_day(WALL.now()) + timedelta(days=days))[0] + timedelta(hours=12)


def expect(folk: Folk, days: int = 0) -> Arrival:
    coming = services.Coming(
        folk.record, folk.person, VILLAGE, county_day(noon(days)), "train", "420100", "G1234 5车12F"
    )
    services.expect_all(at(noon(0)), [coming], source=("people.batch", uuid7()))
    return Arrival.everything.get(record_id=folk.record)


def pass_post(folk: Folk, *, way: str = "in", id_no: str = PAN, origin: str = "", name: str = "", phone: str = "") -> Passage:
    told = field.Passer(id_no=id_no, origin=origin, name=name, phone=phone)
    return field.record_passage(folk.act(folk.lan), post=folk.lan.unit, area=VILLAGE, at=WALL.now(), way=way, passer=told)


def follow(kind: str, handle: Any) -> None:
    for entry in LedgerEntry.objects.filter(kind=kind):
        handle(Act(actor=house("field")), entry)


def test_a_list_is_kept_once_and_a_new_day_moves_it(inside: Folk) -> None:
    row = expect(inside, days=2)
    assert (row.way, row.origin, row.area_code) == ("train", "420100", VILLAGE)
    assert row.route is not None and b"G1234" not in bytes(row.route)
    expect(inside, days=2)
    assert Arrival.everything.count() == 1
    assert expect(inside, days=4).day == county_day(noon(4))


def test_an_inbound_passage_is_the_arrival(inside: Folk) -> None:
    row = expect(inside)
    pass_post(inside, way="out")
    follow("field.passage.recorded", followers.see_passage)
    row.refresh_from_db()
    assert row.arrived_at is None
    passage = pass_post(inside)
    for _ in range(2):
        follow("field.passage.recorded", followers.see_passage)
    row.refresh_from_db()
    assert row.arrived_at == passage.at
    assert [(sign.kind, sign.source_id) for sign in ArrivalSign.everything.all()] == [("passage", passage.id)]
    assert row.stand(WALL.now()) is rules.Stand.ARRIVED


def test_a_visit_that_met_somebody_is_the_arrival(inside: Folk, monkeypatch: pytest.MonkeyPatch) -> None:
    row = expect(inside, days=-1)
    for result, came in (("absent", False), ("met", True)):
        task = desk.open_task(
            at(noon(0)), kind="visit", area=VILLAGE, title="x", record_id=inside.record, person_id=inside.person, due=noon(1)
        )  # fmt: skip
        desk.close_task(at(noon(0)), task, result=result)
        follow("desk.task.closed", followers.see_visit)
        row.refresh_from_db()
        assert (row.arrived_at is not None) is came


def test_an_overdue_arrival_opens_one_call_that_ends_when_they_come(inside: Folk) -> None:
    row = expect(inside, days=0)
    assert services.look_for_overdue(at(noon(0))) == 0
    assert services.look_for_overdue(at(noon(1))) == 1
    assert services.look_for_overdue(at(noon(1))) == 0
    [task] = Task.everything.filter(rule="field.arrival_overdue")
    assert (task.kind, task.area_code, task.person_id) == ("call", VILLAGE, inside.person)
    services.keep_sign(at(noon(1)), row, kind="declared", at=noon(1), source_id=uuid7())
    task.refresh_from_db()
    assert (task.ended_for, task.result) == ("stopped", "")


def test_an_answered_call_is_not_asked_again_until_another_day_passes(inside: Folk) -> None:
    expect(inside, days=0)
    services.look_for_overdue(at(noon(1)))
    desk.close_task(at(noon(1)), Task.everything.get(rule="field.arrival_overdue"), result="no_answer")
    assert services.look_for_overdue(at(noon(2))) == 0
    expect(inside, days=2)
    assert services.look_for_overdue(at(noon(3))) == 1


def test_the_switch_stops_new_tasks_and_nothing_else(inside: Folk) -> None:
    expect(inside, days=0)
    _switch(inside)
    services.look_for_overdue(at(noon(1)))
    assert not Task.everything.filter(rule="field.arrival_overdue").exists()
    assert Arrival.everything.get().stand(noon(1)) is rules.Stand.OVERDUE


def _switch(folk: Folk) -> None:
    unit = units.found_unit(at(noon(0)), name="Headquarters", kind=Unit.Kind.HEADQUARTERS, areas=[COUNTY])
    hua = accounts.open_account(at(noon(0)), username="hua", display_name="Hua", unit=unit, role=Role.HQ_DESK)
    desk.switch_rule(folk.act(hua), "field.arrival_overdue", on=False)


def test_a_place_that_no_unit_serves_holds_up_nobody(folk: Folk) -> None:
    with scope.enter(EVERYWHERE, at=WALL.now()):
        expect(folk, days=0)
        assert services.look_for_overdue(at(noon(1))) == 1
        assert not Task.everything.exists()
        assert LedgerEntry.objects.filter(kind="field.arrival.unserved").exists()


def test_who_comes_early_is_visited(inside: Folk) -> None:
    expect(inside, days=3)
    pass_post(inside)
    follow("field.passage.recorded", followers.see_passage)
    [task] = Task.everything.filter(rule="field.arrival_early")
    assert (task.kind, task.person_id) == ("visit", inside.person)
    [line] = queries.lines_of(list(queries.listed("arrived", WALL.now())), WALL.now())
    assert line.early


def test_who_was_called_off_is_not_overdue(inside: Folk) -> None:
    row = expect(inside, days=0)
    services.told_by_officer(inside.act(inside.wei), row, kind="called_off")
    assert services.look_for_overdue(at(noon(1))) == 0
    assert Arrival.everything.get().stand(noon(1)) is rules.Stand.CALLED_OFF
    with pytest.raises(Refused, match="arrived or does not come"):
        services.told_by_officer(inside.act(inside.wei), row, kind="passage")


def test_somebody_from_outside_whom_nobody_expected_is_visited_once(inside: Folk) -> None:
    pass_post(inside)
    follow("field.passage.recorded", followers.see_passage)
    assert not Arrival.everything.exists()
    pass_post(inside, origin="湖北武汉")
    for _ in range(2):
        follow("field.passage.recorded", followers.see_passage)
    row = Arrival.everything.get(day=None)
    assert (row.record_id, row.person_id, row.origin) == (inside.record, inside.person, "420100")
    assert Task.everything.filter(rule="field.arrival_unannounced").count() == 1
    assert row.stand(WALL.now()) is rules.Stand.UNANNOUNCED


def test_a_stranger_from_outside_becomes_a_record_of_the_register(inside: Folk, monkeypatch: pytest.MonkeyPatch) -> None:
    from nanxi.foundation import acts, vault

    claimed: list[Any] = []

    def claim(act: Act, **told: Any) -> UUID:
        claimed.append(told)
        record = uuid7()
        with acts.set_up():
            vault.make_keys([record])
        return record

    monkeypatch.setattr("nanxi.field.below.record_claim", claim)
    pass_post(inside, id_no="", name="Zhou Yi", phone="13800000009", origin="湖北武汉")
    follow("field.passage.recorded", followers.see_passage)
    assert claimed[0]["identity"] == Identity(name="Zhou Yi", phone="13800000009")
    assert Arrival.everything.get().day is None


def test_announcing_needs_ones_own_area_and_a_near_day(inside: Folk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nanxi.field.below.record_claim", lambda act, **told: inside.record)
    told = {"identity": Identity(name="Pan"), "way": "car", "origin": "420100", "route": "浙C12345"}
    row = services.announce(inside.act(inside.wei), area=VILLAGE, day=county_day(noon(2)), **told)
    assert (row.source_kind, row.origin) == ("field.declared", "420100")
    with pytest.raises(Refused, match="outside the area"):
        services.announce(inside.act(inside.wei), area=NANXI, day=county_day(noon(2)), **told)
    with pytest.raises(Refused, match="too far"):
        services.announce(inside.act(inside.wei), area=VILLAGE, day=county_day(noon(200)), **told)


def client(user: User) -> Any:
    from django.test import Client

    made = Client(headers={"accept-language": "en"})
    made.cookies["nanxi_language"] = "en"
    made.force_login(user)
    session = made.session
    session["mfa_ready"] = True
    session.save()
    return made


def test_the_page_counts_by_town_and_lists_masked(folk: Folk, django_assert_max_num_queries: Any) -> None:
    with scope.enter(EVERYWHERE, at=WALL.now()):
        row = expect(folk, days=-1)
    xia, wei = client(folk.xia), client(folk.wei)
    with django_assert_max_num_queries(26):
        page = wei.get(reverse("field:arrivals")).content.decode()
    assert "Wuhan" not in page and "武汉市" in page and "G1234" not in page
    assert "Has arrived" in page
    assert "Has arrived" not in xia.get(reverse("field:arrivals")).content.decode()
    assert xia.post(reverse("field:arrival-told", args=[row.id]), {"kind": "declared", "_key": "1"}).status_code == 404
    assert wei.post(reverse("field:arrival-told", args=[row.id]), {"kind": "declared", "_key": "1"}).status_code == 302
    with scope.enter(EVERYWHERE, at=WALL.now()):
        assert queries.listed("arrived", WALL.now()).count() == 1
