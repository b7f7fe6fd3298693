"""The officers whom nobody plays: grid workers do their tasks slowly, and alerts that nobody took up are answered after a while.

An alert that somebody acknowledged belongs to that person; the first walk-outs are left to whoever watches for longer.
"""

from __future__ import annotations

import random
import re
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlparse

from nanxi.rehearsal.life import SHANGHAI
from nanxi.rehearsal.play.browser import Form, Page, Puzzled
from nanxi.rehearsal.play.company import tell
from nanxi.rehearsal.play.files import CountyFiles, duty_officer
from nanxi.rehearsal.play.memory import Memory
from nanxi.rehearsal.play.office import Office
from nanxi.rehearsal.play.orders import ORDER, Town
from nanxi.rehearsal.play.pace import Pace

#: Seconds between two tasks done in the whole county.
TASK_GAP_S = 14.0
LOOK_EVERY_S = 20.0
#: Seconds an order that somebody issued waits for that somebody to serve it, too.
SERVED_AFTER_S = 240.0
TASK = re.compile(r"/tasks/[0-9a-f-]{36}/$")
#: Seconds an alert is left to whoever watches: the first ones longer, so that a newcomer can try them.
LEFT_ALONE_S, FIRST_LEFT_ALONE_S, FIRST_ALERTS = 360.0, 720.0, 3
#: After a visit was sent, the person is given this long to be home again before the alert is closed.
COMES_HOME_S = 420.0
#: What a visit finds, by the results that its form offers: the first offered one of a drawn row counts.
FINDINGS = (
    (0.86, ("found", "met", "served", "well", "returned", "answered", "same")),
    (0.06, ("not_here", "absent", "no_answer")),
    (0.05, ("already_left", "absent", "no_answer")),
    (0.03, ("wrong_person", "refused", "no_answer")),
)
REMARKS = {
    "not_here": "家中无人，邻居称已外出务工。",
    "wrong_person": "同名不同人，已当面核对。",
    "refused": "本人不配合，已说明后果。",
    "symptoms": "低热，已转卫生院。",
}


class Staff:
    """Officers of towns and villages."""

    def __init__(self, office: Office, files: CountyFiles, memory: Memory, pace: Pace, town: Town) -> None:
        self.office, self.files, self.memory, self.pace, self.town = office, files, memory, pace, town
        self.rng = random.Random(f"staff {files.plan['seed']}")
        self.seen_at: dict[str, float] = {}
        self.workers = _by_village(files)

    def run_alerts(self) -> None:
        while True:
            self.look_at_alerts()
            self.pace.wait(LOOK_EVERY_S)

    def run_tasks(self) -> None:
        desks = {unit["areas"][0]: duty_officer(unit["areas"][0], 2) for unit in self.files.officers("town")}
        desks[self.files.county["county"]["code"]] = "hq-desk-2"
        while True:
            done = 0
            for area in self.rng.sample(list(desks), len(desks)):
                done += self.do_a_task(area, desks[area])
            if not done:
                self.pace.wait(60.0)

    # -- alerts

    def look_at_alerts(self) -> None:
        """What headquarters' list shows; each alert is answered by its own town."""
        page = self._alerts()
        now = time.time()
        for address in dict.fromkeys(
            urlparse(href).path for href, _ in page.links if re.search(r"/alerts/[0-9a-f-]{36}/$", href)
        ):
            name = f"alert:{address.split('/')[-2]}"
            known = self.memory.get(name) or self.memory.keep(name, {"seen": now})
            nth = len(self.memory.named("alert:"))
            patience = FIRST_LEFT_ALONE_S if nth <= FIRST_ALERTS else LEFT_ALONE_S
            if now - known["seen"] >= patience and known.get("next", 0) <= now and not known.get("left"):
                self._answer(address, name, known)

    def _alerts(self) -> Page:
        """The list of headquarters; notes of the last shift are read first, as the desk asks."""
        officer = self.office.officer("hq-desk-2")
        page = officer.get("/desk/alerts/")
        if "/shift/" in page.url:
            for form in [form for form in page.forms if form.action.endswith("/read/")]:
                page.send(form)
            page = officer.get("/desk/alerts/")
        return page

    def _answer(self, address: str, name: str, known: dict[str, Any]) -> None:
        """The next step: acknowledge, call, send somebody, close. One step a look."""
        page = self._page_of(address, known)
        key = self.memory.key(f"{name}:{known.get('step', 'ack')}")
        acknowledge = _form(page, "/ack/")
        if "step" not in known:
            if acknowledge is None:
                # Somebody took it up.
                self.memory.keep(name, {**known, "left": True})
                return
            page.send(acknowledge, key=key)
            self._next(name, known, "call", 30.0)
        elif known["step"] == "call":
            form = page.form("result", action="/call/")
            result = self.rng.choice(("coming_back", "no_answer", "coming_back", "refuses"))
            page.send(form, {"result": result}, key=key)
            self._next(
                name, known, "close" if result == "coming_back" else "send", COMES_HOME_S if result == "coming_back" else 45.0
            )
        elif known["step"] == "send":
            form = _form(page, "/send/")
            if form is not None and form.fields.get("officer") and form.fields["officer"].choices:
                choices = [value for value, _ in form.fields["officer"].choices if value]
                page.send(form, {"officer": choices[0]}, key=key)
            self._next(name, known, "close", COMES_HOME_S)
        else:
            form = page.form("disposition", "measure", action="/close/")
            closed = page.send(form, self._ending(page), key=key)
            tell("duty officer", "an alert nobody took up was answered and closed")
            self.memory.keep(name, {**known, "left": True, "closed": urlparse(closed.url).path})

    def _page_of(self, address: str, known: dict[str, Any]) -> Page:
        """The alert's page as the town's duty officer sees it."""
        if "officer" not in known:
            shown = self.office.officer("hq-desk-2").get(address)
            known["officer"] = next(
                (duty_officer(unit["areas"][0]) for unit in self.files.officers("town") if unit["name"] in shown.text),
                "hq-desk-2",
            )
        return self.office.officer(known["officer"]).get(address)

    def _next(self, name: str, known: dict[str, Any], step: str, after_s: float) -> None:
        self.memory.keep(name, {**known, "step": step, "next": time.time() + after_s})

    def _ending(self, page: Page) -> dict[str, str]:
        """What it was and what was done; of a walk also where, as the person says."""
        if "离开" not in page.text and "outside" not in page.text:
            return {"disposition": "phone_fault", "measure": "device_fixed"}
        start, end = (datetime.fromtimestamp(time.time() - ago, UTC).astimezone(SHANGHAI) for ago in (1500, 900))
        place = {"place_1": "村口小超市", "from_1": f"{start:%Y-%m-%dT%H:%M}", "to_1": f"{end:%Y-%m-%dT%H:%M}"}
        return {"disposition": "violation", "measure": "returned", **place}

    # -- tasks

    def do_a_task(self, area: str, desk: str) -> int:
        """One open task of a town, by the grid worker of its village, else by the desk itself by phone."""
        duty = self.office.officer(desk)
        page = duty.get("/desk/tasks/", {"holder": "unit"} if desk.startswith("hq") else None)
        for address in dict.fromkeys(urlparse(href).path for href, _ in page.links if TASK.search(href)):
            if f"task:{address.split('/')[-2]}" not in self.memory:
                done = self._do(area, address, duty.get(address))
                if done:
                    return done
        return 0

    def _do(self, area: str, address: str, page: Page) -> int:
        number = address.split("/")[-2]
        order = ORDER.search(page.html)
        if order is not None:
            return self._serve(order[0], number)
        form = _form(page, "/close/")
        if form is None or "result" not in form.fields:
            self.memory.keep(f"task:{number}", "not ours")
            return 0
        result = self._finding([value for value, _ in form.fields["result"].choices])
        worker = next((name for (code, village), name in self.workers.items() if code == area and village in page.text), "")
        key = self.memory.key(f"task:{number}")
        if not worker or not self._visit(worker, number, result, key):
            page.send(form, {"result": result, "note": REMARKS.get(result, "")}, key=key)
        self.memory.keep(f"task:{number}", result)
        self.pace.wait(self.rng.expovariate(1 / TASK_GAP_S))
        return 1

    def _serve(self, order: str, number: str) -> int:
        """An order that somebody issued by hand is served by its town after a while, and its phone set up."""
        first = self.seen_at.setdefault(number, time.time())
        if self.town.is_ours(order) or time.time() - first < SERVED_AFTER_S:
            return 0
        self.town.carry_out(order, f"order:{order.split('/')[-2][-12:]}")
        self.memory.keep(f"task:{number}", "served")
        return 1

    def _visit(self, worker: str, number: str, result: str, key: str) -> bool:
        """At the door, with the phone; False when the task is not on this worker's phone."""
        officer = self.office.officer(worker)
        try:
            page = officer.get(f"/field/tasks/{number}/")
            form = page.form("result")
        except Puzzled:
            return False
        page.send(form, {"result": result, "note": REMARKS.get(result, "")}, key=key)
        return True

    def _finding(self, offered: list[str]) -> str:
        draw = self.rng.random()
        for share, words in FINDINGS:
            if draw < share:
                found = [word for word in words if word in offered]
                if found:
                    return found[0]
            draw -= share
        return offered[0]


def _form(page: Page, action: str) -> Form | None:
    return next((form for form in page.forms if action in form.action), None)


def _by_village(files: CountyFiles) -> dict[tuple[str, str], str]:
    """(town code, village name) → its grid worker."""
    names = {area["code"]: area["name"] for area in files.county["areas"]}
    return {
        (f"{unit['areas'][0][:9]}000", names[unit["areas"][0]]): unit["officers"][0]["username"]
        for unit in files.officers("community")
    }
