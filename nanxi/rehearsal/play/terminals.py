"""Terminals of posts, venues and vehicles: each is bound once by its town with a code and a PIN, as a phone at a door is."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlparse

import httpx

from nanxi.rehearsal.life import SHANGHAI
from nanxi.rehearsal.play.browser import Officer, Page, Puzzled
from nanxi.rehearsal.play.files import duty_officer
from nanxi.rehearsal.play.memory import Memory
from nanxi.rehearsal.play.office import Office
from nanxi.rehearsal.play.pace import Pace

PIN = "271828"
COOKIE = "nanxi_device"
#: Seconds before a terminal whose line is down tries again.
AGAIN_S = 5.0


class Terminals:
    """Tokens of bound terminals, and what they send."""

    def __init__(self, office: Office, memory: Memory, pace: Pace) -> None:
        self.office, self.memory, self.pace = office, memory, pace
        self.http = httpx.Client(base_url=office.url, timeout=60.0)

    def token(self, unit: dict[str, Any], label: str) -> str:
        """The token of a unit's terminal; bound by the town's duty officer when it has none yet."""
        staff = unit["officers"][0]
        step = f"bound:{staff['username']}"
        if step in self.memory:
            return self.memory.get(step)
        town = self.office.officer(duty_officer(unit["areas"][0]))
        # No key of our own: a repeated offer could not show its one-time code again, a second one does no harm.
        page = town.get("/devices/")
        form = page.form("user", "label")
        offered = page.send(form, {"user": _choice(form.fields["user"].choices, staff["display_name"]), "label": label})
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

    def send(self, path: str, content: Any, token: str, key: str = "") -> httpx.Response:
        """One message; a terminal whose line is down keeps trying."""
        headers = {"Authorization": f"Bearer {token}", **({"Idempotency-Key": key} if key else {})}
        while True:
            self.pace.turn()
            try:
                answer = self.http.post(path, json=content, headers=headers)
            except httpx.TransportError:
                answer = None
            if answer is not None and answer.status_code not in {502, 503, 504}:
                return answer
            self.pace.wait(AGAIN_S)


def now() -> datetime:
    """The county's time, as a terminal's clock shows it."""
    return datetime.fromtimestamp(time.time(), UTC).astimezone(SHANGHAI)


def _choice(choices: list[tuple[str, str]], name: str) -> str:
    found = [value for value, shown in choices if name in shown]
    if not found:
        raise Puzzled(f"/devices/: {name} cannot be chosen.")
    return found[0]


def _code(page: Page) -> str:
    return parse_qs(urlparse(page.link("code=")).query)["code"][0]
