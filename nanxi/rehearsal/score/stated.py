"""How many of a case's encounters the county's sources can show at all, by the rates that the noise file states.

An encounter can be found when the case's own stay is known (remembered in the interview, or recorded by the source of the place)
and the other's is recorded, or when the case names somebody it knows. A case with a hundred colleagues names as many as the
interview's paper holds, those first with whom it was longest. A desk that loses nothing finds this share; what it finds less, it
lost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from math import comb

#: Kind of place → name of the rate at which its source records a stay; other kinds have no source.
RATES = {"bus": "bus_scan", "venue": "venue_check_in", "market": "market_check_in", "firm": "firm_gate"}
#: Kinds of place whose people a case knows and may name.
KNOWN = frozenset({"home", "firm", "class", "venue"})


def stated(rows: Iterable[Mapping[str, str]], rates: Mapping[str, float]) -> dict[tuple[str, str], float]:
    """(case, other) → chance that the sources show one of their encounters. `rates`: [sightings] of the noise."""
    unseen: dict[tuple[str, str], float] = {}
    known: dict[str, dict[str, float]] = defaultdict(dict)
    for row in rows:
        case, other = row["case"], row["person"]
        unseen[case, other] = unseen.get((case, other), 1.0) * (1 - _shown(row["kind"], rates))
        if row["kind"] in KNOWN:
            known[case][other] = known[case].get(other, 0.0) + _seconds(row)
    named = {(case, other): chance for case, others in known.items() for other, chance in _named(others, rates).items()}
    return {pair: 1 - miss * (1 - named.get(pair, 0.0)) for pair, miss in unseen.items()}


def _named(others: Mapping[str, float], rates: Mapping[str, float]) -> dict[str, float]:
    """Chance of each whom a case knows to be remembered while there is room on the paper. `others`: seconds together."""
    first = sorted(others, key=lambda other: (-others[other], other))
    remembered, room = rates["interview"], int(rates.get("named_at_most", len(first)))
    return {other: remembered * _fewer_than(room, at, remembered) for at, other in enumerate(first)}


def _fewer_than(room: int, tried: int, chance: float) -> float:
    """Of so many tried fewer than `room` came true."""
    return sum(comb(tried, hits) * chance**hits * (1 - chance) ** (tried - hits) for hits in range(min(room, tried + 1)))


def _seconds(row: Mapping[str, str]) -> float:
    return (datetime.fromisoformat(row["until"]) - datetime.fromisoformat(row["from"])).total_seconds()


def _shown(kind: str, rates: Mapping[str, float]) -> float:
    """Both stays of one encounter are known."""
    recorded = rates[RATES[kind]] if kind in RATES else 0.0
    return recorded * (1 - (1 - rates["interview"]) * (1 - recorded))
