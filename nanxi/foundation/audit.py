"""`nanxi audit verify`: every ledger entry against its MAC, its link and what the witness holds. Reads as the backup role.

Exit code 0 when nothing was found, 1 with one line per finding. The check itself is `ledger.verify`, pure.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nanxi.foundation.postgres import Home, roles
from nanxi.foundation.supervisor.database import enter_django, reached

#: Findings shown; a rewritten ledger breaks every link after the first.
MOST_SHOWN = 50
#: With the desk stopped nobody numbers the last acts; they wait in the database and are no finding.
NO_LIMIT = 10**9


def run(home: Home, *, witness: Path | None = None, as_json: bool = False) -> int:
    with reached(home) as alone:
        enter_django(home, roles.BACKUP)
        found, count, waiting = verify(witness or home.root / "witness" / "anchors.log", relay_runs=not alone)
    if as_json:
        print(json.dumps({"entries": count, "waiting": waiting, "findings": found}, ensure_ascii=False))
        return 1 if found else 0
    for finding in found[:MOST_SHOWN]:
        print(f"{finding['seq'] or '–'}: {finding['sentence']}", file=sys.stderr)
    if len(found) > MOST_SHOWN:
        print(f"… and {len(found) - MOST_SHOWN} more.", file=sys.stderr)
    rest = f", {waiting} wait for their number" if waiting else ""
    print(f"{count} entries, {len(found)} findings{rest}." if found else f"{count} entries, all as written{rest}.")
    return 1 if found else 0


def verify(witness: Path, *, relay_runs: bool) -> tuple[list[dict[str, Any]], int, int]:
    """Findings, entries read, entries without a number. Needs Django as a role that sees every row."""
    from nanxi.foundation import ledger
    from nanxi.foundation.clock import WALL
    from nanxi.foundation.relay import anchors

    # The witness first: an anchor made after the entries were read would seem cut off.
    known = anchors(witness.parent) if witness.name == "anchors.log" else _anchors_in(witness)
    counted = {"all": 0, "waiting": 0}

    def rows() -> Iterator[dict[str, Any]]:
        for row in ledger.rows_in_order():
            counted["all"] += 1
            counted["waiting"] += row["seq"] is None
            yield row

    patience = 10 if relay_runs else NO_LIMIT
    found = [{"seq": one.seq, "sentence": one.sentence} for one in ledger.verify(rows(), known, WALL.now(), patience)]
    return found, counted["all"], counted["waiting"]


def _anchors_in(witness: Path) -> dict[int, bytes]:
    from nanxi.cli import InputError

    try:
        lines = witness.read_text(encoding="ascii").splitlines()
        return {int(seq): bytes.fromhex(link) for _, seq, link in (line.split() for line in lines)}
    except (OSError, ValueError):
        raise InputError(
            f"{witness}: is no witness file (each line: time, number, link); take the desk's witness/anchors.log."
        ) from None
