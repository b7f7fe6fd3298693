"""`nanxi trace build` and `nanxi trace query`: files in, files out, no database."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from nanxi.cli import InputError

if TYPE_CHECKING:
    Parsers = argparse._SubParsersAction[argparse.ArgumentParser]  # pyright: ignore[reportPrivateUsage]


def add_commands(commands: Parsers) -> None:
    trace = commands.add_parser("trace", help="who was with whom: build a store of stays, ask it for contacts")
    verbs = trace.add_subparsers(dest="verb", metavar="VERB", required=True)
    build = verbs.add_parser("build", help="sightings (entity,place,t0[,t1][,source][,conf][,row]) into a store")
    build.add_argument("sightings", nargs="+", type=Path)
    build.add_argument("-o", "--output", required=True, type=Path)
    build.set_defaults(run=_build)
    query = verbs.add_parser("query", help="contacts of the seeds (entity,start,end)")
    query.add_argument("store", type=Path)
    query.add_argument("--seeds", required=True, type=Path)
    query.add_argument("--slack", type=int, help="seconds; default: what the protocol edition says")
    query.add_argument("--protocol", help="edition of the contact definition; default: the one in force at the first seed's end")
    query.add_argument("--exact", action="store_true", help="look at every visitor of every place (this engine always does)")
    query.add_argument("--top", type=int, default=100, help="contacts per seed (default 100)")
    query.add_argument("-o", "--output", required=True, type=Path)
    query.set_defaults(run=_query)


def _build(arguments: argparse.Namespace) -> int:
    from nanxi.engines.trace import files
    from nanxi.engines.trace.ingest import ingest

    sightings = files.read_sightings(arguments.sightings)
    if not sightings:
        raise InputError(f"{arguments.sightings[0].name}: holds no sighting; give at least one row entity,place,t0.")
    stays = ingest(sightings)
    files.write_store(arguments.output, stays)
    kept = f"{len(stays)} stays of {len(stays.entities)} entities at {len(stays.places)} places"
    print(f"{len(sightings)} sightings → {kept}", file=sys.stderr)
    return 0


def _query(arguments: argparse.Namespace) -> int:
    from datetime import UTC, datetime

    from nanxi.engines.trace import brute, files, protocol

    if arguments.top < 1:
        raise InputError("--top: must be at least 1.")
    if arguments.slack is not None and arguments.slack < 0:
        raise InputError("--slack: must be 0 or more seconds.")
    seeds, epoch = files.read_seeds(arguments.seeds)
    try:
        last = datetime.fromtimestamp(seeds[0].end, UTC).date()
        edition = protocol.edition_of(arguments.protocol) if arguments.protocol else protocol.edition_at(last)
    except KeyError:
        known = ", ".join(edition.id for edition in protocol.editions())
        raise InputError(f"--protocol: there is no edition {arguments.protocol}; known are {known}.") from None
    stays = files.read_store(arguments.store)
    unseen = sum(seed.entity not in set(stays.entities) for seed in seeds)
    if unseen:
        print(f"nanxi: {unseen} of {len(seeds)} seeds have no sighting in the store and so no contacts.", file=sys.stderr)
    found = brute.contacts(stays, seeds, edition, arguments.slack, arguments.top)
    files.write_contacts(arguments.output, found, epoch)
    return 0
