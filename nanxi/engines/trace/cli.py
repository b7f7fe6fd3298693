"""`nanxi trace build` and `nanxi trace query`: files in, files out, no database."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from nanxi.cli import InputError

if TYPE_CHECKING:
    from nanxi.engines.trace.protocol import Edition
    from nanxi.engines.trace.query import Answer
    from nanxi.engines.trace.visits import Seed

    Parsers = argparse._SubParsersAction[argparse.ArgumentParser]  # pyright: ignore[reportPrivateUsage]


def add_commands(commands: Parsers) -> None:
    trace = commands.add_parser("trace", help="who was with whom: build a store of stays, ask it for contacts")
    verbs = trace.add_subparsers(dest="verb", metavar="VERB", required=True)
    build = verbs.add_parser("build", help="sightings (entity,place,t0[,t1][,source][,conf][,row]) into a store")
    build.add_argument("sightings", nargs="+", type=Path)
    build.add_argument("-o", "--output", required=True, type=Path, help="a folder; a store that is there is replaced")
    build.set_defaults(run=_build)
    append = verbs.add_parser("append", help="further sightings into a store that is there")
    append.add_argument("sightings", nargs="+", type=Path)
    append.add_argument("--store", required=True, type=Path)
    append.set_defaults(run=_append)
    query = verbs.add_parser("query", help="contacts of the seeds (entity,start,end)")
    query.add_argument("store", type=Path)
    query.add_argument("--seeds", required=True, type=Path)
    query.add_argument("--slack", type=int, help="seconds; default: what the protocol edition says")
    query.add_argument("--protocol", help="edition of the contact definition; default: the one in force at the first seed's end")
    query.add_argument(
        "--exact", action="store_true", help="everybody in a crowd is a contact too; else crowds are told as notices to places"
    )
    query.add_argument("--top", type=int, default=100, help="contacts per seed (default 100)")
    query.add_argument("--order", type=int, choices=(1, 2), default=1, help="2: also whom close contacts met later on")
    query.add_argument("--assoc", type=Path, help="who sat in which vehicle (entity,vehicle,start,end,kind[,conf])")
    query.add_argument("-o", "--output", required=True, type=Path)
    query.set_defaults(run=_query)


def _build(arguments: argparse.Namespace) -> int:
    from nanxi.engines.trace import told, writer
    from nanxi.engines.trace.ingest_columns import ingest_columns

    sightings = told.read_sightings(arguments.sightings, int(time.time()))
    if not len(sightings):
        raise InputError(f"{arguments.sightings[0].name}: holds no sighting; give at least one row entity,place,t0.")
    stays = ingest_columns(sightings)
    writer.build(arguments.output, stays)
    kept = f"{len(stays)} stays of {len(stays.entities)} entities at {len(stays.places)} places"
    print(f"{len(sightings)} sightings → {kept}", file=sys.stderr)
    return 0


def _append(arguments: argparse.Namespace) -> int:
    from nanxi.engines.trace import manifest, told, writer
    from nanxi.engines.trace.ingest_columns import ingest_columns

    manifest.read(arguments.store)
    stays = ingest_columns(told.read_sightings(arguments.sightings, int(time.time())))
    writer.append(arguments.store, stays)
    writer.merge(arguments.store)
    print(f"{len(stays)} stays added", file=sys.stderr)
    return 0


def _query(arguments: argparse.Namespace) -> int:
    from nanxi.engines.trace import files, query
    from nanxi.engines.trace.cells import ring
    from nanxi.engines.trace.rows import rows_of
    from nanxi.engines.trace.store import Store

    if arguments.top < 1:
        raise InputError("--top: must be at least 1.")
    if arguments.slack is not None and arguments.slack < 0:
        raise InputError("--slack: must be 0 or more seconds.")
    seeds, epoch = files.read_seeds(arguments.seeds)
    rides = files.read_associations(arguments.assoc) if arguments.assoc else []
    cap = None if arguments.exact else query.HUB
    edition, store = _edition(arguments.protocol, seeds[0]), Store(arguments.store)
    asking = query.Asking(edition, arguments.slack, arguments.top, cap, ring(store.places), rides=rides)
    unseen = sum(query.number_of(store, seed.entity) is None for seed in seeds)
    if unseen:
        _say(f"{unseen} of {len(seeds)} seeds have no sighting in the store and so no contacts.")
    answers = query.contacts(store, seeds, asking)
    rows, truncated = rows_of(store, answers, seeds, asking, arguments.order)
    if truncated:
        _say("not every second step was followed; raise --top or narrow the window to see more.")
    _tell(answers)
    files.write_rows(arguments.output, rows, epoch, more=arguments.order > 1 or bool(arguments.assoc))
    return 0


def _edition(name: str | None, seed: Seed) -> Edition:
    from datetime import UTC, datetime

    from nanxi.engines.trace import protocol

    if not name:
        return protocol.edition_at(datetime.fromtimestamp(seed.end, UTC).date())
    try:
        return protocol.edition_of(name)
    except KeyError:
        known = ", ".join(edition.id for edition in protocol.editions())
        raise InputError(f"--protocol: there is no edition {name}; known are {known}.") from None


def _tell(answers: list[Answer]) -> None:
    """What the rows do not show: crowds whose people are no contacts, parts that could not be used."""
    for part, why in dict.fromkeys(lost for answer in answers for lost in answer.lost):
        _say(f"the part {part} was left out: {why}.")
    for answer in answers:
        if answer.notices:
            people = sum(notice.crowd - notice.named for notice in answer.notices)
            places = len({notice.place for notice in answer.notices})
            _say(f"{people} meetings in crowds at {places} places are not in the list; inform the places, or ask with --exact.")


def _say(sentence: str) -> None:
    print(f"nanxi: {sentence}", file=sys.stderr)
