# pyright: basic
"""What all `nanxi epi` commands share: a refusal of the engine as one sentence, the serial interval, the incidence."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

import numpy as np

from nanxi.cli import InputError

from .. import serial
from ..distributions import Floats
from ..files import Series, read_series, read_weights


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
    return read_series(arguments.incidence, ["incidence"], optional=["imported"])


def check_imported(one: Series) -> None:
    """Those infected elsewhere are among all cases of a day, so they cannot be more."""
    if "imported" in one.values:
        over = np.flatnonzero(one.values["imported"] > one.values["incidence"])
        if over.size:
            where = one.place(int(over[0]))
            raise InputError(f"{where}, column imported: is more than that day's incidence, which counts all cases.")
