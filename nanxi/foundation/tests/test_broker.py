"""The broker beside the house: what the doctor says, and what the terminal is told, once."""

from __future__ import annotations

import http.server
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from nanxi.foundation.postgres.home import DeskError
from nanxi.foundation.supervisor import broker

FOLDER = Path("/srv/county/mqtt")


class Health(http.server.BaseHTTPRequestHandler):
    """The ingest process's /health."""

    heard = True

    def do_GET(self) -> None:
        body = json.dumps({"waiting": 0, "broker": type(self).heard}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *told: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    server = http.server.HTTPServer(("127.0.0.1", 0), Health)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    Health.heard = True


@pytest.mark.parametrize("told", ["1883", "broker:", "broker:mqtt", "broker:70000", ":1883"])
def test_an_address_that_is_none_stops_the_start(monkeypatch: pytest.MonkeyPatch, told: str) -> None:
    monkeypatch.setenv("NANXI_MQTT", told)
    with pytest.raises(DeskError, match="not host:port"):
        broker.address()


def test_the_doctor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NANXI_MQTT", raising=False)
    assert broker.examined(FOLDER) == (True, "no broker is asked for (NANXI_MQTT); phones report by HTTP.")
    with socket.create_server(("127.0.0.1", 0)) as there:
        monkeypatch.setenv("NANXI_MQTT", f"127.0.0.1:{there.getsockname()[1]}")
        assert broker.examined(FOLDER)[0]
    good, sentence = broker.examined(FOLDER)
    assert not good
    assert "mosquitto -c /srv/county/mqtt/mosquitto.conf" in sentence


def test_the_terminal_is_told_once(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    now = [1000.0]
    monkeypatch.setattr(broker.time, "monotonic", lambda: now[0])
    watch = broker.BrokerWatch("127.0.0.1", port, FOLDER)

    def said(seconds: int) -> list[str]:
        found = []
        for _second in range(seconds):
            now[0] += 1
            found += [told for told in [watch.look()] if told]
        return found

    assert said(30) == []
    Health.heard = False
    (told,) = said(60)
    assert "is not heard" in told
    assert "mosquitto -c" in told
    Health.heard = True
    (told,) = said(30)
    assert "heard again" in told


def test_a_restart_of_seconds_is_no_news(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    now = [1000.0]
    monkeypatch.setattr(broker.time, "monotonic", lambda: now[0])
    watch = broker.BrokerWatch("127.0.0.1", port, FOLDER)
    assert watch.look() is None
    Health.heard = False
    now[0] += 6
    assert watch.look() is None
    Health.heard = True
    now[0] += 6
    assert watch.look() is None
