"""Who sends lists: headquarters takes in directives with a workbook, triages and answers them; villages hand in their own."""

from __future__ import annotations

import contextlib
import random
import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlparse

from nanxi.rehearsal.life import SHANGHAI
from nanxi.rehearsal.play.browser import Declined, Officer, Page, Puzzled
from nanxi.rehearsal.play.company import tell
from nanxi.rehearsal.play.files import CountyFiles
from nanxi.rehearsal.play.intake import WORKBOOK, Intake
from nanxi.rehearsal.play.memory import Memory
from nanxi.rehearsal.play.office import Office
from nanxi.rehearsal.play.pace import Pace

#: Seconds until the first list, to the second, and between later ones.
FIRST_S, SECOND_S, MEAN_GAP_S = 20.0, 60.0, 300.0
ANSWER = "名单已逐人核查完毕，结果见附表。"
#: A superior gives a day, an urgent list half of it.
DUE = timedelta(hours=24)
#: Of a village's list, its own town is the sender: no directive, straight to the intake.
OF_VILLAGES = "village"


class Senders:
    """All lists of the county, one after the other."""

    def __init__(self, office: Office, files: CountyFiles, memory: Memory, pace: Pace, intake: Intake) -> None:
        self.office, self.files, self.memory, self.pace, self.intake = office, files, memory, pace, intake
        self.rng = random.Random(f"lists {files.plan['seed']}")

    def run(self) -> None:
        self.pace.wait(FIRST_S)
        for number, entry in enumerate(self.files.lists):
            step = f"list:{entry['file']}"
            if step in self.memory:
                continue
            try:
                self.send(entry, step)
            except Puzzled:
                if not self.memory.gave_up(step):
                    raise
            self.memory.keep(step)
            self.answer_ready()
            self.pace.wait(self.rng.uniform(0.6, 1.4) * MEAN_GAP_S if number else SECOND_S)
        while True:
            self.answer_ready()
            self.pace.wait(MEAN_GAP_S)

    def answer_ready(self) -> None:
        """Whoever sent a list gets an answer when all its checks are done."""
        officer = self.office.officer("hq-desk-2")
        for step, address in self.memory.named("list:").items():
            if not step.endswith(":page") or f"{step}:answered" in self.memory:
                continue
            page = officer.get(f"{address}answer/")
            done = re.search(r'<progress max="(\d+)" value="(\d+)"', page.html)
            form = next((form for form in page.forms if "without_reason" in form.fields), None)
            if form is None:
                # Somebody answered it, or the sender took it back.
                self.memory.keep(f"{step}:answered", "not by us")
            elif done and done[1] == done[2]:
                page.send(form, {"text": ANSWER}, key=self.memory.key(f"{step}:answer"))
                self.memory.keep(f"{step}:answered")
                tell("headquarters", "a list is checked through and answered")

    def send(self, entry: dict[str, Any], step: str) -> None:
        earlier = f"list:{entry.get('corrects', '')}"
        if "again" in entry:
            self.send_again(entry, step)
        elif f"{earlier}:page" in self.memory:
            self.intake.correct(self.memory.get(f"{earlier}:page"), self._book(entry), step)
            tell("headquarters", f"the corrected list {entry['file']} takes the place of the earlier one")
        elif entry["kind"] == OF_VILLAGES:
            self.intake.hand_in(self._book(entry), entry["sender"], step)
            tell("village", f"handed in {entry['file']}")
        else:
            self.direct(entry, step)

    def send_again(self, entry: dict[str, Any], step: str) -> None:
        """Somebody sends a list a second time; the desk shows the first one, or says that it has it."""
        officer = self.office.officer("hq-desk-1")
        with contextlib.suppress(Declined):
            self.intake.upload(officer, self._book(entry), entry["sender"], step)
        tell("headquarters", f"{entry['file']} came a second time; the desk knows it")

    def direct(self, entry: dict[str, Any], step: str) -> None:
        """A directive with a list: received, looked through, triaged. A file that the desk declines goes back to its sender."""
        officer = self.office.officer("hq-desk-1")
        try:
            address = self.memory.get(f"{step}:page") or self.memory.keep(f"{step}:page", self.receive(officer, entry, step))
        except Declined:
            tell("headquarters", f"{entry['file']} is declined; the desk says why, the sender is asked for another")
            return
        if f"{step}:committed" not in self.memory:
            self.intake.commit(officer, officer.get(address), step)
            self.memory.keep(f"{step}:committed")
        page = officer.get(address)
        form = page.form("priority", "deadline", action="/triage/")
        page.send(form, {"priority": "1" if entry["kind"] == "returnees" else "2"}, key=self.memory.key(f"{step}:triage"))
        tell("headquarters", f"directive with {entry['file']} received, looked through and triaged")

    def receive(self, officer: Officer, entry: dict[str, Any], step: str) -> str:
        """Take in the paper with its attachment; returns the address of its page."""
        page = officer.get("/desk/directives/new/")
        due = datetime.fromtimestamp(time.time(), UTC).astimezone(SHANGHAI) + DUE
        facts = {
            "number": entry["number"],
            "sender": entry["sender"],
            "deadline": due.strftime("%Y-%m-%dT%H:%M"),
            "text": f"{entry['title']}：请组织逐人核查，按时反馈。",
        }
        upload = {"file": (entry["file"], self._book(entry)[1], WORKBOOK)}
        kept = page.send(page.form("number", "sender", "file"), facts, upload, key=self.memory.key(f"{step}:received"))
        return directive_address(kept)

    def _book(self, entry: dict[str, Any]) -> tuple[str, bytes]:
        return entry["file"], (self.files.folder / "lists" / entry["file"]).read_bytes()


def directive_address(page: Page) -> str:
    found = re.match(r"/desk/directives/[0-9a-f-]{36}/", urlparse(page.url).path)
    if not found:
        raise Puzzled(f"/desk/directives/new/: the directive was not taken in. {page.text[-300:]}")
    return found[0]
