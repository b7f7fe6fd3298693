"""What each `nanxi epi` command does between its files. A ValueError of the engine is about the input and is said as such."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from .ahead import run_forecast, run_workload
from .alarms import run_alarms
from .incoming import run_import, run_nowcast
from .record import run_score
from .reproduction import run_rt
from .totals import run_daily

RUN: dict[str, Callable[[argparse.Namespace], int]] = {
    "daily": run_daily,
    "rt": run_rt,
    "alarms": run_alarms,
    "nowcast": run_nowcast,
    "import": run_import,
    "forecast": run_forecast,
    "score": run_score,
    "workload": run_workload,
}
