"""Alerts outside the desk: who is told, over real SMTP and HTTP, with retries, and one effect whatever happens in between."""

from __future__ import annotations

import base64
import email
import hashlib
import hmac
import json
import socketserver
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from nanxi.desk import outbox, services
from nanxi.desk.models import Alert, Outgoing
from nanxi.desk.tests.folk import COUNTY, NOW, County
from nanxi.foundation import acts, scope
from nanxi.foundation.followers import registry
from nanxi.foundation.models import LedgerEntry
from nanxi.foundation.reach import EVERYWHERE, NOWHERE


class Letters(socketserver.StreamRequestHandler):
    """As much of SMTP (RFC 5321) as a mail host needs to take a letter."""

    def handle(self) -> None:
        taken: list[email.message.Message] = self.server.taken  # type: ignore[attr-defined]
        self._say("220 sink")
        for line in self.rfile:
            word = line[:4].upper()
            if word == b"DATA":
                self._say("354 go on")
                body = b""
                while (part := self.rfile.readline()) != b".\r\n":
                    body += part
                if self.server.busy:  # type: ignore[attr-defined]
                    self._say("451 come again")
                    continue
                taken.append(email.message_from_bytes(body))
                self._say("250 taken")
            elif word == b"QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 fine")

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")


class Texts(BaseHTTPRequestHandler):
    """A text message gateway that drops a key it knows."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.calls.append((dict(self.headers), body))  # type: ignore[attr-defined]
        status = self.server.status  # type: ignore[attr-defined]
        if status == 200:
            self.server.delivered[self.headers["Idempotency-Key"]] = json.loads(body)  # type: ignore[attr-defined]
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


class Sinks:
    """A mail host and a gateway on this machine."""

    def __init__(self) -> None:
        self.mail = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Letters)
        self.mail.taken, self.mail.busy = [], False  # type: ignore[attr-defined]
        self.web = ThreadingHTTPServer(("127.0.0.1", 0), Texts)
        self.web.calls, self.web.delivered, self.web.status = [], {}, 200  # type: ignore[attr-defined]
        for server in (self.mail, self.web):
            threading.Thread(target=server.serve_forever, daemon=True).start()

    @property
    def letters(self) -> list[email.message.Message]:
        return self.mail.taken  # type: ignore[attr-defined]

    @property
    def texts(self) -> dict[str, dict[str, str]]:
        return self.web.delivered  # type: ignore[attr-defined]

    def close(self) -> None:
        for server in (self.mail, self.web):
            server.shutdown()
            server.server_close()


@pytest.fixture
def sinks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sinks]:
    here = Sinks()
    monkeypatch.setenv("NANXI_SMTP", f"127.0.0.1:{here.mail.server_address[1]}")
    monkeypatch.setenv("NANXI_MAIL_FROM", "desk@nanxi.example")
    monkeypatch.setenv("NANXI_GATEWAY", f"http://127.0.0.1:{here.web.server_address[1]}/sms")
    monkeypatch.setenv("NANXI_GATEWAY_SECRET", "three-bridges")
    monkeypatch.setenv("NANXI_URL", "https://nanxi.example")
    yield here
    here.close()


@pytest.fixture
def staffed(inside: County) -> County:
    """Ailian has mail and a phone, Deng and Hua mail, Lei a phone; Ailian is on duty, Deng deputy."""
    with acts.set_up():
        for name, mail, phone in (
            ("ailian", "ailian@x.example", "13800000001"), ("deng", "deng@x.example", ""), ("hua", "hua@x.example", ""),
            ("lei", "", "13800000009"), ("xu", "xu@x.example", "13800000008"),
        ):  # fmt: skip
            inside.users[name].email, inside.users[name].phone, inside.users[name].language = mail, phone, "en"
            inside.users[name].save()
    for name, part in (("ailian", "duty"), ("deng", "deputy")):
        services.set_duty(inside.act("ailian"), user=inside.users[name], part=part, starts=NOW, ends=NOW + timedelta(hours=12))
    return inside


def follow(county: County) -> None:
    """The ledger's follower, over all entries, as after a restart: what was queued stays queued once."""
    one = registry["desk.outbox"]
    with acts.writing():
        for entry in LedgerEntry.objects.filter(kind__in=one.kinds).order_by("at", "id"):
            one.handle(county.by_house(), entry)


def deliver(county: County) -> int:
    token = scope._current.set(NOWHERE)
    sent = 0
    try:
        while outbox.send_next(county.clock):
            sent += 1
    finally:
        scope._current.reset(token)
        scope._tell(EVERYWHERE, None, county.clock.now())
    return sent


def told(alert: Alert) -> set[tuple[str, str, str]]:
    from nanxi.desk import queries

    rows = list(Outgoing.everything.filter(alert=alert))
    names = queries.names_of_users(row.user_id for row in rows)
    return {(names[row.user_id], row.channel, row.what) for row in rows}


def test_a_probable_departure_tells_the_towns_duty_officer_alone(staffed: County, sinks: Sinks) -> None:
    alert = staffed.alert()
    for _again in range(3):
        follow(staffed)
    assert told(alert) == {("Ailian", "mail", "raised"), ("Ailian", "gateway", "raised")}
    assert deliver(staffed) == 2
    assert deliver(staffed) == 0
    (letter,) = sinks.letters
    assert (letter["To"], letter["Subject"]) == ("ailian@x.example", "Oubei: Left the place of isolation (probable)")
    assert f"https://nanxi.example/desk/alerts/{alert.id}/" in letter.get_payload()
    ((key, text),) = sinks.texts.items()
    assert text["to"] == "13800000001"
    for words in (letter.as_string(), json.dumps(text)):
        assert "Lin" not in words, "no person leaves the house"
    head, body = sinks.web.calls[0]  # type: ignore[attr-defined]
    signed = hmac.digest(b"three-bridges", f"{key}.{head['webhook-timestamp']}.".encode() + body, hashlib.sha256)
    assert head["webhook-signature"] == "v1," + base64.b64encode(signed).decode()


def test_a_confirmed_one_tells_headquarters_and_departments_too(staffed: County, sinks: Sinks) -> None:
    alert = staffed.alert(key="k", severity="critical")
    follow(staffed)
    assert {name for name, _channel, _what in told(alert)} == {"Ailian", "Hua"}


def test_growing_confirmed_tells_them_once(staffed: County, sinks: Sinks) -> None:
    alert = staffed.alert(key="k")
    for _more in range(3):
        staffed.clock.forward(seconds=30)
        staffed.alert(key="k", severity="critical", title="Left the place of isolation (confirmed)")
    follow(staffed)
    assert {(name, what) for name, _channel, what in told(alert)} == {
        ("Ailian", "raised"),
        ("Ailian", "critical"),
        ("Hua", "critical"),
        ("Hua", "raised"),
    }


def test_the_climb_tells_each_in_turn(staffed: County, sinks: Sinks) -> None:
    alert = staffed.alert()
    staffed.clock.forward(minutes=16)
    services.escalate_alert(staffed.by_house(), alert)
    follow(staffed)
    whats = {(name, what) for name, _channel, what in told(alert)}
    assert whats == {("Ailian", "raised"), ("Deng", "DEPUTY"), ("Hua", "HEADQUARTERS"), ("Lei", "LEADER")}


def test_a_channel_that_is_away_is_tried_again_and_the_effect_is_one(staffed: County, sinks: Sinks) -> None:
    staffed.alert()
    follow(staffed)
    sinks.mail.busy = True  # type: ignore[attr-defined]
    sinks.web.status = 503  # type: ignore[attr-defined]
    assert deliver(staffed) == 2
    assert deliver(staffed) == 0, "not before ten seconds have passed"
    rows = list(Outgoing.everything.order_by("channel"))
    assert [(row.problem, row.attempts, row.next_at - staffed.clock.now()) for row in rows] == [
        ("http_503", 1, timedelta(seconds=10)), ("no_answer", 1, timedelta(seconds=10)),
    ]  # fmt: skip
    sinks.mail.busy, sinks.web.status = False, 200  # type: ignore[attr-defined]
    staffed.clock.forward(seconds=11)
    deliver(staffed)
    assert (len(sinks.letters), len(sinks.texts)) == (1, 1)
    assert not Outgoing.everything.filter(sent_at=None).exists()


def test_a_worker_killed_between_sending_and_commit_sends_the_same_key(staffed: County, sinks: Sinks, monkeypatch) -> None:
    """The message has left, the row was not kept: sent again it has the key the receiver knows."""
    staffed.alert()
    follow(staffed)
    real, killed = outbox._send, []

    def sent_then_killed(row: Outgoing) -> None:
        real(row)
        if row.channel not in killed:
            killed.append(row.channel)
            raise MemoryError("killed")

    monkeypatch.setattr(outbox, "_send", sent_then_killed)
    for _kill in range(2):
        with pytest.raises(MemoryError):
            deliver(staffed)
    deliver(staffed)
    ids = [letter["Message-ID"] for letter in sinks.letters]
    assert (len(ids), len(set(ids))) == (2, 1)
    assert (len(sinks.web.calls), len(sinks.texts)) == (2, 1)  # type: ignore[attr-defined]


def test_it_gives_up_and_says_so(staffed: County, sinks: Sinks) -> None:
    alert = staffed.alert()
    follow(staffed)
    sinks.mail.busy = True  # type: ignore[attr-defined]
    sinks.web.status = 500  # type: ignore[attr-defined]
    for _try in range(outbox.MOST_TRIES + 2):
        deliver(staffed)
        staffed.clock.forward(minutes=11)
    assert set(Outgoing.everything.values_list("attempts", flat=True)) == {outbox.MOST_TRIES}
    assert LedgerEntry.objects.filter(kind="desk.notice.gave_up", subject_id=alert.id).count() == 2


def test_without_channels_nothing_is_queued(staffed: County, monkeypatch) -> None:
    for name in ("NANXI_SMTP", "NANXI_GATEWAY"):
        monkeypatch.delenv(name, raising=False)
    staffed.alert()
    follow(staffed)
    assert not Outgoing.everything.exists()


def test_without_a_roster_the_whole_unit_is_told(staffed: County, sinks: Sinks) -> None:
    staffed.clock.forward(hours=13)
    alert = staffed.alert()
    follow(staffed)
    assert {name for name, _channel, _what in told(alert)} == {"Ailian", "Deng"}


def test_a_county_wide_alert_goes_to_headquarters(staffed: County, sinks: Sinks) -> None:
    alert = staffed.alert(area=COUNTY)
    follow(staffed)
    assert {name for name, _channel, _what in told(alert)} == {"Hua"}
