"""The county's clients as a whole: what happens first, what begins when the desk is open, and the order of its cases."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from nanxi.rehearsal.life import SHANGHAI
from nanxi.rehearsal.noise import Noise
from nanxi.rehearsal.play.browser import Puzzled
from nanxi.rehearsal.play.cases import Hospital
from nanxi.rehearsal.play.company import Company, tell
from nanxi.rehearsal.play.files import CountyFiles, town_of
from nanxi.rehearsal.play.intake import Intake
from nanxi.rehearsal.play.lists import Senders
from nanxi.rehearsal.play.memory import Memory
from nanxi.rehearsal.play.office import Office, found_county
from nanxi.rehearsal.play.orders import Town
from nanxi.rehearsal.play.pace import Pace
from nanxi.rehearsal.play.phones import Phones
from nanxi.rehearsal.play.posts import Posts
from nanxi.rehearsal.play.rosters import Rosters
from nanxi.rehearsal.play.staff import Staff
from nanxi.rehearsal.play.stays import Operators
from nanxi.rehearsal.play.walks import Walks

#: Seconds between two cases once the first is through; a county of this size confirmed a handful a day.
CASE_GAP_S = 420.0
#: Orders that are served for one case; more would be a story of phones alone.
ORDERS_A_CASE = 6
#: The first case has family who met it this lately: their observation is far from over.
LATELY = timedelta(days=6)


class Clients:
    """All clients of one rehearsal."""

    def __init__(self, url: str, ingest: str, folder: Path, pace: Pace) -> None:
        self.files = CountyFiles(folder)
        self.url, self.pace = url, pace
        self.memory = Memory(folder / "played.json")
        self.office = Office(url, pace)
        self.intake = Intake(self.office, self.files, self.memory, pace)
        self.operators = Operators(self.office, self.files, self.memory, pace)
        self.hospital = Hospital(self.office, self.memory, pace, self.operators)
        self.phones = Phones(ingest, Noise(self.files.plan["noise"]), pace)
        self.town = Town(self.office, self.files, self.memory, pace, self.phones)

    def open(self, company: Company) -> None:
        """Found the county, take in the first town, then let everybody begin."""
        if found_county(self.url, self.files, self.memory, self.pace):
            tell("county", "founded")
        cases = self.cases()
        books = self.intake.in_order([town_of(case["area"]) for case in cases])
        self.intake.take_in(books[0])
        tell("county", f"the desk is open: {books[0]['name']} is in the register")
        self.town.wake_phones()
        seed = int(self.files.plan["seed"])
        walks = Walks(self.phones, self.memory, self.pace, self.files.folder / "truth" / "played.csv", seed)
        senders = Senders(self.office, self.files, self.memory, self.pace, self.intake)
        staff = Staff(self.office, self.files, self.memory, self.pace, self.town)
        for name, part in (
            ("intake", lambda: self.intake.take_in_all(books)),
            ("phones", self.phones.run),
            ("walks", walks.run),
            ("posts", Posts(self.office, self.files, self.memory, self.pace).run),
            ("check-ins", self.operators.run),
            ("story", lambda: self.tell_story(cases)),
            ("lists", senders.run),
            ("rosters", Rosters(self.office, self.files, self.memory, self.pace).run),
            ("alerts", staff.run_alerts),
            ("tasks", staff.run_tasks),
        ):
            company.start(name, part)

    def cases(self) -> list[dict[str, Any]]:
        """The county's cases in the order in which the desk hears of them: the youngest ones with a family first, beginning
        in a small town, whose register is in soonest."""
        rows = {book["town"]: 0 for book in self.files.register}
        for book in self.files.register:
            rows[book["town"]] += book["rows"]
        newest = sorted(self.files.cases, key=lambda case: case["confirmed_at"], reverse=True)
        lately = datetime.fromisoformat(newest[0]["confirmed_at"]) - LATELY if newest else None
        recent = [case for case in newest if lately and _last_met(case) >= lately] or newest
        first = min(recent, key=lambda case: rows[town_of(case["area"])], default=None)
        return sorted(newest, key=lambda case: case is not first)

    def tell_story(self, cases: list[Mapping[str, Any]]) -> None:
        """Case after case; what was done before a restart is passed over at once."""
        for case in cases:
            step = f"story:{case['accession']}"
            if step in self.memory:
                continue
            self.intake.wait_for(town_of(case["area"]))
            try:
                address = self.hospital.bring(case)
                self.town.isolate(case, address, at_most=ORDERS_A_CASE)
            except Puzzled:
                if not self.memory.gave_up(step):
                    raise
            self.memory.keep(step)
            self.pace.wait(CASE_GAP_S)


def _last_met(case: Mapping[str, Any]) -> datetime:
    """When somebody of the family last met the case; long ago when there is none."""
    met = [datetime.fromisoformat(one["last_met"]) for one in case["contacts"] if one["relation"] == "home"]
    return max(met, default=datetime.min.replace(tzinfo=SHANGHAI))
