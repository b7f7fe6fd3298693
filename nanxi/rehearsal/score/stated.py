"""How many of a case's encounters the county's sources can show at all, by the rates that the noise file states.

An encounter can be found when the case's own stay is known (remembered in the interview, or recorded by the source of the place)
and the other's is recorded, or when the case names somebody it knows. A desk that loses nothing finds this share; what it finds
less, it lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

#: Kind of place → name of the rate at which its source records a stay; other kinds have no source.
RATES = {"bus": "bus_scan", "venue": "venue_check_in", "market": "market_check_in", "firm": "firm_gate"}
#: Kinds of place whose people a case knows and may name.
KNOWN = frozenset({"home", "firm", "class", "venue"})


def stated(rows: Iterable[Mapping[str, str]], rates: Mapping[str, float]) -> dict[tuple[str, str], float]:
    """(case, other) → chance that the sources show one of their encounters. `rates`: [sightings] of the noise."""
    unseen: dict[tuple[str, str], float] = {}
    known: set[tuple[str, str]] = set()
    for row in rows:
        pair = row["case"], row["person"]
        unseen[pair] = unseen.get(pair, 1.0) * (1 - _shown(row["kind"], rates))
        if row["kind"] in KNOWN:
            known.add(pair)
    return {pair: 1 - miss * (1 - rates["interview"] if pair in known else 1) for pair, miss in unseen.items()}


def _shown(kind: str, rates: Mapping[str, float]) -> float:
    """Both stays of one encounter are known."""
    recorded = rates[RATES[kind]] if kind in RATES else 0.0
    return recorded * (1 - (1 - rates["interview"]) * (1 - recorded))
