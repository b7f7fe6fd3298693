"""`nanxi weights learn|list`: learn the register's weights at a shell, and see which hold. Adopting them is an officer's page."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    weights = commands.add_parser("weights", help="the weights that say who is who").add_subparsers(metavar="DEED", required=True)
    for name, text, deed in (
        ("learn", "learn from the register's own records; an officer adopts the new version on the page of the weights", _learn),
        ("list", "the versions, newest first, and which is in force", _list),
    ):
        parser = weights.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        parser.add_argument("--home", metavar="DIR", help="the county's folder (default: NANXI_HOME, else var/county)")
        parser.set_defaults(run=deed)


def _learn(arguments: argparse.Namespace) -> int:
    return _in_house(arguments, _learn_now)


def _list(arguments: argparse.Namespace) -> int:
    return _in_house(arguments, _tell)


def _in_house(arguments: argparse.Namespace, deed: Callable[[], int]) -> int:
    from nanxi.foundation.postgres import roles
    from nanxi.foundation.supervisor.database import enter_django, home_of, reached

    home = home_of(arguments.home)
    with reached(home):
        enter_django(home, roles.SYSTEM)
        return deed()


def _learn_now() -> int:
    from nanxi.people import training
    from nanxi.people.matching import county
    from nanxi.people.services.weights import keep_weights

    found = training.study(lambda done, total: print(f"\r{done} / {total}", end="", file=sys.stderr, flush=True))
    print(file=sys.stderr)
    if found is None:
        print("nanxi: the register has too few records to learn from; a thousand are needed.", file=sys.stderr)
        return 1
    with county() as act:
        row = keep_weights(act, found)
    moved = sum(row.moved().values())
    print(f"{row.version}: {row.records} records; {moved} of the newest {found.looked} change zone; an officer adopts it")
    return 0


def _tell() -> int:
    from nanxi.people.models import LinkWeights
    from nanxi.people.weighing import current_version

    now = current_version()
    rows = list(LinkWeights.objects.order_by("-learned_at", "-id"))
    if not rows:
        print(f"{now}: in force, came with the house")
    for row in rows:
        print(f"{row.version}: {'in force' if row.version == now else 'not in force'}, {row.records} records")
    return 0
