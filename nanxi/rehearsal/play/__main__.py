"""`python -m nanxi.rehearsal.play --url … --ingest … --files DIR`: the clients of a rehearsal, until SIGTERM."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path

from nanxi.cli import InputError
from nanxi.rehearsal.play.company import Company, tell
from nanxi.rehearsal.play.pace import Pace
from nanxi.rehearsal.play.run import Clients

#: Requests a second of all clients together; a loaded county, not an attack.
PER_SECOND = 12.0
#: Whoever still waits for the desk's answer after this long is left behind; forms carry a key, so nothing is done twice.
LEAVE_S = 1.5


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m nanxi.rehearsal.play", description=__doc__)
    parser.add_argument("--url", required=True, help="address of the rehearsal desk")
    parser.add_argument("--ingest", required=True, help="address of its position endpoint")
    parser.add_argument("--files", required=True, type=Path, help="folder that `nanxi rehearse -o` wrote")
    parser.add_argument("--per-second", type=float, default=PER_SECOND, help="most requests a second (default %(default)s)")
    arguments = parser.parse_args(words)
    pace = Pace(arguments.per_second)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: pace.stop())
    try:
        clients = Clients(arguments.url.rstrip("/"), arguments.ingest.rstrip("/"), arguments.files, pace)
    except InputError as problem:
        print(f"nanxi: {problem}", file=sys.stderr)
        return 2
    company = Company(pace)
    company.start("county", lambda: clients.open(company))
    while not pace.stops_within(1.0):
        pass
    company.leave(LEAVE_S)
    tell("rehearsal", "the clients left")
    return 0


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    # Threads that still wait for an answer must not hold the process.
    os._exit(code)
