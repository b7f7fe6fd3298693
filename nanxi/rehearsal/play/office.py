"""The officers of the county, each with one browser session, opened when first needed; and the founding of their desk."""

from __future__ import annotations

import threading

import httpx

from nanxi.rehearsal.play.browser import PATIENCE_S, PAUSES_S, Officer
from nanxi.rehearsal.play.files import CountyFiles
from nanxi.rehearsal.play.memory import Memory
from nanxi.rehearsal.play.pace import Pace


class Office:
    """Officers by sign-in name."""

    def __init__(self, url: str, pace: Pace) -> None:
        self.url, self.pace = url, pace
        self._lock = threading.Lock()
        self._officers: dict[str, Officer] = {}

    def officer(self, username: str) -> Officer:
        """The officer, signed in."""
        with self._lock:
            known = self._officers.get(username)
        if known is None:
            known = Officer(self.url, username, self.pace)
            known.enter()
            with self._lock:
                known = self._officers.setdefault(username, known)
        return known


def wait_for_desk(url: str, pace: Pace) -> None:
    """Until the web server answers."""
    tries = 0
    while True:
        try:
            if httpx.get(f"{url}/healthz", timeout=5.0).status_code < 500:
                return
        except httpx.TransportError:
            pass
        pace.wait(PAUSES_S[min(tries, 2)])
        tries += 1


def found_county(url: str, files: CountyFiles, memory: Memory, pace: Pace) -> bool:
    """Hand the county to the desk; True when it was founded now. A desk that was founded before keeps what it has."""
    wait_for_desk(url, pace)
    with httpx.Client(base_url=url, timeout=2 * PATIENCE_S) as door:
        if door.get("/setup/").status_code == 404:
            # The first-run page is gone: the county exists.
            memory.keep("founded")
            return False
        headers = {"X-CSRFToken": door.cookies.get("csrftoken", ""), "Referer": f"{url}/setup/"}
        answer = door.post("/setup/rehearsal/", json=files.county, headers=headers)
    if answer.status_code not in {201, 204}:
        raise RuntimeError(
            f"The desk does not take the rehearsal's county (answer {answer.status_code}); start it with --rehearsal."
        )
    if answer.status_code == 201:
        # A new database: what an earlier one was told is not in it.
        memory.begin_anew()
    memory.keep("founded")
    return answer.status_code == 201
