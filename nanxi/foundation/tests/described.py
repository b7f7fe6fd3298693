"""Holds an interface to its own description: calls made from it, each answer one that it names, never an error of ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import requests
import schemathesis
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.core.transport import Response

CHECKED = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance")


def operations_of(description: dict[str, Any], *, but: Callable[[str], bool] = lambda path: False) -> list[Any]:
    found = [one.ok() for one in schemathesis.openapi.from_dict(description).get_all_operations()]
    return [one for one in found if not but(one.path)]


def named(operation: Any) -> str:
    return f"{operation.method} {operation.path}"


def probe(operation: Any, token: str, known: Mapping[str, str], *, examples: int = 6) -> None:
    """Made-up calls to one operation, most of them about objects that exist. known: path parameter → an id of such an object."""

    @settings(max_examples=examples, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(), exists=st.integers(0, 3))
    def call(case: Any, exists: int) -> None:
        if exists and case.path_parameters:
            case.path_parameters = {name: known.get(name, value) for name, value in case.path_parameters.items()}
        answer_fits(token, case)

    call()


def answer_fits(token: str, case: Any) -> None:
    """Send a made-up call through the whole program and hold the answer to the description."""
    sent = case.as_transport_kwargs(base_url="http://testserver")
    prepared = requests.Request(
        method=sent["method"], url=sent["url"], headers=sent.get("headers"), params=sent.get("params"), json=sent.get("json")
    ).prepare()
    key = next((value for name, value in (case.headers or {}).items() if name.lower() == "idempotency-key"), "k")
    head = {"HTTP_AUTHORIZATION": f"Bearer {token}", "HTTP_IDEMPOTENCY_KEY": key}
    client = Client(raise_request_exception=False)
    made = client.generic(
        case.method, prepared.path_url, prepared.body or b"", content_type="application/json", **head  # pyright: ignore
    )
    found = Response(
        status_code=made.status_code, headers={name: [value] for name, value in made.headers.items()}, content=made.content,
        request=prepared, elapsed=0.1, verify=False,
    )  # fmt: skip
    case.validate_response(found, checks=[schemathesis.checks.CHECKS.get_one(name) for name in CHECKED])
