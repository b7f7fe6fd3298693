"""Checkpoints: each post's terminal is bound once by its town, then logs who passes, over the public interface."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlparse

import httpx

from nanxi.rehearsal.life import SHANGHAI
from nanxi.rehearsal.play.browser import Officer, Page, Puzzled
from nanxi.rehearsal.play.company import tell
from nanxi.rehearsal.play.files import CountyFiles, duty_officer
from nanxi.rehearsal.play.memory import Memory
from nanxi.rehearsal.play.office import Office
from nanxi.rehearsal.play.pace import Pace

#: Mean seconds between two passages in the whole county.
MEAN_GAP_S = 6.0
API = "/field/api/v1/passages"
PIN = "271828"
COOKIE = "nanxi_device"


class Posts:
    """All posts of the county."""

    def __init__(self, office: Office, files: CountyFiles, memory: Memory, pace: Pace) -> None:
        self.office, self.files, self.memory, self.pace = office, files, memory, pace
        self.http = httpx.Client(base_url=office.url, timeout=20.0)
        self.rng = random.Random(f"posts {files.plan['seed']}")
        self.units = files.officers("post")

    def run(self) -> None:
        tokens = {unit["name"]: self.token(unit) for unit in self.units}
        rows = [row for row in self.files.passages if row["post"] in tokens]
        number = int(self.memory.get("passages", 0))
        while rows:
            row = rows[number % len(rows)]
            self.log(tokens[row["post"]], row, number)
            number += 1
            self.memory.keep("passages", number)
            self.pace.wait(self.rng.expovariate(1 / MEAN_GAP_S))

    def token(self, unit: dict[str, Any]) -> str:
        """The token of the post's terminal; bound by the town's duty officer when it has none yet."""
        staff = unit["officers"][0]
        step = f"bound:{staff['username']}"
        if step in self.memory:
            return self.memory.get(step)
        town = self.office.officer(duty_officer(unit["areas"][0]))
        # No key of our own: a repeated offer could not show its one-time code again, a second one does no harm.
        page = town.get("/devices/")
        form = page.form("user", "label")
        offered = page.send(form, {"user": _choice(form.fields["user"].choices, staff["display_name"]), "label": "卡点终端"})
        return self.memory.keep(step, self._bind(_code(offered)))

    def _bind(self, code: str) -> str:
        """What the terminal does with the scanned code."""
        terminal = Officer(self.office.url, "terminal", self.pace)
        page = terminal.get("/bind/", {"code": code})
        page.send(page.form("pin", "code"), {"pin": PIN})
        token = terminal.http.cookies.get(COOKIE)
        if not token:
            raise Puzzled("/bind/: the terminal was not bound.")
        return token

    def log(self, token: str, row: dict[str, str], number: int) -> None:
        """One passage, now. A post whose line is down keeps trying; a refused row is passed over as a person would."""
        passage = {
            "at": datetime.fromtimestamp(time.time(), UTC).astimezone(SHANGHAI).isoformat(timespec="seconds"),
            "way": "in" if number % 2 else "out",
            "id_no": row["id_no"],
            "name": row["name"],
            "plate": row["plate"],
            "temperature_c": float(row["temperature"]),
        }
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": self.memory.key(f"passage:{number}")}
        while True:
            self.pace.turn()
            try:
                answer = self.http.post("/field/api/v1/passages", json=passage, headers=headers)
            except httpx.TransportError:
                answer = None
            if answer is not None and answer.status_code not in {502, 503, 504}:
                if answer.status_code >= 400:
                    tell("post", f"a passage was not taken (answer {answer.status_code})")
                return
            self.pace.wait(5.0)


def _choice(choices: list[tuple[str, str]], name: str) -> str:
    found = [value for value, shown in choices if name in shown]
    if not found:
        raise Puzzled(f"/devices/: {name} cannot be chosen.")
    return found[0]


def _code(page: Page) -> str:
    return parse_qs(urlparse(page.link("code=")).query)["code"][0]
