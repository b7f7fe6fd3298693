"""Positions and doors by MQTT: the endpoint's other way in, with the same meaning of an acknowledgement.

A message of quality 1 is acknowledged to the broker only after the commit; until then the broker keeps it, and gives it again
when this process was killed. While the database is away a message is tried again every second and none is asked for
beyond the broker's window. Topics: `owntracks/<device>/…` as the app sends them, `door/<device>/state`.
The broker lets a device write its own topics only (see broker.py), so the topic says whose message it is.
"""

from __future__ import annotations

import asyncio
import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from nanxi.orders import doors, owntracks
from nanxi.orders.broker import OURS, Files
from nanxi.orders.receiver import AWAY, Receiver

log = logging.getLogger("nanxi.mqtt")
TOPICS = [("owntracks/+/+", 1), ("owntracks/+/+/+", 1), ("door/+/state", 1), ("door/+/availability", 1)]
TRY_AGAIN_S = 1.0
#: Accounts of new and revoked devices reach the broker after this many seconds at the latest.
ACCOUNTS_EVERY_S = 2.0
LARGEST = 1_000_000


class Bridge:
    """One per endpoint; `address` is host:port of the broker."""

    def __init__(self, receiver: Receiver, folder: Path, address: str) -> None:
        self.receiver = receiver
        self.host, _, port = address.rpartition(":")
        self.port = int(port)
        self.files = Files(folder)
        self.tasks: set[asyncio.Task[None]] = set()
        #: Which connection this is: an answer to an earlier one could hit another message that bears the same number now.
        self.connection = 0
        self.listening = False

    async def start(self) -> None:
        """Write the broker's files and connect as soon as it is there; the library connects again by itself."""
        self.loop = asyncio.get_running_loop()
        self.own = self.files.found(self.host, self.port)
        # A lasting session: what comes while this process is away waits at the broker.
        self.client = Client(CallbackAPIVersion.VERSION2, client_id=OURS, clean_session=False, manual_ack=True)
        self.client.username_pw_set(OURS, self.own)
        self.client.reconnect_delay_set(1, 10)
        self.client.on_connect, self.client.on_message = self._connected, self._message
        self.client.on_disconnect, self.client.on_subscribe = self._disconnected, self._subscribed
        self.client.connect_async(self.host, self.port, keepalive=30)
        self._begin(self._accounts())
        self.client.loop_start()

    async def stop(self) -> None:
        """What is not committed is not acknowledged: the broker gives it again."""
        self.client.disconnect()
        await asyncio.to_thread(self.client.loop_stop)
        for task in list(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    def _begin(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def _connected(self, client: Client, data: Any, flags: ConnectFlags, code: ReasonCode, more: Properties | None) -> None:
        if code.is_failure:
            log.warning("the broker refuses us: %s", code)
            return
        self.connection += 1
        client.subscribe(TOPICS)

    def _subscribed(self, *told: Any) -> None:
        self.listening = True

    def _disconnected(self, client: Client, data: Any, flags: DisconnectFlags, code: ReasonCode, more: Properties | None) -> None:
        self.listening = False
        log.warning("the broker is away: %s", code)

    def _message(self, client: Client, data: Any, message: MQTTMessage) -> None:
        """In the library's thread."""
        self.loop.call_soon_threadsafe(self._begin, self._take(message, self.connection))

    async def _take(self, message: MQTTMessage, connection: int) -> None:
        while True:
            try:
                await self._keep(message.topic, bytes(message.payload), retained=message.retain)
                break
            except AWAY as problem:
                self.receiver.tell("database_away")
                log.warning("database away: %s", type(problem).__name__)
                await asyncio.sleep(TRY_AGAIN_S)
            except Exception as problem:
                # Given again it would fail again, and hold a place in the broker's window for ever.
                self.receiver.tell("failed")
                log.error("a message failed: %s", type(problem).__name__)
                break
        if message.qos and connection == self.connection:
            self.client.ack(message.mid, message.qos)

    async def _keep(self, topic: str, body: bytes, *, retained: bool) -> None:
        way, name, *rest = topic.split("/")
        if rest[-1:] == ["cmd"]:
            return
        if way == "door" and rest == ["availability"]:
            # The sensor's last will: the line is down. Nothing follows about the person.
            self.receiver.tell("door_offline" if body.strip().lower() == b"offline" else "door_online")
            return
        now = datetime.now(UTC)
        phone = await self.receiver.phone_named(name)
        if phone is None or phone.revoked:
            self.receiver.tell("refused_unknown")
            return
        if not phone.runs(now):
            self.receiver.tell("refused_no_order")
            return
        ms = int(now.timestamp() * 1000)
        if len(body) > LARGEST:
            self.receiver.tell("dead_too_many")
            return
        if way == "door":
            # A state that the broker remembered is of before; only a change is an event.
            if not retained:
                await self.receiver.keep(phone, body, now, lambda at: doors.read(body, ms), "door")
            return
        await self.receiver.keep(phone, body, now, lambda at: owntracks.read(body, ms))
        for told in self.receiver.commands(phone, "", now):
            self.client.publish(f"{way}/{name}/{rest[0]}/cmd", json.dumps(told), qos=1)

    async def _accounts(self) -> None:
        while True:
            try:
                self.files.accounts(self.own, await self.receiver.broker_accounts(datetime.now(UTC)))
            except AWAY:
                log.warning("accounts: database away")
            await asyncio.sleep(ACCOUNTS_EVERY_S)
