"""Phones of people under an order: they report to the public endpoint as OwnTracks does, with the noise of real phones.

A phone is at home but for its walks. What it measures is a function of its own seed and the time, so that a restart
goes on with the same walks; what it could not send it keeps and sends later.
"""

from __future__ import annotations

import json
import threading
import time
import zlib
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import httpx
import numpy as np

from nanxi.rehearsal.noise import Noise
from nanxi.rehearsal.play.pace import Pace
from nanxi.rehearsal.tracks import Fixes, Walk, measure, message

#: A new phone reports a few times at once, as the app does when it is set up.
FIRST_S = (0.0, 15.0, 30.0, 45.0)
EVERY_S = 60.0
#: Asked for a fresh fix, a phone needs this long to measure one.
ASKED_S = 10.0
#: Fixes made at once; the noise is correlated inside a block.
BLOCK = 360
#: A phone's own store; the oldest are lost, as on a real one.
KEPT = 1500
#: The endpoint's answers after which a phone stops: not registered, no order any more.
OVER = {401, 410}


@dataclass
class Phone:
    """One phone: device name, token, home (lon, lat WGS-84), and whose it is."""

    device: str
    token: str
    home: tuple[float, float]
    id_no: str
    since: float
    walks: list[dict[str, float]] = field(default_factory=list)
    #: Next report, epoch seconds.
    due: float = 0.0
    sent: int = 0
    #: Metres of the last fix's accuracy, as the phone claims it.
    accuracy: float = 999.0
    over: bool = False
    waiting: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=KEPT))
    _block: tuple[int, Fixes] | None = None

    def measured(self, at: float, noise: Noise) -> dict[str, Any] | None:
        """The OwnTracks message of one moment; None when the fix was lost."""
        number = int((at - self.since) // (BLOCK * EVERY_S))
        begin = self.since + number * BLOCK * EVERY_S
        if self._block is None or self._block[0] != number:
            rng = np.random.Generator(np.random.PCG64([zlib.crc32(self.device.encode()), number]))
            self._block = number, measure(rng, noise, np.arange(0.0, BLOCK * EVERY_S, EVERY_S), None)
        fixes = self._block[1]
        row = int((at - begin) // EVERY_S)
        if not fixes.kept[row]:
            return None
        east, north = fixes.east.copy(), fixes.north.copy()
        away, bearing = self.away(at)
        east[row] += away * np.cos(bearing)
        north[row] += away * np.sin(bearing)
        second = np.full(BLOCK, at - begin)
        said = message(
            self.device, self.home, int(begin), Fixes(second, east, north, fixes.accuracy, fixes.kept), row, 90 - row // 6
        )
        return {**said, "created_at": int(at)}

    def away(self, at: float) -> tuple[float, float]:
        """Metres from the door and the bearing, now."""
        for facts in self.walks:
            metres = float(Walk(**facts).offset(np.array([at]))[0])
            if metres > 0:
                return metres, facts["bearing"]
        return 0.0, 0.0

    @property
    def out(self) -> bool:
        """Whether the person is away, or will be soon."""
        return any(facts["leaves"] + facts["away_s"] > time.time() for facts in self.walks)


class Phones:
    """All phones of the county in one loop."""

    def __init__(self, ingest: str, noise: Noise, pace: Pace) -> None:
        self.noise, self.pace = noise, pace
        self.http = httpx.Client(base_url=ingest, timeout=10.0)
        self._lock = threading.Lock()
        self._phones: dict[str, Phone] = {}

    def add(self, phone: Phone) -> None:
        with self._lock:
            self._phones[phone.device] = phone

    def all(self) -> list[Phone]:
        with self._lock:
            return [phone for phone in self._phones.values() if not phone.over]

    def run(self) -> None:
        while True:
            now = time.time()
            for phone in self.all():
                if max(phone.due, phone.since) <= now:
                    self.report(phone, now)
            self.pace.wait(0.5)

    def report(self, phone: Phone, now: float) -> None:
        """One report: what is measured now, and what waits from before."""
        said = phone.measured(now, self.noise)
        if said is not None:
            phone.waiting.append(said)
            phone.accuracy = float(said["acc"])
        phone.due = now + _gap(phone)
        phone.sent += 1
        while phone.waiting and not phone.over:
            asked = self._send(phone, phone.waiting[0])
            if asked is None:
                # The line is down or the desk is busy: keep it, come again soon.
                phone.due = now + 15.0
                return
            phone.waiting.popleft()
            if asked:
                phone.due = min(phone.due, now + ASKED_S)

    def _send(self, phone: Phone, said: dict[str, Any]) -> bool | None:
        """Whether a fresh fix was asked for; None when the message must be sent again."""
        self.pace.turn()
        try:
            answer = self.http.post("/pub", json=said, auth=(phone.device, phone.token))
        except httpx.TransportError:
            return None
        if answer.status_code in OVER:
            phone.over = True
            return False
        if answer.status_code >= 500:
            return None
        return any(one.get("action") == "reportLocation" for one in _commands(answer))


def _commands(answer: httpx.Response) -> list[dict[str, Any]]:
    try:
        said = json.loads(answer.text)
    except ValueError:
        return []
    return [one for one in said if isinstance(one, dict)] if isinstance(said, list) else []


def _gap(phone: Phone) -> float:
    return FIRST_S[phone.sent + 1] - FIRST_S[phone.sent] if phone.sent + 1 < len(FIRST_S) else EVERY_S
