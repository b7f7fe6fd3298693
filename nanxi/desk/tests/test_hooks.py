"""Webhooks over real HTTP: signed, sent until taken, once for each event, without a word about anybody."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.urls import reverse

from nanxi.desk import hooks, services, signing
from nanxi.desk.models import Hook, HookMessage
from nanxi.desk.tests.folk import NOW, VILLAGE, County
from nanxi.foundation import acts, scope
from nanxi.foundation.act import Refused
from nanxi.foundation.followers import registry
from nanxi.foundation.models import LedgerEntry, Unit, User
from nanxi.foundation.reach import EVERYWHERE
from nanxi.foundation.rights import Role


class Receiver(BaseHTTPRequestHandler):
    """A program outside that drops an id it knows and refuses what is not signed."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        told = {name.lower(): value for name, value in self.headers.items()}
        self.server.calls.append((told, body))  # type: ignore[attr-defined]
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.send_header("Location", "http://127.0.0.1:1/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Any]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.calls, server.status = [], 200  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def ou(county: County) -> County:
    """The county with Ou, its operator."""
    with scope.enter(EVERYWHERE, at=NOW), acts.set_up():
        user = User(username="ou", display_name="Ou", unit=Unit.objects.get(name="Headquarters"), role_code=Role.OPERATOR.code)
        user.set_unusable_password()
        user.save()
        county.users["ou"] = user
    return county


def address(server: Any) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}/in"


def made(county: County, server: Any, *kinds: str) -> tuple[Hook, bytes]:
    with scope.enter(EVERYWHERE, at=county.clock.now()):
        hook, key = services.make_hook(
            county.act("ou"), label="dispatch", url=address(server), kinds=kinds or ("desk.task.opened",)
        )  # fmt: skip
    return hook, base64.b64decode(key.removeprefix(signing.MARK))


def happen(county: County) -> Any:
    """A task is opened, and its entry followed twice."""
    with scope.enter(EVERYWHERE, at=county.clock.now()):
        task = county.task(area=VILLAGE)
        for _ in range(2):
            for entry in LedgerEntry.objects.filter(kind__in=hooks.EVENTS):
                registry["desk.hooks"].handle(county.by_house(), entry)
    return task


def send_all(county: County) -> None:
    while hooks.send_next(county.clock):
        pass


def only() -> HookMessage:
    with scope.enter(EVERYWHERE):
        return HookMessage.objects.get()


def test_a_message_is_signed_once_and_names_nobody(ou: County, receiver: Any) -> None:
    _hook, key = made(ou, receiver)
    task = happen(ou)
    send_all(ou)
    [(told, body)] = receiver.calls
    now = int(ou.clock.now().timestamp())
    assert signing.fits(key, told, body, now)
    assert not signing.fits(key, told, body + b" ", now)
    assert not signing.fits(key, told, body, now + signing.TOLERANCE_S + 1)
    assert not signing.fits(b"another", told, body, now)
    said = json.loads(body)
    assert set(said) == {"type", "timestamp", "data"} and set(said["data"]) == {"id", "town", "subject"}
    assert said["type"] == "desk.task.opened"
    assert said["data"]["subject"] == {"kind": "desk.task", "id": str(task.id)}
    assert str(task.person_id) not in body.decode() and VILLAGE not in body.decode()


def test_a_changed_key_signs_beside_the_old_one_for_a_stated_time(ou: County, receiver: Any) -> None:
    hook, old = made(ou, receiver)
    with scope.enter(EVERYWHERE, at=ou.clock.now()):
        for hours in (-1, 169):
            with pytest.raises(Refused, match="0 to 168 hours"):
                services.renew_hook_key(ou.act("ou"), hook, hours=hours)
        _hook, shown = services.renew_hook_key(ou.act("ou"), hook, hours=24)
    new = base64.b64decode(shown.removeprefix(signing.MARK))
    for hours, by_old in ((1, True), (25, False)):
        ou.clock.forward(hours=hours)
        with scope.enter(EVERYWHERE, at=ou.clock.now()):
            services.try_hook(ou.act("ou"), hook)
        send_all(ou)
        told, body = receiver.calls[-1]
        now = int(ou.clock.now().timestamp())
        assert signing.fits(new, told, body, now) and signing.fits(old, told, body, now) is by_old


def test_it_is_sent_again_with_the_same_id_until_it_is_taken(ou: County, receiver: Any) -> None:
    made(ou, receiver)
    happen(ou)
    receiver.status = 503
    send_all(ou)
    send_all(ou)
    assert len(receiver.calls) == 1 and only().problem == "http_503"
    ou.clock.forward(seconds=6)
    receiver.status = 200
    send_all(ou)
    first, second = receiver.calls
    assert first[0]["webhook-id"] == second[0]["webhook-id"]
    assert first[1] == second[1] and first[0]["webhook-timestamp"] != second[0]["webhook-timestamp"]
    assert only().sent_at == ou.clock.now()


def test_it_is_given_up_after_three_days_and_can_be_asked_for_again(ou: County, receiver: Any) -> None:
    hook, _key = made(ou, receiver)
    happen(ou)
    receiver.status = 500
    for _ in range(len(hooks.WAITS) + 1):
        send_all(ou)
        ou.clock.forward(days=1)
    assert only().gave_up_at is not None and len(receiver.calls) == len(hooks.WAITS) + 1
    assert timedelta(days=2) < sum(hooks.WAITS, timedelta()) < timedelta(days=4)
    receiver.status = 200
    with scope.enter(EVERYWHERE, at=ou.clock.now()):
        assert services.send_hook_again(ou.act("ou"), hook) == 1
    send_all(ou)
    assert only().sent_at is not None


def test_a_redirect_is_not_followed(ou: County, receiver: Any) -> None:
    made(ou, receiver)
    happen(ou)
    receiver.status = 302
    send_all(ou)
    assert only().problem == "http_302" and len(receiver.calls) == 1


def test_a_receiver_that_is_gone_is_switched_off(ou: County, receiver: Any) -> None:
    hook, _key = made(ou, receiver)
    happen(ou)
    receiver.status = 410
    send_all(ou)
    with scope.enter(EVERYWHERE):
        hook.refresh_from_db()
    assert (hook.off_for, only().gave_up_at) == ("gone", ou.clock.now())


def test_nobody_at_home_is_no_error_of_ours(ou: County, receiver: Any) -> None:
    made(ou, receiver)
    receiver.shutdown()
    receiver.server_close()
    happen(ou)
    send_all(ou)
    assert only().problem == "no_answer"


def test_only_what_was_asked_for_is_told(ou: County, receiver: Any) -> None:
    made(ou, receiver, "desk.task.closed")
    happen(ou)
    with scope.enter(EVERYWHERE):
        assert not HookMessage.objects.exists()


@pytest.mark.parametrize(
    ("url", "fine"),
    [
        ("https://dispatch.example/in", True),
        ("http://127.0.0.1:9/in", True),
        ("http://dispatch.example/in", False),
        ("https://user:word@dispatch.example/in", False),
        ("https://169.254.169.254/latest", False),
        ("file:///etc/passwd", False),
        ("https://", False),
        ("https://x:99999999/", False),
    ],
)
def test_which_addresses_are_told(url: str, fine: bool) -> None:
    assert (not hooks.why_not_address(url)) is fine


def test_only_the_operator_keeps_addresses(ou: County) -> None:
    with scope.enter(EVERYWHERE, at=NOW):
        with pytest.raises(Refused, match="right"):
            services.make_hook(ou.act("hua"), label="x", url="https://x.example/", kinds=["desk.task.opened"])
        with pytest.raises(Refused, match="of which events"):
            services.make_hook(ou.act("ou"), label="x", url="https://x.example/", kinds=["people.record.linked"])


def test_the_page_shows_the_key_once(ou: County, receiver: Any) -> None:
    client = ou.client("ou")
    sent = {"label": "d", "url": address(receiver), "kinds": ["desk.task.opened"]}
    page = client.post(reverse("webhooks"), sent).content.decode()
    assert signing.MARK in page
    assert signing.MARK not in client.get(reverse("webhooks")).content.decode()
    with scope.enter(EVERYWHERE):
        hook = Hook.objects.get()
    client.post(reverse("webhook-do", args=[hook.pk]), {"do": "try", "_key": "1"})
    ou.clock.at = only().next_at
    send_all(ou)
    assert json.loads(receiver.calls[0][1])["type"] == hooks.TRIAL
    client.post(reverse("webhook-do", args=[hook.pk]), {"do": "off", "_key": "2"})
    assert "switched off" in client.get(reverse("webhooks")).content.decode()
