"""Who leaves home and when: the first within two minutes, then about one in ten minutes; written into the truth as it happens."""

from __future__ import annotations

import csv
import random
import time
from datetime import UTC, datetime
from pathlib import Path

from nanxi.rehearsal.life import SHANGHAI
from nanxi.rehearsal.play.memory import Memory
from nanxi.rehearsal.play.pace import Pace
from nanxi.rehearsal.play.phones import Phone, Phones
from nanxi.rehearsal.tracks import Walk

HEADER = ("id_no", "device", "left_at", "beyond_100m_at", "home_again_at", "metres")
#: Seconds after the start of the clients at which somebody may leave first, and between two departures after that.
FIRST_S, MEAN_GAP_S = 75.0, 600.0
#: A phone must have been seen at home before its person leaves, or there is nothing to leave from.
SETTLED_S = 50.0
#: Metres a second on foot and on an electric bicycle; the first one rides, so that whoever watches need not wait.
WALKS, RIDES = 1.3, 5.5
#: Nearer errands end before a fence can be sure of them; they would teach nobody anything.
LEAST_M = 800.0


class Walks:
    """Sends people out of their homes."""

    def __init__(self, phones: Phones, memory: Memory, pace: Pace, truth: Path, seed: int) -> None:
        self.phones, self.memory, self.pace, self.truth = phones, memory, pace, truth
        self.rng = random.Random(f"walks {seed} {len(memory.named('walk:'))}")

    def run(self) -> None:
        self.pace.wait(FIRST_S)
        first = True
        while True:
            phone = self._somebody(sure=first)
            if phone is None:
                self.pace.wait(3.0)
                continue
            self.leave(phone, speed=RIDES if first else WALKS)
            first = False
            self.pace.wait(self.rng.uniform(0.7, 1.3) * MEAN_GAP_S)

    def _somebody(self, *, sure: bool = False) -> Phone | None:
        """A grown person who is at home; `sure`: the one whose phone knows best where it is."""
        now = time.time()
        home = [
            phone
            for phone in self.phones.all()
            if not phone.out and phone.sent >= 3 and now - phone.since > SETTLED_S and _grown(phone.id_no, now)
        ]
        calm = [phone for phone in home if not phone.walks] or home
        if not calm:
            return None
        return min(calm, key=lambda phone: phone.accuracy) if sure else self.rng.choice(calm)

    def leave(self, phone: Phone, *, speed: float) -> Walk:
        """The person passes the door now; an errand of a quarter to half an hour."""
        metres = min(3000.0, max(LEAST_M, self.rng.lognormvariate(6.8, 0.5)))
        away = max(self.rng.uniform(900.0, 1800.0), 2.3 * metres / speed)
        walk = Walk(time.time(), away, metres, self.rng.uniform(0.0, 6.283), speed)
        facts = {name: getattr(walk, name) for name in ("leaves", "away_s", "metres", "bearing", "speed")}
        phone.walks.append(facts)
        number = len(self.memory.named("walk:")) + 1
        self.memory.keep(f"walk:{number}", {"device": phone.device, **facts})
        self._write(phone, walk)
        return walk

    def _write(self, phone: Phone, walk: Walk) -> None:
        fresh = not self.truth.exists()
        times = (_iso(second) for second in (walk.leaves, walk.beyond(100), walk.leaves + walk.away_s))
        with self.truth.open("a", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            if fresh:
                writer.writerow(HEADER)
            writer.writerow((phone.id_no, phone.device, *times, round(walk.metres)))


def _grown(id_no: str, now: float) -> bool:
    """Whether the birth year of an ID number is that of somebody who goes out alone; a passport tells none."""
    if len(id_no) != 18:
        return False
    year = datetime.fromtimestamp(now, UTC).year - int(id_no[6:10])
    return 14 <= year <= 85


def _iso(second: float) -> str:
    return datetime.fromtimestamp(second, UTC).astimezone(SHANGHAI).isoformat(timespec="seconds")
