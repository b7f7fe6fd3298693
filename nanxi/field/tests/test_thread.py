"""The thread through the real rooms: somebody under a live order is stopped at a post, visited, and what was told is evidence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from nanxi.field.tests.folk import NANXI, PAN, Folk
from nanxi.field.tests.test_visits import local, phone
from nanxi.foundation import accounts, charter, scope, units, vault
from nanxi.foundation.act import Act, house
from nanxi.foundation.clock import WALL
from nanxi.foundation.models import AccessGrant, Unit, User
from nanxi.foundation.reach import EVERYWHERE
from nanxi.foundation.rights import Role

needs_all = pytest.mark.skipif(
    not {"nanxi.people", "nanxi.desk", "nanxi.cases", "nanxi.orders"} <= set(settings.ROOMS),
    reason="this run loads only some rooms",
)


@pytest.fixture
def county(db: Any) -> Iterator[Folk]:
    from django.utils import translation

    vault.forget()
    charter.forget()
    with translation.override("en"):
        yield Folk()
    vault.forget()
    charter.forget()


def officer(folk: Folk, name: str, unit: str, kind: str, area: str, role: Role) -> User:
    act = Act(actor=house("setup"), clock=folk.act(folk.xia).clock)
    served = units.found_unit(act, name=unit, kind=kind, areas=[area])
    return accounts.open_account(act, username=name, display_name=name.title(), unit=served, role=role)


def isolate(folk: Folk) -> Any:
    """Mrs. Pan, known to the register, isolated in Nanxi on a clinician's report."""
    from nanxi.cases import services as cases
    from nanxi.orders import services as orders
    from nanxi.orders.rules import Evidence, Kind, LegalBasis, Reason
    from nanxi.people import matching
    from nanxi.people import services as people

    bao = officer(folk, "bao", "Hospital", Unit.Kind.HOSPITAL, NANXI, Role.CONFIRMER)
    identity = people.Identity(name="潘美华", id_no=PAN, phone="13800000001", address="楠溪街道1号")
    with scope.enter(EVERYWHERE):
        record = people.record_claim(folk.act(folk.xia), area=NANXI, source_kind="test", source_ref="1", identity=identity)
    matching.match_waiting()
    with scope.enter(EVERYWHERE):
        cases.report_suspect(folk.act(bao), area=NANXI, name="潘美华", record_id=record)
        act = folk.act(folk.xia)
        order = orders.issue_order(
            act, record_id=record, evidence=Evidence.SUSPECT_REPORT, kind=Kind.HOME, place=orders.Place(NANXI, "楠溪街道1号"),
            reason=Reason.SUSPECTED, legal_basis=LegalBasis.LAW_39_SUSPECT, until=act.now + timedelta(hours=48),
        )  # fmt: skip
        return orders.serve_order(folk.act(folk.xia), order, how="in_person", home=orders.Home(120.691, 28.154, 8.0))


@needs_all
def test_stopped_at_the_bridge_and_brought_home(county: Folk) -> None:
    from nanxi.cases.models import Sighting
    from nanxi.desk import queries as desk
    from nanxi.desk import services as alerts
    from nanxi.desk.rules import CallResult

    folk = county
    isolate(folk)
    gu = officer(folk, "gu", "Nanxi community", Unit.Kind.COMMUNITY, NANXI, Role.GRID_WORKER)
    folk.gu = gu  # type: ignore[attr-defined]

    headers = {"Authorization": f"Bearer {folk.token(folk.lan)}", "Idempotency-Key": "1", "Accept-Language": "en"}
    body = json.dumps({"at": WALL.now().isoformat(), "id_no": PAN, "way": "out"})
    for _ in range(2):
        told = Client(headers=headers).post("/field/api/v1/passages", data=body, content_type="application/json").json()
        assert told["stop"] is True

    with scope.enter(accounts.actor_of(folk.xia).reach):
        [alert] = desk.open_alerts()
        assert (alert.kind, alert.area_code, alert.severity) == ("field.passage", NANXI, "critical")
        alerts.acknowledge_alert(folk.act(folk.xia), alert)
        alerts.record_call(folk.act(folk.xia), alert, result=CallResult.NO_ANSWER.code)
        task = alerts.send_somebody(folk.act(folk.xia), alert, user=gu)
    with scope.enter(accounts.actor_of(folk.lan).reach):
        assert not desk.open_alerts().exists()  # the post's own town learns nothing of it

    client, address = phone(folk, "gu"), reverse("field:task", args=[task.id])
    assert address in client.get(reverse("field:home")).content.decode()
    assert "潘美华" not in client.get(address).content.decode()
    opened = client.post(address, {"do": "open"}).content.decode()
    assert "潘美华" in opened
    assert 'href="tel:13800000001"' in opened
    assert 'href="geo:28.154000,120.691000?q=28.154000,120.691000"' in opened
    grant = AccessGrant.objects.get(user_id=gu.id)
    assert (grant.via_kind, grant.via_id, grant.purpose) == ("desk.task", task.id, "alert")

    sent = {"_key": "once", "result": "returned", "place_1": "菜市场", "from_1": local(-2), "to_1": local(-1)}
    assert client.post(address, sent).status_code == 302
    with scope.enter(accounts.actor_of(folk.xia).reach):
        done = desk.task_by_id(task.id)
        assert done is not None
        assert done.result == "returned"
        assert alerts.close_alert(folk.act(folk.xia), alert, disposition="violation", measure="returned").closed_at
    with scope.enter(EVERYWHERE):
        assert sorted(Sighting.objects.values_list("source", flat=True)) == ["checkpoint", "visit"]
        assert folk.record not in set(Sighting.objects.values_list("record_id", flat=True))
