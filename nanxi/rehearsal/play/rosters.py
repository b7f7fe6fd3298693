"""Who is on duty: each town and headquarters puts its first officer on the shift's roster and its second one as deputy."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from nanxi.rehearsal.life import SHANGHAI
from nanxi.rehearsal.play.files import CountyFiles
from nanxi.rehearsal.play.memory import Memory
from nanxi.rehearsal.play.office import Office
from nanxi.rehearsal.play.pace import Pace

PARTS = ("duty", "deputy")
#: No shift begins without a roster for longer than this.
LOOK_EVERY_S = 900.0
#: Hours of a shift, as the desk's form proposes it.
SHIFT_H = 12


class Rosters:
    """The rosters of all desks that alerts go to."""

    def __init__(self, office: Office, files: CountyFiles, memory: Memory, pace: Pace) -> None:
        self.office, self.files, self.memory, self.pace = office, files, memory, pace

    def run(self) -> None:
        while True:
            now = datetime.fromtimestamp(time.time(), UTC).astimezone(SHANGHAI)
            shift = f"{now:%Y-%m-%d}:{now.hour // SHIFT_H}"
            for unit in (*self.files.officers("headquarters"), *self.files.officers("town")):
                step = f"roster:{shift}:{unit['officers'][0]['username']}"
                if step not in self.memory:
                    self.keep(unit, step)
                    self.memory.keep(step)
                    # Nobody waits for it: the county's other work goes first.
                    self.pace.wait(2.0)
            self.pace.wait(LOOK_EVERY_S)

    def keep(self, unit: dict[str, Any], step: str) -> None:
        """The unit's own first officer enters both parts; times as the form proposes them."""
        officer = self.office.officer(unit["officers"][0]["username"])
        for part, one in zip(PARTS, unit["officers"], strict=False):
            page = officer.get("/desk/shift/")
            form = page.form("officer", "part", action="/duty/")
            chosen = next(value for value, shown in form.fields["officer"].choices if one["display_name"] in shown)
            page.send(form, {"officer": chosen, "part": part}, key=self.memory.key(f"{step}:{part}"))
