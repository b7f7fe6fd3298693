"""Make `nanxi/people/weights/shipped.json`: the weights that a county starts with, learned without labels on a simulated county.

The rows are those of bench/simulated_county.py with a fixed seed; the lists that score the matcher are others (rehearsal, FEBRL).

    .venv/bin/python bench/make_weights.py [--persons 60000] [--rows 20000] [--seed 20200123]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402

from bench.simulated_county import list_rows, register_row, residents  # noqa: E402
from nanxi.people.identity import Identity  # noqa: E402
from nanxi.people.learning import learn, pairs_under  # noqa: E402
from nanxi.people.rules.traits import PROBES, keys_of, said_by, strip_of, strips_of  # noqa: E402


def block(kind: str, word: str) -> int:
    """Digests without a key: nobody in this county is real."""
    return int.from_bytes(hashlib.blake2b(f"{kind} {word}".encode(), digest_size=8).digest(), "big") >> 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--persons", type=int, default=60_000)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=20200123)
    options = parser.parse_args()
    dice = random.Random(options.seed)
    people = residents(options.persons, dice)
    rows = [register_row(one, dice) for one in people] + [row for row, _ in list_rows(people, options.rows, 0.85, dice)]
    said = [said_by(identity(row), row["area"]) for row in rows]
    keys = [(n, int(kind), value) for n, one in enumerate(said) for kind, value in keys_of(one, block) if kind in PROBES]
    left, right = pairs_under(keys, first=len(people))
    model = learn(strips_of(b"".join(strip_of(one, block) for one in said)), left, right, first=len(people))
    path = ROOT / "nanxi" / "people" / "weights" / "shipped.json"
    path.write_text(json.dumps(model, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    for comparison in model["comparisons"]:
        print(comparison["output_column_name"])
        for level in comparison["comparison_levels"][1:]:
            m, u = level["m_probability"], level["u_probability"]
            print(f"  {level['label_for_charts']:32} m {m:.5f}  u {u:.2e}  {np.log2(m / u):6.1f} bits")
    return 0


def identity(row: dict[str, Any]) -> Identity:
    return Identity(**{name: value for name, value in row.items() if name != "area" and value})


if __name__ == "__main__":
    raise SystemExit(main())
