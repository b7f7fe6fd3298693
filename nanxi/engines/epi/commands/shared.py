# pyright: basic
"""What all `nanxi epi` commands share: a refusal of the engine as one sentence, the serial interval, the incidence."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from nanxi.cli import InputError

from .. import history, serial
from ..distributions import Floats
from ..files import Series, read_series, read_weights

MOST_TOLD = 3  # of a kind and series; the rest is counted


def said(work: Callable[..., Any], name: str, *args: Any, **options: Any) -> Any:
    """Run the engine; what it refuses is one sentence for the person, with the series' name."""
    try:
        return work(*args, **options)
    except ValueError as problem:
        where = f"series {name}: " if name else ""
        raise InputError(f"{where}{problem}.") from None


def interval_of(arguments: argparse.Namespace) -> Floats:
    if arguments.si is not None:
        return said(serial.checked_si, "", read_weights(arguments.si))
    return said(serial.discrete_si, "", arguments.si_mean, arguments.si_sd)


def incidence_of(arguments: argparse.Namespace) -> list[Series]:
    series = read_series(arguments.incidence, ["incidence"], optional=["imported"])
    for one in series:
        tell_doubts(one, "incidence")
    return series


def tell_doubts(one: Series, column: str) -> None:
    """Rows that are possible and yet look like another thing: said on the screen, the answer stands."""
    counts = one.values[column]
    doubts = (
        (history.find_jumps(counts)[0], "more than four times each day of the week before; a new definition or a single place?"),
        (history.find_closed_days(counts)[0], "0 after a week of at least 10 a day; if nobody counted, leave the cell empty."),
    )
    for days, sentence in doubts:
        found = np.flatnonzero(days)
        for t in found[:MOST_TOLD]:
            print(f"nanxi: {one.place(int(t))}, column {column}: {sentence}", file=sys.stderr)
        if found.size > MOST_TOLD:
            print(f"nanxi: and {found.size - MOST_TOLD} more rows like it.", file=sys.stderr)


def check_imported(one: Series) -> None:
    """Those infected elsewhere are among all cases of a day, so they cannot be more."""
    if "imported" in one.values:
        over = np.flatnonzero(one.values["imported"] > one.values["incidence"])
        if over.size:
            where = one.place(int(over[0]))
            raise InputError(f"{where}, column imported: is more than that day's incidence, which counts all cases.")
