"""Phones for fault tests and the bench: orders and devices laid into a house's database, and messages as OwnTracks posts them."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
import psycopg

AREA = "330324101000"


def lay_out(dsn: str, phones: int, name: str = "B") -> list[str]:
    """Running orders and their phones, as the superuser of a test's own house; the phones' tokens."""
    now = datetime.now(UTC)
    tokens = [f"{name}-token-{number}" for number in range(phones)]
    with psycopg.connect(dsn) as connection:
        for number, token in enumerate(tokens):
            order = uuid.uuid4()
            connection.execute(
                "INSERT INTO orders_isolationorder (id, area_code, number, record_id, kind, reason, legal_basis, rule_version,"
                " origin_kind, page_digest, page_version, made_at, open_until, watch, synthetic)"
                " VALUES (%s, %s, %s, %s, 'home', '', '', '', '', %s, 1, %s, %s, 'position', false)",
                [order, AREA, f"{name}{number}", uuid.uuid4(), order.bytes, now, now + timedelta(days=14)],
            )
            connection.execute(
                "INSERT INTO orders_orderdevice (id, area_code, order_id, label, model, token_digest, made_at, valid_from,"
                " valid_until, ask_fix, broker_hash) VALUES (%s, %s, %s, '', '', %s, %s, %s, %s, false, '')",
                [uuid.uuid4(), AREA, order, hashlib.sha256(token.encode()).digest(), now, now - timedelta(days=1),
                 now + timedelta(days=14)],
            )  # fmt: skip
    return tokens


def location(tst: float, lat: float = 28.15, lon: float = 120.69) -> bytes:
    return json.dumps({
        "_type": "location", "acc": 12, "alt": 12, "batt": 77, "bs": 1, "conn": "m", "m": 1, "t": "u", "tid": "nx", "vac": 3,
        "tst": tst, "created_at": int(tst), "topic": "owntracks/x/y", "lat": lat, "lon": lon,
    }).encode()  # fmt: skip


def basic(token: str) -> str:
    return "Basic " + base64.b64encode(b"order:" + token.encode()).decode()


@dataclass
class Sender:
    """A phone in a pocket: posts a new position all the time, and each again until it is acknowledged."""

    url: str
    token: str
    began: float
    stop: threading.Event
    #: Milliseconds of the fixes that were answered 200, and how often it was told to come again or heard nothing.
    acknowledged: list[int] = field(default_factory=list)
    refused: int = 0
    unheard: int = 0
    #: Answers that no phone may get: it would give the position up.
    wrong: list[str] = field(default_factory=list)

    def run(self) -> None:
        number = 0
        with httpx.Client(timeout=10) as client:
            while not self.stop.is_set():
                tst = self.began - 3600 + number
                while not self.stop.is_set():
                    try:
                        answer = client.post(self.url, content=location(tst), headers={"authorization": basic(self.token)})
                    except httpx.TransportError:
                        self.unheard += 1
                        time.sleep(0.05)
                        continue
                    if answer.status_code == 200:
                        self.acknowledged.append(int(tst * 1000))
                        break
                    if answer.status_code != 503 or not answer.headers.get("retry-after"):
                        self.wrong.append(f"{answer.status_code} {answer.text[:200]}")
                        return
                    self.refused += 1
                    time.sleep(0.05)
                number += 1


class Crowd:
    """Several phones at once, until the block ends."""

    def __init__(self, url: str, tokens: list[str]) -> None:
        self.stop = threading.Event()
        self.senders = [Sender(url, token, float(int(time.time())), self.stop) for token in tokens]
        self.threads = [threading.Thread(target=sender.run) for sender in self.senders]

    @property
    def acknowledged(self) -> int:
        return sum(len(sender.acknowledged) for sender in self.senders)

    def __enter__(self) -> Crowd:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *nothing: object) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join()
        wrong = [said for sender in self.senders for said in sender.wrong]
        assert not wrong, wrong
