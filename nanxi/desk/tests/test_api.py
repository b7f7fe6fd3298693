"""The interface for programs: an officer's rights, scope and audit; errors as RFC 9457, as the description says."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from nanxi.desk.models import Directive
from nanxi.desk.tests.folk import COUNTY, DAY, HOUR, NANXI, NOW, OUBEI, VILLAGE, County
from nanxi.foundation import charter, scope, tokens
from nanxi.foundation.act import Refused
from nanxi.foundation.clock import WALL
from nanxi.foundation.models import LedgerEntry
from nanxi.foundation.reach import EVERYWHERE

BASE = "/desk/api/v1"


def token(county: County, name: str) -> str:
    county.clock.at = WALL.now()
    with scope.enter(EVERYWHERE, at=county.clock.now()):
        return tokens.make_token(county.act(name), label="bench", days=30)[1]


def ask(text: str, method: str, path: str, body: Any = None, key: str = "") -> Any:
    head = {"HTTP_AUTHORIZATION": f"Bearer {text}", **({"HTTP_IDEMPOTENCY_KEY": key} if key else {})}
    call = getattr(Client(headers={"accept-language": "en"}), method)
    return call(BASE + path, *([json.dumps(body)] if body is not None else []), content_type="application/json", **head)


def test_a_program_sees_what_its_officer_sees(county: County) -> None:
    ailian = token(county, "ailian")
    with scope.enter(EVERYWHERE, at=county.clock.now()):
        here, there = county.task(area=VILLAGE), county.task(area=NANXI)
    found = ask(ailian, "get", "/tasks").json()["items"]
    assert [one["id"] for one in found] == [str(here.id)]
    assert found[0]["person"] == "Lin* ··0019"
    gone = ask(ailian, "get", f"/tasks/{there.id}")
    assert (gone.status_code, gone.headers["Content-Type"], gone.json()["status"]) == (404, "application/problem+json", 404)


def test_without_a_live_token_or_the_right_nothing_is_told(county: County) -> None:
    ding = token(county, "ding")
    assert ask("nxp_wrong", "get", "/tasks").status_code == 401
    told = ask(ding, "get", "/directives")
    assert told.status_code == 403 and "triage" in told.json()["detail"]
    with scope.enter(EVERYWHERE, at=county.clock.now()):
        row = tokens.tokens_of(county.users["ding"])[0]
        with pytest.raises(Refused, match="somebody else"):
            tokens.revoke_token(county.act("hua"), row)
        tokens.revoke_token(county.act("ding"), row)
    assert ask(ding, "get", "/tasks").status_code == 401


def test_a_token_ends_by_time_and_with_its_account_and_is_kept_as_a_digest(inside: County) -> None:
    row, text = tokens.make_token(inside.act("deng"), label="x", days=2)
    assert text.encode() not in bytes(row.digest)
    assert tokens.user_by_token(text, NOW + DAY) == inside.users["deng"]
    assert tokens.user_by_token(text, NOW + 3 * DAY) is None
    for days in (0, 365):
        with pytest.raises(Refused, match="holds for"):
            tokens.make_token(inside.act("deng"), label="x", days=days)
    inside.users["deng"].is_active = False
    inside.users["deng"].save()
    assert tokens.user_by_token(text, NOW + DAY) is None


def test_a_renewed_token_holds_beside_the_old_one_for_a_stated_time(inside: County) -> None:
    row, old = tokens.make_token(inside.act("deng"), label="x", days=30)
    with pytest.raises(Refused, match="somebody else"):
        tokens.renew_token(inside.act("hua"), row, hours=2)
    with pytest.raises(Refused, match="0 to 168 hours"):
        tokens.renew_token(inside.act("deng"), row, hours=200)
    second, new = tokens.renew_token(inside.act("deng"), row, hours=2)
    who = inside.users["deng"]
    assert (tokens.user_by_token(old, NOW + HOUR), tokens.user_by_token(new, NOW + HOUR)) == (who, who)
    assert (tokens.user_by_token(old, NOW + 3 * HOUR), tokens.user_by_token(new, NOW + 29 * DAY)) == (None, who)
    assert second.label == "x" and tokens.user_by_token(new, NOW + 31 * DAY) is None
    inside.clock.forward(hours=3)
    row.refresh_from_db()
    with pytest.raises(Refused, match="has ended"):
        tokens.renew_token(inside.act("deng"), row, hours=2)


def test_a_write_needs_a_key_and_a_repeat_changes_nothing(county: County) -> None:
    deng = token(county, "deng")
    with scope.enter(EVERYWHERE, at=county.clock.now()):
        task = county.task(area=VILLAGE)
    told = {"result": "found", "note": "lives there"}
    refused = ask(deng, "post", f"/tasks/{task.id}/close", told)
    assert refused.status_code == 409 and "Idempotency-Key" in refused.json()["detail"]
    for _ in range(2):
        assert ask(deng, "post", f"/tasks/{task.id}/close", told, key="k1").json()["result"] == "found"
    with scope.enter(EVERYWHERE, at=county.clock.now()):
        entry = LedgerEntry.objects.get(kind="desk.task.closed")
        assert entry.actor == f"user:{county.users['deng'].id}"
    other = ask(deng, "post", f"/tasks/{task.id}/close", {"result": "refused"}, key="k2")
    assert other.status_code == 409


def test_opening_a_person_is_granted_and_recorded_like_a_click(county: County) -> None:
    deng, xu = token(county, "deng"), token(county, "xu")
    with scope.enter(EVERYWHERE, at=county.clock.now()):
        task = county.task(area=VILLAGE)
    assert ask(xu, "post", f"/tasks/{task.id}/open", {}).status_code == 404
    assert ask(deng, "post", f"/tasks/{task.id}/open", {}).json()["name"] == "Lin Jia"
    with scope.enter(EVERYWHERE, at=county.clock.now()):
        assert LedgerEntry.objects.filter(person_id=task.person_id, purpose="verification").exists()


def test_a_directive_from_receipt_to_answer(county: County) -> None:
    hua = token(county, "hua")
    deadline = (WALL.now() + timedelta(days=1)).isoformat()
    sent = {"number": "77", "sender": "City", "deadline": deadline, "text": "Check them.", "area": COUNTY}
    made = ask(hua, "post", "/directives", sent, key="d1")
    assert made.status_code == 201
    path = f"/directives/{made.json()['id']}"
    assert ask(hua, "post", f"{path}/triage", {"priority": 1, "deadline": deadline}, key="d2").json()["priority"] == 1
    assert ask(hua, "post", f"{path}/answer", {"text": "Done."}, key="d3").json()["stage"] == "answered"
    assert ask(hua, "post", "/directives", {**sent, "area": "110101000000"}, key="d4").status_code == 404
    with scope.enter(EVERYWHERE, at=county.clock.now()):
        assert Directive.objects.get().number == "77"


def test_after_the_charter_nothing_is_answered(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    deng = token(county, "deng")
    monkeypatch.setattr(charter, "ended", lambda now: True)
    assert ask(deng, "get", "/tasks").status_code == 410


def test_coverage_of_a_list(county: County) -> None:
    from nanxi.desk.tests.test_batches import a_list

    hua = token(county, "hua")
    with scope.enter(EVERYWHERE, at=county.clock.now()):
        directive = a_list(county, VILLAGE, VILLAGE, NANXI)
    told = ask(hua, "get", f"/directives/{directive.id}/checks").json()
    assert (told["checks"], told["persons"], [one["checks"] for one in told["towns"]]) == (3, 3, [2, 1])
    told = ask(hua, "get", f"/directives/{directive.id}/checks?town={OUBEI[:9]}").json()
    assert [one["name"] for one in told["towns"]] == ["Riverside"]


def test_a_worker_by_phone_makes_no_token_that_outlives_the_phone(inside: County) -> None:
    with pytest.raises(Refused, match="officers of a desk"):
        tokens.make_token(inside.act("guo"), label="x", days=2)


def test_a_key_belongs_to_its_address(county: County) -> None:
    """A program that numbers its calls anew for each task must not be told of the first one's closing."""
    deng = token(county, "deng")
    with scope.enter(EVERYWHERE, at=county.clock.now()):
        first, second = county.task(area=VILLAGE), county.task(area=VILLAGE)
    for task in (first, second):
        told = ask(deng, "post", f"/tasks/{task.id}/close", {"result": "found"}, key="1").json()
        assert (told["id"], told["open"]) == (str(task.id), False)


def test_parts_from_headquarters_to_the_town_and_back(county: County) -> None:
    hua, deng, xu = token(county, "hua"), token(county, "deng"), token(county, "xu")
    from nanxi.desk.tests.test_batches import a_list

    with scope.enter(EVERYWHERE, at=county.clock.now()):
        directive = a_list(county, VILLAGE)
        desk = county.users["deng"].unit_id
    later = (county.clock.now() + timedelta(hours=3)).isoformat()
    sent = {"given": [{"unit": str(desk), "text": "Look.", "columns": ["Says"]}], "deadline": later}
    made = ask(hua, "post", f"/directives/{directive.id}/parts", sent, key="s").json()
    again = ask(hua, "post", f"/directives/{directive.id}/parts", sent, key="s").json()
    assert made == again and [(one["state"], one["unit_name"]) for one in made] == [("given", "Oubei desk")]
    part = f"/parts/{made[0]['id']}"
    assert ask(xu, "get", part).status_code == 404
    row = ask(deng, "get", part).json()["rows"][0]
    assert row["person"].startswith("Lin*") and row["cells"] == [""]
    early = ask(deng, "post", f"{part}/report", {"text": "Done."}, key="r0")
    assert early.status_code == 409 and "lack an entry" in early.json()["detail"]
    ask(deng, "post", f"{part}/cells", {"cells": [{"record": row["record"], "column": 0, "text": "at home"}]}, key="c")
    assert ask(deng, "post", f"{part}/report", {"text": "All at home."}, key="r").json()["state"] == "reported"
    assert ask(hua, "post", f"{part}/return", {"reason": "Which one?"}, key="b").json()["state"] == "returned"
    steps = [one["kind"] for one in ask(deng, "get", part).json()["steps"]]
    assert steps == ["given", "reported", "returned"]
    assert "All at home" not in ask(hua, "get", f"/directives/{directive.id}/reply").json()["text"]


def test_an_incident_stands_in_the_queue_and_a_second_telling_is_joined(county: County) -> None:
    deng, hua = token(county, "deng"), token(county, "hua")
    told = {"at": county.clock.now().isoformat(), "area": VILLAGE, "place": "Bridge 3", "outcome": "settled"}
    first, second = (ask(deng, "post", "/incidents", {**told, "text": text}, key=text).json() for text in ("One.", "Two."))
    assert ask(deng, "post", "/incidents", {**told, "area": NANXI, "text": "x"}, key="x").status_code == 404
    assert {one["id"] for one in ask(hua, "get", "/directives?state=incidents").json()} == {first["id"], second["id"]}
    whole = ask(hua, "get", f"/directives/{second['id']}").json()
    assert whole["likely_same"] == [first["id"]] and whole["incident"]["place"] == "Bridge 3"
    ask(hua, "post", f"/directives/{second['id']}/join", {"into": first["id"]}, key="j")
    assert [one["id"] for one in ask(hua, "get", "/directives?state=incidents").json()] == [first["id"]]
    ask(hua, "post", f"/directives/{first['id']}/answer", {"text": "Seen."}, key="a")
    assert ask(hua, "get", f"/directives/{second['id']}").json()["stage"] == "answered"


def test_an_attachment_comes_back_as_it_was_sent(county: County) -> None:
    hua = token(county, "hua")
    sent = {
        "number": "9", "sender": "City", "deadline": (county.clock.now() + timedelta(days=1)).isoformat(), "text": "See.",
        "area": COUNTY, "file_name": "order.pdf", "file_base64": "JVBERg==",
    }  # fmt: skip
    made = ask(hua, "post", "/directives", sent, key="1").json()
    found = ask(hua, "post", f"/directives/{made['id']}/attachment", {}).json()
    assert found == {"name": "order.pdf", "content_base64": "JVBERg=="}
    assert ask(hua, "post", "/directives", {**sent, "number": "10", "file_base64": "%"}, key="2").status_code == 409


def test_a_form_is_checked_and_a_task_closed_by_its_form(county: County) -> None:
    hua, deng = token(county, "hua"), token(county, "deng")
    assert ask(hua, "post", "/form-checks", {"text": "form: 1x"}).json()["faults"]
    assert ask(deng, "post", "/forms", {"text": "form: x"}, key="f").status_code == 403
    with scope.enter(EVERYWHERE, at=county.clock.now()):
        task = county.task(area=VILLAGE)
    path = f"/tasks/{task.id}/answers"
    assert ask(deng, "post", path, {"answers": {"result": "nowhere"}}, key="1").status_code == 409
    shape = ask(deng, "get", f"/forms/{ask(deng, 'get', f'/tasks/{task.id}').json()['form']}").json()["form"]
    assert {question["name"] for question in shape["questions"]} >= {"result"}
