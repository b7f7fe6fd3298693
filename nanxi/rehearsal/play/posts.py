"""Checkpoints: each post's terminal is bound once by its town, then logs who passes, over the public interface."""

from __future__ import annotations

import random

from nanxi.rehearsal.play.company import tell
from nanxi.rehearsal.play.files import CountyFiles
from nanxi.rehearsal.play.memory import Memory
from nanxi.rehearsal.play.office import Office
from nanxi.rehearsal.play.pace import Pace
from nanxi.rehearsal.play.terminals import Terminals, now

#: Mean seconds between two passages in the whole county.
MEAN_GAP_S = 6.0
API = "/field/api/v1/passages"


class Posts:
    """All posts of the county."""

    def __init__(self, office: Office, files: CountyFiles, memory: Memory, pace: Pace) -> None:
        self.files, self.memory, self.pace = files, memory, pace
        self.terminals = Terminals(office, memory, pace)
        self.rng = random.Random(f"posts {files.plan['seed']}")
        self.units = files.officers("post")

    def run(self) -> None:
        tokens = {unit["name"]: self.terminals.token(unit, "卡点终端") for unit in self.units}
        rows = [row for row in self.files.passages if row["post"] in tokens]
        number = int(self.memory.get("passages", 0))
        while rows:
            row = rows[number % len(rows)]
            self.log(tokens[row["post"]], row, number)
            number += 1
            self.memory.keep("passages", number)
            self.pace.wait(self.rng.expovariate(1 / MEAN_GAP_S))

    def log(self, token: str, row: dict[str, str], number: int) -> None:
        """One passage, now; a refused row is passed over as a person would."""
        passage = {
            "at": now().isoformat(timespec="seconds"),
            "way": "in" if number % 2 else "out",
            "id_no": row["id_no"],
            "name": row["name"],
            "plate": row["plate"],
            "temperature_c": float(row["temperature"]),
        }
        answer = self.terminals.send(API, passage, token, self.memory.key(f"passage:{number}"))
        if answer.status_code >= 400:
            tell("post", f"a passage was not taken (answer {answer.status_code})")
