"""`nanxi fence replay`: what the fence would have said about a log of positions."""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

from nanxi.cli import InputError
from nanxi.engines.fence.policy import BadPolicy, Policy


def add_commands(commands: Any) -> None:
    fence = commands.add_parser("fence", help="who left where: replay positions against orders")
    verbs = fence.add_subparsers(dest="verb", metavar="VERB", required=True)
    replay = verbs.add_parser("replay", help="orders and positions in, events out")
    replay.add_argument("--orders", type=Path, required=True, help="order,lon,lat,radius_m|polygon_wkt,start,end[,datum,policy]")
    replay.add_argument(
        "--positions", type=Path, required=True, help="order,time,lon,lat[,acc,source,mock,datum,received,trigger]"
    )
    replay.add_argument("--areas", type=Path, help="controlled areas: area,lon,lat,radius_m|polygon_wkt,start,end[,datum]")
    replay.add_argument("-o", "--output", type=Path, required=True, help="order,time,event,severity,reason,distance_m")
    replay.add_argument("--policy", type=Path, help="TOML overriding any parameter; a table overrides it for orders that name it")
    replay.add_argument("--until", help="let the clock run on to this time")
    replay.add_argument("--json", action="store_true", help="print the counts as JSON")
    replay.set_defaults(run=run_replay)


def run_replay(arguments: argparse.Namespace) -> int:
    # NumPy and shapely load only when wanted: the command line stays quick.
    from nanxi.engines.fence.columns import read_positions
    from nanxi.engines.fence.files import read_places, time_of, write_events
    from nanxi.engines.fence.replay import replay
    from nanxi.engines.fence.state import Event

    policy, variants = read_policy(arguments.policy)
    until = time_of(arguments.until, "--until") if arguments.until else None
    orders = read_places(arguments.orders, "order", variants)
    areas = read_places(arguments.areas, "area") if arguments.areas else None
    log = read_positions(arguments.positions, orders)
    events = replay(orders.fences, log.pings, orders.policies(policy, variants), until, areas.areas() if areas else None)
    write_events(arguments.output, orders, events, numeric=log.numeric, areas=areas)
    counts = Counter(Event(int(code)).name for code in events["event"])
    report = {
        "orders": len(orders.names),
        "positions": len(log.pings),
        "of_unknown_orders": log.unknown,
        "events": dict(sorted(counts.items())),
    }
    if arguments.json:
        print(json.dumps(report))
        return 0
    print(f"{len(orders.names)} orders, {len(log.pings)} positions, {len(events)} events", file=sys.stderr)
    if log.unknown:
        print(f"{log.unknown} positions name an order that is not in the orders file; they were not used", file=sys.stderr)
    return 0


def read_policy(path: Path | None) -> tuple[Policy, dict[str, Policy]]:
    """The policy of a TOML file over the defaults, and the variants that its tables name. Raises InputError."""
    if path is None:
        return Policy(), {}
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise InputError(f"{path}: cannot be read as TOML ({problem}).") from None
    tables: dict[str, dict[str, Any]] = {name: values[name] for name in values if isinstance(values[name], dict)}
    try:
        policy = Policy().changed(**{name: value for name, value in values.items() if name not in tables})
        return policy, {name: policy.changed(**{"version": name, **table}) for name, table in tables.items()}
    except BadPolicy as problem:
        raise InputError(f"{path.name}: {problem}") from None
