"""What Splink 5 makes of the same rows: trained by itself on our columns and passes, each row of a list given to its best partner.

A part of `bench/identity.py`, so that both are judged in one run on one truth; alone it needs no database:

    .venv/bin/python bench/beside_splink.py DIR
"""

from __future__ import annotations

import argparse
import logging
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from nanxi.engines.linkage.comparisons import comparisons_of_a_register  # noqa: E402
from nanxi.engines.linkage.table import Bags, Rows, Table, Words  # noqa: E402
from nanxi.people.rules.traits import BAGS, PROBES, SLIPS, WORDS, Key, Said, keys_of, said_by  # noqa: E402
from nanxi.people.rules.who import LINK  # noqa: E402

#: Passes that Splink can train on as they are; the other keys are columns of their own. A bare row's name is asked by all.
TAUGHT = {Key.ID: ("id_valid",), Key.SOUND_BIRTH: ("name", "birth"), Key.SOUND_PHONE: ("phones", "surname_sound")}


def words_table(said: Sequence[Said], first: int) -> Table:
    """The columns of a record in plain words, as `nanxi link` and Splink see them. `first`: rows of the register."""
    table = Table(len(said), first)
    for column in WORDS:
        table.columns[column] = Words.of(one.word(column) for one in said)
    for column, size in BAGS.items():
        if column.removesuffix("_slips") not in SLIPS:
            table.columns[column] = Bags.of([one.words[column][:size] for one in said])
    return table


def passes_of(table: Table, said: Sequence[Said]) -> list[tuple[str, ...]]:
    """Our kinds of key as Splink's passes; each kind's first key of a row becomes a column."""
    found: dict[Key, list[str]] = defaultdict(lambda: [""] * len(said))
    numbers: dict[str, int] = {}
    for row, one in enumerate(said):
        for kind, number in keys_of(one, lambda _kind, word: numbers.setdefault(word, len(numbers))):
            found[kind][row] = found[kind][row] or str(number)
    asked = [kind for kind in found if kind in PROBES and kind not in TAUGHT and kind is not Key.SAME_ROW]
    table.columns.update({f"key_{kind.name.lower()}": Words.of(found[kind]) for kind in asked})
    return [*TAUGHT.values(), *((f"key_{kind.name.lower()}",) for kind in asked)]


def best_partners(left: Rows, right: Rows, weight: Any) -> dict[int, int]:
    """Row of a list → row of the register that weighs most with it."""
    order = sorted(range(left.size), key=lambda at: (float(weight[at]), -int(left[at])))
    return {int(max(left[at], right[at])): int(min(left[at], right[at])) for at in order}


def beside_splink(register: Sequence[Any], lines: Sequence[Any]) -> float:
    """Print precision, recall and F1 of Splink's links; returns F1."""
    from nanxi.engines.linkage import oracle

    logging.disable(logging.WARNING)
    began = time.perf_counter()
    said = [said_by(line.identity, line.area) for line in [*register, *lines]]
    table = words_table(said, len(register))
    passes = passes_of(table, said)
    del said
    threshold = 1 / (1 + 2.0**-LINK)
    left, right, weight = oracle.train_and_predict(table, comparisons_of_a_register(), passes, threshold)
    partner = best_partners(left, right, weight)
    truth = {line.person for line in register}
    rights = sum(lines[row - len(register)].person == register[other].person for row, other in partner.items())
    precision = rights / max(len(partner), 1)
    recall = rights / max(sum(line.person in truth for line in lines), 1)
    f1 = 2 * precision * recall / max(precision + recall, 1e-12)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(f"  Splink's own: P {precision:.4f}  R {recall:.4f}  F1 {f1:.4f}   {len(partner)} rows linked, {len(partner) - rights}"
          f" wrong; {time.perf_counter() - began:.0f} s, {memory} MB at most", flush=True)  # fmt: skip
    return f1


def main() -> int:
    from bench.identity_rows import rows_of

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    register, lines = rows_of(parser.parse_args().folder)
    beside_splink(register, lines)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
