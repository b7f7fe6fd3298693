"""Phones with the real desk: the day down, visits up once each, whatever happened to their tasks meanwhile."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.test import Client

from nanxi.field.models import HandedIn, Photo, Visit
from nanxi.field.tests.folk import NANXI, OUBEI, VILLAGE, Folk, entries
from nanxi.field.tests.test_phone_rules import JFIF, SCAN, TABLE, segment
from nanxi.field.tests.test_visits import phone
from nanxi.foundation import accounts, acts, charter, scope, units, vault
from nanxi.foundation.act import Act, house
from nanxi.foundation.clock import WALL
from nanxi.foundation.models import Device, Unit, User
from nanxi.foundation.reach import EVERYWHERE
from nanxi.foundation.rights import Role

pytestmark = pytest.mark.skipif(
    not {"nanxi.people", "nanxi.desk", "nanxi.cases", "nanxi.orders"} <= set(settings.ROOMS),
    reason="this run loads only some rooms",
)
DAY, VISITS = "/field/api/v1/phone/day", "/field/api/v1/phone/visits"
DAY_QUERIES = 14


@pytest.fixture
def county(db: Any) -> Iterator[Folk]:
    from django.utils import translation

    vault.forget()
    charter.forget()
    with translation.override("en"):
        folk = Folk()
        second_town(folk)
        yield folk
    vault.forget()
    charter.forget()


def second_town(folk: Folk) -> None:
    """Bai sits in Oubei town, to which Wei's village belongs."""
    act = Act(actor=house("setup"))
    with scope.enter(EVERYWHERE, at=act.now):
        town = units.found_unit(act, name="Oubei town", kind=Unit.Kind.TOWN, areas=[OUBEI])
        folk.bai = accounts.open_account(act, username="bai", display_name="Bai", unit=town, role=Role.TOWN_DUTY)  # type: ignore


def task(folk: Folk, kind: str = "call", **more: Any) -> Any:
    from nanxi.desk import services

    values = {"area": VILLAGE, "title": "x", "due": WALL.now(), "record_id": folk.record, "person_id": folk.person, **more}
    if values["area"] == VILLAGE:
        values.setdefault("unit_id", folk.wei.unit_id)
    with scope.enter(EVERYWHERE):
        return services.open_task(folk.act(folk.xia), kind=kind, **values)


def again(row: Any) -> Any:
    from nanxi.desk.models import Task

    with scope.enter(EVERYWHERE):
        return Task.objects.get(pk=row.pk)


def visit(row: Any, key: UUID | None = None, **more: Any) -> dict[str, Any]:
    values = {"key": str(key or uuid4()), "task": str(row if isinstance(row, UUID) else row.id), "at": WALL.now().isoformat()}
    return {**values, "result": "answered", **more}


def hand_in(client: Client, *told: dict[str, Any], clock: datetime | None = None) -> Any:
    body = json.dumps({"clock": (clock or WALL.now()).isoformat(), "visits": list(told)})
    return client.post(VISITS, data=body, content_type="application/json")


def standings(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [one["standing"] for one in answer.json()["visits"]]


def kept() -> list[HandedIn]:
    with scope.enter(EVERYWHERE):
        return list(HandedIn.objects.order_by("received_at", "id"))


def notices() -> list[Any]:
    from nanxi.desk.models import Task

    with scope.enter(EVERYWHERE):
        return list(Task.objects.filter(kind="notice", rule="field.late"))


def second_worker(folk: Folk, name: str = "gu", unit: Unit | None = None) -> User:
    act = Act(actor=house("setup"))
    with scope.enter(EVERYWHERE, at=act.now):
        served = unit or units.found_unit(act, name=f"{name} community", kind=Unit.Kind.COMMUNITY, areas=[VILLAGE])
        user = accounts.open_account(act, username=name, display_name=name.title(), unit=served, role=Role.GRID_WORKER)
    setattr(folk, name, user)
    return user


def test_the_day_holds_own_tasks_of_today_masked(county: Folk) -> None:
    mine = task(county)
    visits = task(county, kind="visit", due=WALL.now() - timedelta(hours=1))
    task(county, due=WALL.now() + timedelta(days=3))
    task(county, area=NANXI)
    told = phone(county).get(DAY).json()
    assert [one["id"] for one in told["tasks"]] == [str(visits.id), str(mine.id)]
    assert told["later"] == 1
    assert told["worker"] == str(county.wei.id)
    form, plain = told["tasks"]
    assert (form["form"], plain["form"]) == ("visit@1", "")
    assert told["forms"]["visit@1"]["remark"] == "note"
    assert [code for code, *_ in plain["results"]] == ["answered", "no_answer", "wrong_number"]
    # Only what the page shows: no record, no person, no name, number or address.
    shown = {"id", "v", "title", "kind", "who", "place", "due", "urgent", "form", "results"}
    assert set(plain) == shown
    assert set(form) == shown - {"results"}


def test_the_day_knows_what_the_phone_has(county: Folk) -> None:
    one, client = task(county, kind="visit"), phone(county)
    first = client.get(DAY)
    etag, told = first["ETag"], first.json()
    assert client.get(DAY, headers={"If-None-Match": etag}).status_code == 304
    have = ",".join([told["tasks"][0]["v"], "visit@1"])
    other = task(county, due=WALL.now() - timedelta(minutes=1))
    second = client.get(f"{DAY}?have={have}", headers={"If-None-Match": etag})
    assert second.status_code == 200
    assert second.json()["tasks"][1] == {"id": str(one.id), "v": told["tasks"][0]["v"]}
    assert second.json()["tasks"][0]["id"] == str(other.id)
    assert second.json()["forms"] == {"visit@1": None}


def test_a_day_of_sixty_tasks_is_small(county: Folk) -> None:
    for number in range(60):
        task(county, kind="visit", title=f"Task number {number}", due=WALL.now() - timedelta(minutes=number))
    answer = phone(county).get(DAY, headers={"Accept-Encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip"
    assert len(answer.content) < 12_000
    assert len(json.loads(gzip.decompress(answer.content))["tasks"]) == 60


def test_the_day_asks_the_database_a_fixed_number_of_times(county: Folk, django_assert_max_num_queries: Any) -> None:
    client = phone(county)
    for number in range(12):
        task(county, kind="visit", title=f"{number}")
    client.get(DAY)
    with django_assert_max_num_queries(DAY_QUERIES):
        client.get(DAY)


def test_a_visit_handed_in_twice_is_one(county: Folk) -> None:
    row, client = task(county), phone(county)
    told = visit(row, position=[120.691, 28.154, 12], note="spoke with her")
    assert standings(hand_in(client, told)) == ["taken"]
    assert standings(hand_in(client, told, told)) == ["taken"]
    assert len(kept()) == 1
    [done] = list(_visits())
    assert (done.outcome, done.record_id, again(row).result) == ("answered", county.record, "answered")
    assert b"spoke" not in bytes(done.note_sealed)
    assert len(entries("field.visit.recorded")) == len(entries("desk.task.closed")) == 1


def _visits() -> list[Visit]:
    with scope.enter(EVERYWHERE):
        return list(Visit.objects.all())


def test_ten_visits_cost_little_more_than_one(county: Folk, django_assert_max_num_queries: Any) -> None:
    client = phone(county)
    rows = [task(county, kind="verification") for _ in range(11)]
    answers = {"result": "found", "met_in": "person", "signs": ["cough"]}
    hand_in(client, visit(rows[0], answers=answers))
    with django_assert_max_num_queries(40):
        assert standings(hand_in(client, *(visit(row, answers=answers) for row in rows[1:]))) == ["taken"] * 10
    assert {again(row).result for row in rows} == {"found"}


def test_answers_of_the_form_become_result_remark_and_evidence(county: Folk) -> None:
    from nanxi.desk import queries
    from nanxi.desk.models import Finding

    row = task(county, kind="verification")
    a_week_ago = WALL.now() - timedelta(days=7)
    came = (a_week_ago - timedelta(days=1)).date().isoformat()
    answers = {"result": "found", "met_in": "household", "came_on": came, "note": "at the neighbour's"}
    assert standings(hand_in(phone(county), visit(row, at=a_week_ago.isoformat(), answers=answers))) == ["taken"]
    done = again(row)
    with scope.enter(EVERYWHERE):
        assert queries.answers_of(done) == {"met_in": "household", "came_on": came}
        assert queries.note_of(done) == "at the neighbour's"
        finding = Finding.objects.get(task=done)
    # A week late it is still evidence of then, not of today.
    assert (finding.says, finding.how) == ("here", "household")
    assert abs(finding.at - a_week_ago) < timedelta(seconds=1)
    [visited] = _visits()
    assert abs(visited.at - a_week_ago) < timedelta(seconds=1)


def test_a_date_is_held_against_the_day_of_the_visit(county: Folk) -> None:
    row = task(county, kind="verification")
    week_ago, today = (WALL.now() - timedelta(days=7)).isoformat(), WALL.now().date().isoformat()
    told = visit(row, at=week_ago, answers={"result": "found", "came_on": today})
    assert standings(hand_in(phone(county), told)) == ["faulty"]
    assert again(row).is_open


def test_a_clock_a_day_off_is_put_right_and_both_times_stay(county: Folk) -> None:
    row, client = task(county), phone(county)
    wrong = WALL.now() - timedelta(days=1)
    assert standings(hand_in(client, visit(row, at=(wrong - timedelta(hours=2)).isoformat()), clock=wrong)) == ["taken"]
    [one] = kept()
    assert abs(one.said_at - (wrong - timedelta(hours=2))) < timedelta(seconds=1)
    assert abs(one.at - (WALL.now() - timedelta(hours=2))) < timedelta(seconds=30)
    assert abs(one.clock_off_s - 86400) < 30


def test_the_same_from_two_phones_is_kept_and_differing_is_told(county: Folk) -> None:
    row = task(county)
    other = second_worker(county, unit=county.wei.unit)
    assert standings(hand_in(phone(county), visit(row))) == ["taken"]
    assert standings(hand_in(phone(county, "gu"), visit(row))) == ["same"]
    assert notices() == []
    answer = hand_in(phone(county, "gu"), visit(row, result="no_answer", note="nobody spoke"))
    assert answer.json()["visits"][0]["flag"] is True
    assert "closed before" in answer.json()["visits"][0]["text"]
    [notice] = notices()
    town = units.serving(VILLAGE, Unit.Kind.TOWN)
    assert town is not None
    assert (notice.unit_id, notice.subject_kind, notice.facts) == (town.id, "field.handed_in", {"standing": "closed"})
    assert again(row).result == "answered"
    late = kept()[-1]
    assert late.by_id == other.id
    assert json.loads(vault.unseal("field_handedin", "sealed", county.record, late.sealed))["note"] == "nobody spoke"  # type: ignore[arg-type]
    assert b"nobody" not in bytes(late.sealed or b"")


def test_two_visits_for_one_task_in_one_batch(county: Folk) -> None:
    row = task(county)
    told = [visit(row), visit(row), visit(row, result="no_answer")]
    assert standings(hand_in(phone(county), *told)) == ["taken", "same", "closed"]


def test_a_task_given_to_somebody_else_meanwhile_keeps_the_visit(county: Folk) -> None:
    from nanxi.desk import services

    row = task(county)
    other = second_worker(county)
    with scope.enter(EVERYWHERE):
        services.assign_task(county.act(county.bai), row, user=other)
    assert standings(hand_in(phone(county), visit(row))) == ["moved"]
    assert again(row).is_open
    assert len(notices()) == 1
    assert standings(hand_in(phone(county, "gu"), visit(row))) == ["taken"]


def test_a_task_of_another_town_and_one_that_is_gone_are_kept(county: Folk) -> None:
    west = task(county, area=NANXI)
    assert standings(hand_in(phone(county), visit(west), visit(uuid4()))) == ["moved", "unknown"]
    foreign, gone = sorted(kept(), key=lambda one: one.area_code, reverse=True)
    assert (foreign.area_code, foreign.record_id) == (NANXI, county.record)
    assert (gone.area_code, gone.record_id) == (VILLAGE, None)
    assert again(west).is_open
    assert sorted(one.area_code for one in notices()) == [VILLAGE, NANXI]


def test_one_that_is_too_old_or_waits_is_kept(county: Folk) -> None:
    first = task(county)
    after = task(county, waits_for=first.id)
    old = (WALL.now() - timedelta(days=20)).isoformat()
    assert standings(hand_in(phone(county), visit(after), visit(first, at=old))) == ["waits", "old"]
    assert again(first).is_open
    assert again(after).is_open


def test_the_switch_of_the_rule_silences_the_town_only(county: Folk) -> None:
    from nanxi.desk.models import RuleSwitch

    with acts.set_up():
        RuleSwitch(rule="field.late", on=False, at=WALL.now(), by_id=county.bai.id).save()
    assert standings(hand_in(phone(county), visit(uuid4()))) == ["unknown"]
    assert notices() == []
    assert len(kept()) == 1


def test_without_a_town_to_tell_the_visit_is_kept_all_the_same(county: Folk) -> None:
    with acts.set_up():
        Unit.objects.filter(kind__in=[Unit.Kind.TOWN, Unit.Kind.HEADQUARTERS]).update(kind=Unit.Kind.HOSPITAL)
    assert standings(hand_in(phone(county), visit(uuid4()))) == ["unknown"]
    assert len(kept()) == 1


def test_what_cannot_be_read_is_named_and_nothing_is_kept(county: Folk) -> None:
    client = phone(county)
    answer = client.post(VISITS, data=json.dumps({"clock": "noon", "visits": [{"key": "x"}]}), content_type="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    told = [visit(uuid4()) for _ in range(11)]
    assert hand_in(client, *told).status_code == 422
    assert hand_in(client, visit(uuid4(), note="x" * 501)).status_code == 422
    assert kept() == []


def test_a_revoked_phone_is_told_to_wipe_and_others_to_sign_in(county: Folk) -> None:
    assert Client().get(DAY).status_code == 401
    token = county.token(county.wei)
    bound = Client()
    bound.cookies["nanxi_device"] = token
    assert bound.get(DAY).status_code == 401, "its shift is over: the PIN opens it again"
    assert Client(headers={"Authorization": f"Bearer {token}"}).get(DAY).status_code == 200
    accounts.revoke_device(county.act(county.bai), Device.objects.get(user=county.wei))
    for client in (bound, Client(headers={"Authorization": f"Bearer {token}"})):
        answer = client.get(DAY)
        assert (answer.status_code, answer.json()["type"]) == (410, "urn:nanxi:phone-revoked")
    assert hand_in(Client(headers={"Authorization": f"Bearer {token}"}), visit(uuid4())).status_code == 410
    assert kept() == []


def test_a_role_without_tasks_has_no_day(county: Folk) -> None:
    assert phone(county, "lan").get(DAY).status_code == 401


def picture(*more: bytes) -> bytes:
    return b"\xff\xd8" + JFIF + b"".join(more) + TABLE + SCAN


def send_photo(client: Client, told: dict[str, Any], key: UUID, data: bytes) -> Any:
    return client.post(f"/field/api/v1/phone/photos/{key}?visit={told['key']}", data=data, content_type="image/jpeg")


def test_a_photo_is_kept_once_without_its_metadata_and_sealed(county: Folk) -> None:
    import base64

    row, client, key = task(county), phone(county), uuid4()
    told = visit(row)
    assert send_photo(client, told, key, picture()).status_code == 409, "the visit comes first"
    hand_in(client, told)
    with_place = picture(segment(0xE1, b"Exif\x00\x00 28.154"))
    assert send_photo(client, told, key, with_place).status_code == 201
    assert send_photo(client, told, key, with_place).status_code == 201
    with scope.enter(EVERYWHERE):
        [one] = list(Photo.objects.all())
    assert base64.b64decode(vault.unseal("field_photo", "sealed", county.record, one.sealed)) == picture()
    assert send_photo(client, told, uuid4(), b"\x89PNG").status_code == 409
    too_large = send_photo(client, told, uuid4(), b"\xff\xd8" + b"0" * 40_000_000)
    assert (too_large.status_code, too_large["Content-Type"]) == (413, "application/problem+json")
    assert "400 KB" in too_large.json()["detail"]


def test_nothing_of_a_person_stands_in_the_ledger(county: Folk) -> None:
    row = task(county)
    hand_in(phone(county), visit(row, note="Pan Meihua coughs"), visit(uuid4(), note="Pan Meihua left"))
    told = json.dumps([entry.facts for entry in entries()])
    assert "Pan" not in told


def test_another_town_sees_nothing_of_it(county: Folk) -> None:
    hand_in(phone(county), visit(task(county)))
    with scope.enter(accounts.actor_of(county.mei).reach):
        assert list(HandedIn.objects.all()) == list(HandedIn.everything.all()) == []
    with scope.enter(accounts.actor_of(county.bai).reach):
        assert [one.area_code for one in HandedIn.objects.all()] == [VILLAGE]


def test_the_shell_keeps_every_module_that_its_page_loads() -> None:
    """What a kept module imports is kept too, or the page stands still without a network."""
    import re
    from pathlib import Path, PurePosixPath

    from django.contrib.staticfiles import finders

    from nanxi.field.phones import views

    for name in views.MODULES:
        text = Path(str(finders.find(name))).read_text(encoding="utf-8")
        for wanted in re.findall(r'from "(\.[^"]+)"', text):
            parts: list[str] = []
            for part in (*PurePosixPath(name).parent.parts, *wanted.split("/")):
                if part == "..":
                    parts.pop()
                elif part != ".":
                    parts.append(part)
            assert "/".join(parts) in views.MODULES, f"{name} loads {wanted}"
