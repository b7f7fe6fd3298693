"""Passages: stop or go, told to a post that learns nobody's name; a repeat changes nothing; errors as RFC 9457."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from nanxi.field.models import Passage
from nanxi.field.tests.folk import NANXI, OUBEI, PAN, STRANGER, Folk, entries
from nanxi.foundation import accounts, scope, units, vault
from nanxi.foundation.act import Act, house
from nanxi.foundation.clock import WALL
from nanxi.foundation.models import Device
from nanxi.foundation.reach import EVERYWHERE
from nanxi.foundation.rights import Role


def hand_in(token: str, *, key: str = "k1", lang: str = "en", **body: Any) -> Any:
    sent = {"at": WALL.now().isoformat(), "id_no": PAN, **body}
    headers = {"Authorization": f"Bearer {token}", "Accept-Language": lang, **({"Idempotency-Key": key} if key else {})}
    return Client(headers=headers).post("/field/api/v1/passages", data=json.dumps(sent), content_type="application/json")


def kept() -> list[Passage]:
    with scope.enter(EVERYWHERE):
        return list(Passage.objects.order_by("id"))


def test_go_when_nothing_binds_the_person(folk: Folk) -> None:
    answer = hand_in(folk.token(folk.lan), temperature_c=36.6, plate="浙C00001")
    assert answer.status_code == 201
    assert (answer.json()["stop"], answer.json()["fever"]) == (False, False)
    assert folk.alerts == []
    [row] = kept()
    assert (row.post_id, row.area_code, row.record_id, row.hit) == (folk.lan.unit_id, OUBEI, folk.record, False)


def test_a_known_person_becomes_a_sighting_at_the_post(folk: Folk) -> None:
    hand_in(folk.token(folk.lan))
    [row] = kept()
    [seen] = folk.sightings
    assert seen == {
        "record_id": folk.record, "place": "Oubei bridge", "t0": row.at, "area": OUBEI, "source": "checkpoint",
        "key": f"passage:{row.id}",
    }  # fmt: skip


def test_a_stranger_passes_and_leaves_no_sighting(folk: Folk) -> None:
    folk.isolate()
    answer = hand_in(folk.token(folk.lan), id_no=STRANGER)
    assert (answer.status_code, answer.json().get("stop")) == (201, False)
    assert folk.sightings == []
    assert kept()[0].record_id is None


def test_stop_only_under_a_live_order_and_the_town_that_keeps_it_is_alerted(folk: Folk) -> None:
    order = folk.isolate()
    answer = hand_in(folk.token(folk.lan))
    assert answer.json()["stop"] is True
    [alert] = folk.alerts
    assert (alert["area"], alert["subject"], alert["severity"]) == (NANXI, ("orders.order", order.id), "critical")


def test_the_post_learns_stop_and_never_who(folk: Folk) -> None:
    order = folk.isolate()
    told = hand_in(folk.token(folk.lan)).content.decode()
    for secret in (PAN, "Pan", str(folk.person), str(folk.record), str(order.id), order.number):
        assert secret not in told


def test_a_repeat_changes_nothing(folk: Folk) -> None:
    folk.isolate()
    token = folk.token(folk.lan)
    first, before = hand_in(token).json(), len(entries())
    assert hand_in(token).json() == first
    assert hand_in(token, temperature_c=39.0).json() == first
    assert len(kept()) == len(folk.sightings) == len(folk.alerts) == 1
    assert len(entries()) == before


def test_the_same_key_from_another_post_is_another_passage(folk: Folk) -> None:
    hand_in(folk.token(folk.lan))
    hand_in(folk.token(folk.mei))
    assert {row.area_code for row in kept()} == {OUBEI, NANXI}


def test_without_a_key_nothing_is_taken(folk: Folk) -> None:
    answer = hand_in(folk.token(folk.lan), key="")
    assert answer.status_code == 409
    assert "Idempotency-Key" in answer.json()["detail"]
    assert kept() == []


@pytest.mark.parametrize(
    ("fault", "status", "says"),
    [
        ({"id_no": "990324197001010041"}, 409, "check digit"),
        ({"id_no": "", "name": "Pan"}, 409, "name and phone"),
        ({"at": "yesterday"}, 422, "at"),
        ({"way": "up"}, 422, "way"),
        ({"temperature_c": "warm"}, 422, "temperature_c"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(folk: Folk, fault: dict[str, Any], status: int, says: str) -> None:
    answer = hand_in(folk.token(folk.lan), **fault)
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert set(problem) == {"type", "title", "status", "detail"}
    assert says in problem["detail"]
    assert "99032419" not in problem["detail"]
    assert kept() == []


def test_a_body_that_is_no_json_is_a_problem_too(folk: Folk) -> None:
    headers = {"Authorization": f"Bearer {folk.token(folk.lan)}", "Idempotency-Key": "k"}
    answer = Client(headers=headers).post("/field/api/v1/passages", data="{", content_type="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")  # pyright: ignore[reportIndexIssue]


def test_only_a_bound_post_may_hand_in(folk: Folk) -> None:
    assert hand_in("made-up").status_code == 401
    assert hand_in(folk.token(folk.wei)).status_code == 401  # a grid worker's phone is no post
    token = folk.token(folk.lan)
    device = Device.objects.get(user=folk.lan)
    accounts.revoke_device(folk.act(folk.xia), device)
    assert hand_in(token).status_code == 401
    assert kept() == []


def test_the_page_of_the_post_needs_its_csrf_token(folk: Folk) -> None:
    body = json.dumps({"at": WALL.now().isoformat(), "id_no": PAN})
    client = Client(enforce_csrf_checks=True, headers={"Idempotency-Key": "k"})
    client.force_login(folk.lan)
    assert client.post("/field/api/v1/passages", data=body, content_type="application/json").status_code == 403
    page = client.get(reverse("field:post"))
    token = str(page.context["csrf_token"])  # pyright: ignore[reportIndexIssue]
    sent = client.post("/field/api/v1/passages", data=body, content_type="application/json", headers={"X-CSRFToken": token})
    assert sent.status_code == 201


def test_who_passed_is_sealed_and_not_in_the_ledger(folk: Folk) -> None:
    hand_in(folk.token(folk.lan), name="Pan Meihua", plate="浙C00001")
    [row] = kept()
    assert PAN.encode() not in bytes(row.sealed)
    body = json.loads(vault.day_unseal(row.day, "field_passage", "passer", row.sealed))
    assert (body["id_no"], body["plate"]) == (PAN, "浙C00001")
    [entry] = entries("field.passage.recorded")
    assert PAN not in json.dumps(entry.facts)
    assert "浙C00001" not in json.dumps(entry.facts, ensure_ascii=False)
    assert entry.person_id is None


def test_a_passage_of_another_area_is_not_seen(folk: Folk) -> None:
    hand_in(folk.token(folk.mei))
    with scope.enter(accounts.actor_of(folk.lan).reach):
        assert list(Passage.objects.all()) == []
        assert list(Passage.everything.all()) == []


def test_the_post_page_counts_today_and_names_nobody(folk: Folk) -> None:
    folk.isolate()
    token = folk.token(folk.lan)
    hand_in(token, key="a", temperature_c=37.5)
    hand_in(token, key="b", id_no=STRANGER)
    hand_in(token, key="c", id_no=STRANGER, at=(WALL.now() - timedelta(days=2)).isoformat())
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(folk.lan)
    page = client.get(reverse("field:post"))
    assert page.context["counts"] == {"all": 2, "fever": 1, "hits": 1}
    assert PAN not in page.content.decode()
    part = client.get(reverse("field:post"), headers={"HX-Request": "true"}).content.decode()
    assert "<form" not in part


def test_the_phone_of_a_post_opens_at_the_post(folk: Folk) -> None:
    client = Client()
    client.force_login(folk.lan)
    assert client.get(reverse("field:home")).context["post"] == folk.lan.unit


def test_the_interface_describes_itself(folk: Folk) -> None:
    described = Client().get("/field/api/v1/openapi.json").json()
    assert "/field/api/v1/passages" in described["paths"]
    assert set(described["paths"]["/field/api/v1/passages"]["post"]["responses"]) == {"201", "401", "409", "422"}


def test_a_liaison_signed_in_by_password_alone_asks_nothing(folk: Folk) -> None:
    """The interface takes a page's session; it must not be the way around the second factor that the pages ask for."""
    with scope.enter(EVERYWHERE):
        act = Act(actor=house("setup"))
        station = units.found_unit(act, name="Station", kind="station", areas=[OUBEI])
        liaison = accounts.open_account(act, username="jing", display_name="Jing", unit=station, role=Role.LIAISON)
    desk = Client()
    desk.force_login(liaison)
    sent = json.dumps({"at": WALL.now().isoformat(), "id_no": PAN, "key": "k"})
    assert desk.post("/field/api/v1/passages", data=sent, content_type="application/json").status_code == 401
    session = desk.session
    session["mfa_ready"] = True
    session.save()
    assert desk.post("/field/api/v1/passages", data=sent, content_type="application/json").status_code == 201


def test_a_terminal_locked_by_wrong_pins_hands_in_nothing(folk: Folk) -> None:
    token = folk.token(folk.lan)
    device = accounts.device_by_token(token)
    assert device
    for _ in range(accounts.WRONG_PINS):
        accounts.try_pin(Act(actor=house("setup")), device, "0815")
    assert hand_in(token).status_code == 401
