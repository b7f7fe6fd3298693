"""Phones and doors through a real Mosquitto: accounts, topics, and an acknowledgement that means a committed row."""

from __future__ import annotations

import json
import queue
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from psycopg import sql

from nanxi.foundation import scope
from nanxi.foundation.act import Act
from nanxi.foundation.clock import WALL
from nanxi.foundation.postgres import Home
from nanxi.foundation.postgres.roles import WORKER, connection_string
from nanxi.foundation.reach import EVERYWHERE
from nanxi.orders import broker, services
from nanxi.orders.models import OrderDevice
from nanxi.orders.tests.endpoint import free_port, started
from nanxi.orders.tests.test_ingest import location, phone, rows
from tests.database import superuser

__all__ = ["phone"]
MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
pytestmark = pytest.mark.skipif(MOSQUITTO is None, reason="no broker here: `sudo apt-get install mosquitto`")


@dataclass
class Broker:
    """Mosquitto on the files that the endpoint wrote."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def settings(self) -> dict[str, str]:
        return {"NANXI_MQTT": f"127.0.0.1:{self.port}", "NANXI_MQTT_FOLDER": str(self.folder)}

    def start(self) -> None:
        wait_until((self.folder / "passwords").exists)
        self.process = subprocess.Popen([str(MOSQUITTO), "-c", str(self.folder / "mosquitto.conf")])

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)


def wait_until(holds: Callable[[], Any], patience_s: float = 20) -> None:
    deadline = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Broker]:
    found = Broker(tmp_path / "mqtt", free_port())
    yield found
    found.stop()


class Device:
    """A client as the app is one; what it is told goes to `told`."""

    def __init__(self, mosquitto: Broker, name: str, token: str, will: tuple[str, bytes] | None = None) -> None:
        self.told: queue.Queue[Any] = queue.Queue()
        self.codes: queue.Queue[Any] = queue.Queue()
        self.client = Client(CallbackAPIVersion.VERSION2, client_id=name)
        self.client.username_pw_set(name, token)
        if will:
            self.client.will_set(*will, qos=1)
        self.client.on_message = lambda client, data, message: self.told.put(json.loads(message.payload))
        self.client.on_connect = lambda client, data, flags, code, more: self.codes.put(code)
        self.client.connect("127.0.0.1", mosquitto.port)
        self.client.loop_start()

    def __enter__(self) -> Device:
        assert not self.codes.get(timeout=10).is_failure
        return self

    def __exit__(self, *nothing: object) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def drop(self) -> None:
        """The line is cut; nobody says good-bye."""
        line = self.client.socket()
        assert line is not None
        line.shutdown(socket.SHUT_RDWR)

    def says(self, topic: str, message: Any) -> None:
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        self.client.publish(topic, body, qos=1).wait_for_publish(10)


def base(device: OrderDevice) -> str:
    return f"owntracks/{device.pk.hex}/phone"


def kept() -> int:
    return rows("SELECT count(*) FROM orders_position")[0][0]


def tally() -> dict[str, int]:
    return dict(rows("SELECT what, n FROM orders_ingesttally"))


@contextmanager
def house(mosquitto: Broker) -> Iterator[Any]:
    """The endpoint, and the broker on its files."""
    with started(**mosquitto.settings) as (client, process):
        if mosquitto.process is None:
            mosquitto.start()
        # Before the first session there is nobody for whom the broker would keep a message.
        wait_until(lambda: client.get("/health").json()["broker"], 30)
        yield process


def connected(device: OrderDevice, mosquitto: Broker) -> Device:
    """The device, once the broker knows it and is there."""
    for _ in range(100):
        try:
            found = Device(mosquitto, device.pk.hex, device.token)  # type: ignore[attr-defined]
        except OSError:
            time.sleep(0.1)
            continue
        return found
    raise TimeoutError("no broker")


def test_a_phones_position_and_what_it_is_asked(phone: OrderDevice, mosquitto: Broker) -> None:
    with psycopg.connect(connection_string(WORKER)) as connection:
        connection.execute("SELECT set_config('nanxi.lo', '0', true), set_config('nanxi.hi', ':', true)")
        connection.execute("UPDATE orders_orderdevice SET ask_fix = true")
    with house(mosquitto), connected(phone, mosquitto) as device:
        device.client.subscribe(base(phone) + "/cmd", qos=1)
        device.says(base(phone), location())
        wait_until(lambda: kept() == 1)
        assert device.told.get(timeout=10) == {"_type": "cmd", "action": "reportLocation"}
        device.says(base(phone), location(lat=28.151))
        device.says(base(phone) + "/event", {**location(lat=28.152), "_type": "transition", "event": "leave"})
        device.says(base(phone), b"{")
        wait_until(lambda: kept() == 3)
        wait_until(lambda: rows("SELECT reason FROM orders_deadletter") == [("not_json",)])


def test_a_device_signs_in_with_its_token_and_writes_its_own_topics(phone: OrderDevice, mosquitto: Broker) -> None:
    with house(mosquitto), connected(phone, mosquitto) as device:
        strangers = [Device(mosquitto, phone.pk.hex, "guessed"), Device(mosquitto, "0" * 32, phone.token)]  # type: ignore[attr-defined]
        assert all(stranger.codes.get(timeout=10).is_failure for stranger in strangers)
        for stranger in strangers:
            stranger.client.disconnect()
            stranger.client.loop_stop()
        device.client.subscribe([("owntracks/#", 1), ("#", 1)])
        device.says(f"owntracks/{'0' * 32}/phone", location())
        device.says(f"door/{'0' * 32}/state", b"open")
        device.says(base(phone), location(lat=28.16))
        wait_until(lambda: kept() == 1)
        assert device.told.empty(), "a device hears nobody's positions, not even its own"
    assert "refused_unknown" not in tally(), "the broker, not we, stopped the foreign topics"


def test_an_acknowledged_message_survives_a_killed_endpoint_without_a_database(
    phone: OrderDevice, mosquitto: Broker, home: Home, fresh_db: str
) -> None:
    gate = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    away = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND usename = 'nanxi_ingest'"
    with superuser(home) as root:
        with house(mosquitto) as process, connected(phone, mosquitto) as device:
            device.says(base(phone), location())
            wait_until(lambda: kept() == 1)
            root.execute(gate.format(sql.Identifier(fresh_db), sql.SQL("false")))
            root.execute(away, [fresh_db])
            try:
                for n in range(1, 21):
                    device.says(base(phone), location(lat=28.15 + n / 10_000))
                time.sleep(1)
                process.kill()
                process.wait()
            finally:
                root.execute(gate.format(sql.Identifier(fresh_db), sql.SQL("true")))
        assert kept() == 1
        with house(mosquitto):
            wait_until(lambda: kept() == 21, 30)


def test_a_revoked_device_is_cut_off(phone: OrderDevice, mosquitto: Broker, ailian: Act) -> None:
    with house(mosquitto), connected(phone, mosquitto) as device:
        device.says(base(phone), location())
        wait_until(lambda: kept() == 1)
        with scope.enter(EVERYWHERE):
            services.revoke_device(Act(ailian.actor, WALL), OrderDevice.everything.get(pk=phone.pk))
        wait_until(lambda: not device.codes.empty() and device.codes.get().is_failure)
    assert kept() == 1


def test_the_broker_comes_back_and_a_last_will_is_no_position(phone: OrderDevice, mosquitto: Broker) -> None:
    with house(mosquitto):
        connected(phone, mosquitto).__enter__().__exit__()
        mosquitto.stop()
        mosquitto.start()
        name = phone.pk.hex
        with connected(phone, mosquitto) as device:
            device.says(base(phone), location())
            wait_until(lambda: kept() == 1, 30)
        will = (f"door/{name}/availability", b"offline")
        with Device(mosquitto, name, phone.token, will) as dying:  # type: ignore[attr-defined]
            dying.drop()
        with Device(mosquitto, name, phone.token, (base(phone), b'{"_type":"lwt","tst":1}')) as dying:  # type: ignore[attr-defined]
            dying.drop()
        wait_until(lambda: tally().get("door_offline") == 1)
    assert kept() == 1


def test_a_door_is_evidence_with_its_own_source(phone: OrderDevice, mosquitto: Broker) -> None:
    with house(mosquitto), connected(phone, mosquitto) as device:
        for body in (b"open", b'{"contact": true}', b"ajar"):
            device.says(f"door/{phone.pk.hex}/state", body)
        wait_until(lambda: rows("SELECT count(*), min(source), max(source) FROM orders_position") == [(2, "door", "door")])
        wait_until(lambda: rows("SELECT reason FROM orders_deadletter") == [("no_door",)])


def test_the_brokers_files_are_private_and_hold_no_token(phone: OrderDevice, mosquitto: Broker) -> None:
    with house(mosquitto):
        for name in ("passwords", "own", "access", "mosquitto.conf"):
            assert (mosquitto.folder / name).stat().st_mode & 0o077 == 0
        said = (mosquitto.folder / "passwords").read_text()
        assert phone.pk.hex in said
        assert phone.token not in said  # type: ignore[attr-defined]


def test_the_hash_is_mosquittos() -> None:
    assert broker.hash_of("token", b"twelve bytes").startswith("$7$101$dHdlbHZlIGJ5dGVz$")
