"""The interface for programs: an officer's rights, scope and audit; errors as RFC 9457, as the description says."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import requests
import schemathesis
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.core.transport import Response

from nanxi.desk.api import PREFIX
from nanxi.desk.api import api as desk_api
from nanxi.desk.models import Directive, Task
from nanxi.desk.tests.folk import COUNTY, DAY, NANXI, NOW, OUBEI, VILLAGE, County
from nanxi.foundation import charter, scope, terminals, tokens
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


DESCRIPTION = terminals.described(desk_api, PREFIX)
OPERATIONS = [one.ok() for one in schemathesis.openapi.from_dict(DESCRIPTION).get_all_operations()]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: f"{one.method} {one.path}")
def test_whatever_fits_the_description_is_answered_as_described(county: County, operation: Any) -> None:
    """Schemathesis makes calls from the description; each answer is one that it names, never an error of ours."""
    hua = token(county, "hua")
    with scope.enter(EVERYWHERE, at=county.clock.now()):
        ids = [str(county.task(area=VILLAGE).id), str(county.directive().id)]

    @settings(max_examples=25, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(), known=st.sampled_from([*ids, ""]))
    def probe(case: Any, known: str) -> None:
        if known and case.path_parameters:
            case.path_parameters = dict.fromkeys(case.path_parameters, known)
        answer_fits(hua, case)

    probe()


def answer_fits(text: str, case: Any) -> None:
    """Send a made-up call through the whole program and hold the answer to the description."""
    sent = case.as_transport_kwargs(base_url="http://testserver")
    prepared = requests.Request(
        method=sent["method"], url=sent["url"], headers=sent.get("headers"), params=sent.get("params"), json=sent.get("json")
    ).prepare()
    head = {"HTTP_AUTHORIZATION": f"Bearer {text}", "HTTP_IDEMPOTENCY_KEY": (case.headers or {}).get("idempotency-key", "k")}
    client = Client(raise_request_exception=False)
    made = client.generic(
        case.method, prepared.path_url, prepared.body or b"", content_type="application/json", **head  # pyright: ignore
    )
    found = Response(
        status_code=made.status_code, headers={name: [value] for name, value in made.headers.items()}, content=made.content,
        request=prepared, elapsed=0.1, verify=False,
    )  # fmt: skip
    checks = [schemathesis.checks.CHECKS.get_one(name) for name in CHECKED]
    case.validate_response(found, checks=checks)


CHECKED = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance")


def test_the_probe_finds_an_answer_that_is_not_described(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    hua = token(county, "hua")
    listed = next(one for one in OPERATIONS if (one.method, one.path) == ("get", "/desk/api/v1/tasks"))
    monkeypatch.setattr("nanxi.desk.api._tasks", lambda rows, now: [{"id": "x"}])
    with scope.enter(EVERYWHERE, at=county.clock.now()):
        county.task(area=VILLAGE)
        assert Task.objects.exists()
    with pytest.raises(BaseException, match=r"(?i)server error|status code|schema"):
        answer_fits(hua, listed.Case())
