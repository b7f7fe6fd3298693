"""Check-ins and trips by JSON: kept or a sentence, never who; a repeat counts nobody twice; lists whole or not at all."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from nanxi.cases import persons, stays
from nanxi.cases.models import Ride, Sighting
from nanxi.cases.tests.test_pages import client
from nanxi.cases.tests.town import OUBEI, Town
from nanxi.foundation import accounts, charter, scope, units
from nanxi.foundation.act import Act, house
from nanxi.foundation.clock import WALL, county_day
from nanxi.foundation.models import Area, LedgerEntry, User
from nanxi.foundation.reach import EVERYWHERE
from nanxi.foundation.rights import Role

WANG = "W1"


@pytest.fixture
def hall(town: Town) -> Any:
    """A hall in Oubei with a bound terminal; its token."""
    charter.forget()
    act = Act(actor=house("tests"))
    with scope.enter(EVERYWHERE):
        until = county_day(WALL.now()) + timedelta(days=90)
        charter.found_county(
            act, name="County", area=Area.objects.get(kind="county"), rehearsal=True, until=until, legal_basis="test"
        )
        unit = units.found_unit(act, name="Oubei hall", kind="venue", areas=[OUBEI])
        user = accounts.open_account(act, username="hall", display_name="Hall", unit=unit, role=Role.VENUE)
        persons.claim(
            town.act("ding"), area=OUBEI, source_kind="test", source_ref="1", name="Wang Yi", id_no=WANG, phone="13800000001"
        )
    yield user
    charter.forget()


def token(user: User, town: Town) -> str:
    with scope.enter(EVERYWHERE):
        device = accounts.Device(user=user, label="t", enrol_until=WALL.now() + timedelta(hours=1), made_by_id=user.id)
        device.enrol_digest = accounts._digest("code")
        from nanxi.foundation import acts

        with acts.set_up():
            device.save()
        return accounts.bind_device(Act(actor=accounts.actor_of(user)), code="code", pin="4711")[1]


def hand_in(bearer: str, *lines: dict[str, Any]) -> Any:
    sent = [{"key": f"k{n}", "at": (WALL.now() - timedelta(hours=1)).isoformat(), **line} for n, line in enumerate(lines)]
    headers = {"Authorization": f"Bearer {bearer}", "Accept-Language": "en"}
    return Client(headers=headers).post("/cases/api/v1/stays", json.dumps({"stays": sent}), content_type="application/json")


def days_ago(days: int) -> str:
    return (WALL.now() - timedelta(days=days)).isoformat()


def kept() -> list[Any]:
    with scope.enter(EVERYWHERE):
        return sorted(stays.opened(Sighting.objects.all()), key=lambda stay: stay.place)


def test_a_stranger_is_kept_too_and_the_answer_tells_nobody_who_is_registered(hall: User, town: Town) -> None:
    bearer = token(hall, town)
    answer = hand_in(bearer, {"id_no": WANG}, {"id_no": "nobody"}, {"phone": "13800000001", "place": "Gate 2"})
    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert [(line["kept"], line["text"]) for line in told["lines"]] == [(True, "")] * 3
    assert [stay.place for stay in kept()] == ["Gate 2", "Oubei hall", "Oubei hall"]
    assert "Wang" not in answer.content.decode()
    for known, unknown in (({"id_no": WANG}, {"id_no": "W9"}), ({"phone": "13800000001"}, {"phone": "13800000002"})):
        one, other = (hand_in(bearer, {**line, "key": "same"}) for line in (known, unknown))
        assert one.content == other.content


def test_a_key_used_for_two_people_loses_neither(hall: User, town: Town) -> None:
    bearer = token(hall, town)
    hand_in(bearer, {"id_no": WANG, "key": "door"})
    hand_in(bearer, {"id_no": "W2", "key": "door"})
    assert len(kept()) == 2


def test_a_repeat_changes_nothing(hall: User, town: Town) -> None:
    bearer, line = token(hall, town), {"id_no": WANG, "at": (WALL.now() - timedelta(hours=1)).isoformat()}
    assert hand_in(bearer, line).json() == hand_in(bearer, line).json()
    assert len(kept()) == 1


def test_a_trip_is_a_place_with_coach_and_row(hall: User, town: Town) -> None:
    until = WALL.now().isoformat()
    trip = {"kind": "train", "number": "G7381", "coach": "3", "row": 4}
    assert hand_in(token(hall, town), {"id_no": WANG, "until": until, "trip": trip, "plate": "浙C 12345"}).json()["kept"] == 1
    (stay,) = kept()
    assert (stay.place.split("#")[:3], stay.row) == (["trip", "train", "G7381"], 4)
    with scope.enter(EVERYWHERE):
        assert Ride.objects.get().vehicle.shown == "浙C12345"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ({"id_no": WANG, "at": "2099-01-01T00:00:00+08:00"}, "future"),
        ({"id_no": WANG, "at": "1926-01-01T00:00:00+08:00"}, "before the year 2000"),
        ({"id_no": WANG, "at": days_ago(25)}, "21 days ago"),
        ({"id_no": WANG, "at": days_ago(5), "until": days_ago(2)}, "so long"),
        ({"id_no": "330324199001011234"}, "check digit"),
        ({"id_no": ""}, "full ID number"),
        ({"id_no": WANG, "plate": "1"}, "plate"),
        ({"id_no": WANG, "trip": {"number": " "}}, "number"),
    ],
)
def test_a_line_that_cannot_be_says_why(hall: User, town: Town, line: dict[str, Any], says: str) -> None:
    (told,) = hand_in(token(hall, town), line).json()["lines"]
    assert not told["kept"]
    assert says in told["text"]
    assert kept() == []


def test_without_a_bound_device_or_a_key_nothing_is_taken(hall: User, town: Town) -> None:
    assert hand_in("nobody", {"id_no": WANG}).status_code == 401
    assert hand_in(token(hall, town), {"id_no": WANG, "key": " "}).status_code == 409
    assert kept() == []


def test_the_ledger_holds_counts_only(hall: User, town: Town) -> None:
    hand_in(token(hall, town), {"id_no": WANG}, {"id_no": ""})
    with scope.enter(EVERYWHERE):
        entry = LedgerEntry.objects.get(kind="cases.stays.handed_in")
    assert entry.facts == {"kept": 1, "refused": 1, "source": "venue"}


def test_the_page_at_the_door_keeps_without_a_script(hall: User, town: Town) -> None:
    browser = Client(headers={"Accept-Language": "en"})
    browser.force_login(hall)
    assert browser.get(reverse("check-in")).status_code == 200
    page = browser.post(reverse("check-in-keep"), {"id_no": WANG, "_key": "1"}, follow=True).content.decode()
    assert "Checked in." in page
    assert "check digit" in browser.post(reverse("check-in-keep"), {"id_no": "3" * 18}, follow=True).content.decode()
    assert "Checked in." in browser.post(reverse("check-in-keep"), {"id_no": "x"}, follow=True).content.decode()
    assert len(kept()) == 2
    assert Client().post(reverse("check-in-keep"), {"id_no": WANG}).status_code == 403


def upload(town: Town, text: str, **more: str) -> str:
    from django.core.files.uploadedfile import SimpleUploadedFile

    file = SimpleUploadedFile("list.csv", text.encode())
    sent = {"area": OUBEI, "place": "", "vehicle": "coach", "file": file, **more}
    return client(town, "ding").post(reverse("stay-list"), sent, follow=True).content.decode()


def at(hour: int, days: int = 3) -> str:
    """A county time of a few days ago, as a list writes it."""
    return f"{county_day(WALL.now()) - timedelta(days=days):%Y-%m-%d} {hour:02d}:00"


HEAD = "姓名,身份证号,车次,车厢,座位排,上车时间,下车时间,车牌\n"


def test_a_passenger_list_is_kept_whole(hall: User, town: Town) -> None:
    lines = f"王一,{WANG},K12,,3,{at(8)},{at(10)},浙C12345\n赵丙,Z9,K12,,4,{at(8)},{at(10)},\n"
    assert "2 lines are kept;" in upload(town, HEAD + lines)
    assert upload(town, HEAD + lines)
    trip = f"trip#coach#K12#{at(8)[:10]}#"
    assert [(stay.place, stay.row) for stay in kept()] == [(trip, 3), (trip, 4)]


def test_the_same_file_with_another_vehicle_is_another_list(hall: User, town: Town) -> None:
    lines = f"王一,{WANG},K12,,3,{at(8)},{at(10)},\n"
    upload(town, HEAD + lines)
    upload(town, HEAD + lines, vehicle="train")
    assert [stay.place.split("#")[1] for stay in kept()] == ["coach", "train"]


def test_the_answer_to_a_list_is_the_same_whoever_the_register_knows(hall: User, town: Town) -> None:
    def told(number: str) -> str:
        page = upload(town, HEAD + f"王一,{number},K12,,3,{at(8)},,\n")
        return page[page.index("lines are kept") - 2 :][:100]

    assert told(WANG) == told("Z9")
    nameless = [upload(town, HEAD + f",{number},K12,,3,{at(8)},,\n") for number in (WANG, "Z9")]
    assert all("Row 2, column name: is empty" in page for page in nameless)


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (f"王一,,K12,,3,{at(8)},,\n", "Row 2, column id_no"),
        ("王一,W1,K12,,3,soon,,\n", "Row 2, column from: is no time"),
        (f"王一,W1,,,3,{at(8)},,\n", "Row 2, column place: is empty"),
        (f"王一,W1,K12,,A,{at(8)},,\n", "Row 2, column row"),
        (f"王一,W1,K12,,3,{at(8)},{at(8, 4)},\n", "Row 2, column from: The stay ends before"),
        (f"王一,W1,K12,,3,{at(8, 30)},,\n", "21 days ago"),
        (f"王一,W1,K12,,3,{at(8, 4)},{at(8, 1)},\n", "so long"),
        (f",Z9,K12,,3,{at(8)},,\n", "Row 2, column name: is empty"),
    ],
)
def test_a_list_with_a_bad_line_is_not_kept_at_all(hall: User, town: Town, lines: str, says: str) -> None:
    page = upload(town, HEAD + lines)
    assert says in page
    assert kept() == []
