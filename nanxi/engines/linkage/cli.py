"""`nanxi link A.csv [B.csv]`: who is who in a list, or in two. Files in, files out, no database."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Parsers = argparse._SubParsersAction[argparse.ArgumentParser]  # pyright: ignore[reportPrivateUsage]


def add_commands(commands: Parsers) -> None:
    text = "who is who: rows of one list that are one person, or rows of two lists"
    parser = commands.add_parser("link", help=text, description=text)
    parser.add_argument("lists", nargs="+", type=Path, metavar="LIST", help="one or two files, CSV or Parquet")
    parser.add_argument("-o", "--output", type=Path, required=True, help="the pairs: id_a,id_b,probability,weight (bits)")
    parser.add_argument("--clusters", type=Path, help="also write id,cluster: the rows of each person")
    parser.add_argument("--spec", type=Path, help='TOML with [columns] column = "kind", where names do not tell the kind')
    parser.add_argument("--truth", type=Path, help="id,cluster or id_a,id_b: print precision, recall, F1 and B³")
    parser.add_argument("--threshold", type=float, default=0.99, help="claimed chance from which a pair is linked (default 0.99)")
    parser.add_argument("--model", type=Path, help="use the weights of this file instead of learning them (Splink's JSON)")
    parser.add_argument("--model-out", type=Path, help="write the weights, in the shape of Splink's JSON")
    parser.add_argument("--json", action="store_true", help="print the outcome as JSON")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    """NumPy and SciPy load only when the command runs."""
    from nanxi.engines.linkage import commands

    return commands.link_files(arguments)
