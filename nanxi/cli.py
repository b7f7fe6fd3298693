"""`nanxi …`: one entry point; each room brings its own subcommands.

A room that has commands offers `cli.py` with `add_commands(subparsers)`; each parser sets `run`, a function of the
parsed arguments that returns the exit code. Rooms are imported on demand, so `nanxi fence` never loads Django.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys

#: First word of the command → the module that defines it.
ROOMS: dict[str, str] = {
    "trace": "nanxi.engines.trace.cli",
    "link": "nanxi.engines.linkage.cli",
    "fence": "nanxi.engines.fence.cli",
    "epi": "nanxi.engines.epi.cli",
    "intake": "nanxi.people.intake.cli",
    "weights": "nanxi.people.cli",
    "rehearse": "nanxi.rehearsal.cli",
    "serve": "nanxi.foundation.cli",
    "doctor": "nanxi.foundation.cli",
    "audit": "nanxi.foundation.cli",
    "backup": "nanxi.foundation.cli",
    "restore": "nanxi.foundation.cli",
    "areas": "nanxi.foundation.cli",
    "manage": "nanxi.foundation.cli",
    "pass": "nanxi.passes.cli",
}


class InputError(Exception):
    """Bad input from a person: one sentence that names row, column and remedy. Shown as is; exit code 2."""


def main(argv: list[str] | None = None) -> int:
    words = sys.argv[1:] if argv is None else argv
    parser = argparse.ArgumentParser(prog="nanxi", description="Outbreak control for one county.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    wanted = words[0] if words and words[0] in ROOMS else None
    modules = dict.fromkeys([ROOMS[wanted]] if wanted else ROOMS.values())
    for name in modules:
        importlib.import_module(name).add_commands(commands)
    arguments = parser.parse_args(words)
    try:
        return int(arguments.run(arguments) or 0)
    except InputError as problem:
        print(f"nanxi: {problem}", file=sys.stderr)
        return 2
    except _desk_errors() as problem:
        print(f"nanxi: {' '.join(str(problem).split())}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # The reader (head, less) went away; that is not our error.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _desk_errors() -> tuple[type[Exception], ...]:
    """The house's one-sentence refusals, when the house was loaded at all: engines run without its database driver."""
    home, driver, django = (sys.modules.get(name) for name in ("nanxi.foundation.postgres.home", "psycopg", "django.db.utils"))
    found = (home and home.DeskError, driver and driver.OperationalError, django and django.OperationalError)
    return tuple(kind for kind in found if kind)


if __name__ == "__main__":
    # Under its own name, so that what the rooms raise is what is caught here.
    from nanxi.cli import main as named_main

    raise SystemExit(named_main())
