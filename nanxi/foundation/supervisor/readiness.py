"""Waits until the house's doors answer: on a busy machine as long as it takes, and no longer than a child lives or works.

A slow start and a hanging one look the same from outside; the processor time of the child tells them apart.
"""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from nanxi.foundation.postgres.home import DeskError
from nanxi.foundation.supervisor.children import Child

#: How often the person at the terminal is told what is waited for.
SAY_EVERY_S = 30.0
#: A child that had less than this share of a processor for that long hangs: one of forty on two cores gets ten times as much.
HANGS_AFTER_S, LEAST_SHARE = 120.0, 0.004
LOOK_EVERY_S = 0.05

#: Host, port and path that answer 200 when a child is ready.
Door = tuple[str, int, str]


@dataclass
class _Watched:
    """One child whose door does not answer yet, and how much it had worked when it was last seen to get on."""

    child: Child
    door: Door
    since: float = field(default_factory=time.monotonic)
    worked_s: float = 0.0

    def __str__(self) -> str:
        worked = self.child.worked_s()
        return self.child.name + ("" if worked is None else f" ({worked:.1f} s of processor time)")

    def hangs(self, now: float, after_s: float) -> bool:
        if now - self.since < after_s:
            return False
        worked = self.child.worked_s()
        if worked is not None and worked - self.worked_s < LEAST_SHARE * after_s:
            return True
        self.since, self.worked_s = now, worked or 0.0
        return False


def wait_for(
    doors: Mapping[str, Door], children: Sequence[Child], say: Callable[[str], None], *,
    say_every_s: float = SAY_EVERY_S, hangs_after_s: float = HANGS_AFTER_S,
) -> None:  # fmt: skip
    """Return when every door answers. doors: by the child's name. Raises DeskError when a child dies or hangs."""
    began = time.monotonic()
    said = began
    waiting = [_Watched(child, doors[child.name]) for child in children if child.name in doors]
    while waiting:
        for child in children:
            if not child.alive():
                raise DeskError(f"{child.name} cannot start ({child.last_words()[:300]}): read {child.log}.")
        waiting = [one for one in waiting if not _answers(*one.door)]
        now = time.monotonic()
        for one in waiting:
            if one.hangs(now, hangs_after_s):
                child = one.child
                raise DeskError(
                    f"{child.name} hangs: for {hangs_after_s:.0f} s it has neither answered nor worked; read {child.log}."
                )
        if waiting and now - said >= say_every_s:
            said = now
            say(f"still waiting for {' and '.join(map(str, waiting))} after {now - began:.0f} s …")
        time.sleep(LOOK_EVERY_S)


def _answers(host: str, port: int, path: str) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
