"""`nanxi trace build|append|query|compare|editions`: files in, files out, no database."""

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
    query.add_argument(
        "--edition", "--protocol", dest="edition",
        help="edition of the contact definition (`nanxi trace editions`); default: the one in force at the first seed's end",
    )  # fmt: skip
    query.add_argument(
        "--exact", action="store_true", help="everybody in a crowd is a contact too; else crowds are told as notices to places"
    )
    query.add_argument("--top", type=int, default=100, help="contacts per seed (default 100)")
    query.add_argument("--order", type=int, choices=(1, 2), default=1, help="2: also whom close contacts met later on")
    query.add_argument("--assoc", type=Path, help="who sat in which vehicle (entity,vehicle,start,end,kind[,conf])")
    query.add_argument("-o", "--output", required=True, type=Path)
    query.set_defaults(run=_query)
    compare = verbs.add_parser("compare", help="how many contacts each edition of the definition would mean, as counts")
    compare.add_argument("store", type=Path)
    compare.add_argument("--seeds", required=True, type=Path, help="entity,start,end[,onset]; with onset each edition looks back")
    compare.add_argument("--editions", nargs="+", metavar="NAME", help="default: all (`nanxi trace editions`)")
    compare.add_argument("--exact", action="store_true", help="count everybody in crowds too")
    compare.add_argument("-o", "--output", required=True, type=Path)
    compare.set_defaults(run=_compare)
    editions = verbs.add_parser("editions", help="the editions of the contact definition and what they say")
    editions.add_argument("--json", action="store_true")
    editions.set_defaults(run=_editions)


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
    edition, store = _edition(arguments.edition, seeds[0]), Store(arguments.store)
    asking = query.Asking(
        edition, arguments.slack, arguments.top, cap, ring(store.places), rides=rides,
        onsets=files.read_onsets(arguments.seeds),
    )  # fmt: skip
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


def _compare(arguments: argparse.Namespace) -> int:
    from nanxi.engines.trace import files, protocol, query
    from nanxi.engines.trace.cells import ring
    from nanxi.engines.trace.compare import compare
    from nanxi.engines.trace.store import Store

    editions = [_named(name, "--editions") for name in arguments.editions or [one.id for one in protocol.editions()]]
    seeds, epoch = files.read_seeds(arguments.seeds)
    onsets, store = files.read_onsets(arguments.seeds), Store(arguments.store)
    cap = None if arguments.exact else query.HUB
    asking = query.Asking(editions[0], cap=cap, near=ring(store.places))
    files.write_counts(arguments.output, compare(store, seeds, editions, asking, onsets), epoch)
    for part, why in store.lost:
        _say(f"the part {part} was left out: {why}.")
    return 0


def _editions(arguments: argparse.Namespace) -> int:
    import json

    from nanxi.engines.trace import protocol

    told = [
        {
            "id": one.id, "from": one.since.isoformat(), "title": one.title, "adopted": one.adopted,
            "look_back_days": one.look_back_days, "infectious_days": one.infectious_days, "slack_s": one.slack_s,
            "close_overlap_s": one.close_overlap_s, "seat_rows": dict(one.vehicles),
        }
        for one in protocol.editions()
    ]  # fmt: skip
    if arguments.json:
        print(json.dumps(told, ensure_ascii=False, indent=1))
        return 0
    for one, edition in zip(told, protocol.editions(), strict=True):
        seats = ", ".join(f"{kind} {'all' if rows is None else f'±{rows}'}" for kind, rows in edition.vehicles.items())
        print(f"{one['id']:16} {'from' if edition.adopted else 'for comparison,'} {one['from']}  {one['title']}")
        print(
            f"{'':16} {edition.look_back_days} days before onset to {edition.infectious_days} after; slack {edition.slack_s} s; "
            f"close from {edition.close_overlap_s} s; rows: {seats}"
        )
    return 0


def _edition(name: str | None, seed: Seed) -> Edition:
    from datetime import UTC, datetime

    from nanxi.engines.trace import protocol

    return _named(name, "--edition") if name else protocol.edition_at(datetime.fromtimestamp(seed.end, UTC).date())


def _named(name: str, option: str) -> Edition:
    from nanxi.engines.trace import protocol

    try:
        return protocol.edition_of(name)
    except KeyError:
        known = ", ".join(edition.id for edition in protocol.editions())
        raise InputError(f"{option}: there is no edition {name}; known are {known}.") from None


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
