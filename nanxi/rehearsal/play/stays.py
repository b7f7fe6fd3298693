"""Operators of buses, markets, venues and firms' gates: they log who comes in now, and hand in the lists of a case's places and
days when the epidemiologist asks for them. Over the public interface, by a terminal of their own."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from nanxi.rehearsal.life import SHANGHAI
from nanxi.rehearsal.play.company import tell
from nanxi.rehearsal.play.files import CountyFiles, Seen
from nanxi.rehearsal.play.memory import Memory
from nanxi.rehearsal.play.office import Office
from nanxi.rehearsal.play.pace import Pace
from nanxi.rehearsal.play.terminals import Terminals, now

API = "/cases/api/v1/stays"
#: Lines of one message; the interface takes 500.
LINES = 200
#: Mean seconds between two check-ins in the whole county.
MEAN_GAP_S = 15.0
#: A list reaches so far before and after the time the case was there: whoever sat there already, and whoever came later.
AROUND = timedelta(hours=3)
#: Unit of an operator by what its lists say the source was.
SOURCES = {"bus": "bus-1", "market": "market-1", "venue": "venue-1", "gate": "gate-1"}


class Operators:
    """All operators of places that keep lists."""

    def __init__(self, office: Office, files: CountyFiles, memory: Memory, pace: Pace) -> None:
        self.files, self.memory, self.pace = files, memory, pace
        self.terminals = Terminals(office, memory, pace)
        self.rng = random.Random(f"stays {files.plan['seed']}")
        self.units = {unit["officers"][0]["username"]: unit for unit in files.officers("enterprise")}

    def run(self) -> None:
        """Somebody comes in somewhere, every now and then: those of the last day once more."""
        rows = [row for row in self.files.seen_on(int(self.files.plan["days"])) if row.source in SOURCES]
        number = int(self.memory.get("check-ins", 0))
        while rows:
            row = rows[number % len(rows)]
            at = now()
            self._send(row.source, [self._line(row, at, None, f"now:{number}")])
            number += 1
            self.memory.keep("check-ins", number)
            self.pace.wait(self.rng.expovariate(1 / MEAN_GAP_S))

    def ask(self, case: Mapping[str, Any]) -> int:
        """The lists of all places where a case was, by its memory and by its own scans; returns how many lines were kept."""
        kept = asked = 0
        for source, rows in self._lists(case).items():
            lines = [self._line(row, _at(row.t0), _at(row.t1) if row.t1 > row.t0 else None, "") for row in rows]
            asked += len(lines)
            for first in range(0, len(lines), LINES):
                kept += self._send(source, lines[first : first + LINES])
        tell("operators", f"lists of a case's places: {kept} of {asked} lines kept, strangers as well as known people")
        return kept

    def _lists(self, case: Mapping[str, Any]) -> dict[str, list[Seen]]:
        """Source → everybody seen at a place of the case around the time it was there."""
        told = [
            (stay["place"], datetime.fromisoformat(stay["from"]), datetime.fromisoformat(stay["until"]))
            for stay in case["itinerary"]
        ]
        found: dict[str, dict[tuple[str, str, int], Seen]] = {source: {} for source in SOURCES}
        for day in self._days(case):
            rows = [row for row in self.files.seen_on(day) if row.source in SOURCES]
            mine = [(row.place, _at(row.t0), _at(max(row.t0, row.t1))) for row in rows if row.entity == case["id_no"]]
            spans: dict[str, list[tuple[datetime, datetime]]] = {}
            for place, begin, end in (*told, *mine):
                spans.setdefault(place, []).append((begin - AROUND, end + AROUND))
            for row in rows:
                if any(begin <= _at(row.t0) <= end for begin, end in spans.get(row.place, ())):
                    found[row.source][row.entity, row.place, row.t0] = row
        return {source: list(rows.values()) for source, rows in found.items() if rows}

    def _days(self, case: Mapping[str, Any]) -> Iterator[int]:
        """Numbers of the days that the interview was about."""
        start = datetime.fromisoformat(self.files.plan["start"]).date()
        end = (datetime.fromisoformat(case["sampled_at"]).date() - start).days + 1
        froms = [datetime.fromisoformat(stay["from"]).date() for stay in case["itinerary"]]
        first = (min(froms) - start).days + 1 if froms else end
        yield from range(max(1, first), min(end, int(self.files.plan["days"])) + 1)

    def _line(self, row: Seen, at: datetime, until: datetime | None, key: str) -> dict[str, str]:
        # A key is no place for a number of a person's papers.
        whose = hashlib.sha256(f"{row.entity}|{row.place}|{row.t0}".encode()).hexdigest()[:20]
        line = {"key": key or whose, "at": at.isoformat(), "id_no": row.entity, "place": row.place}
        return {**line, "until": until.isoformat()} if until else line

    def _send(self, source: str, lines: Sequence[Mapping[str, str]]) -> int:
        token = self.terminals.token(self.units[SOURCES[source]], "场所终端")
        answer = self.terminals.send(
            API, {"stays": [{**line, "key": f"{self.memory.run}:{line['key']}"} for line in lines]}, token
        )
        if answer.status_code >= 400:
            tell("operators", f"a list of stays was not taken (answer {answer.status_code})")
            return 0
        return int(answer.json()["kept"])


def _at(second: int) -> datetime:
    return datetime.fromtimestamp(second, SHANGHAI)
