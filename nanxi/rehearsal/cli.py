"""`nanxi rehearse`: make the county's files, score a desk against their truth, or play the county's clients."""

from __future__ import annotations

import argparse
import json
import os
import sys
from datetime import date
from pathlib import Path

from nanxi.cli import InputError

#: The model's own days: Wenzhou's outbreak began on about this date.
MODEL_START = "2020-01-10"
#: The rehearsal's home beside the checkout, unless NANXI_HOME names another.
HOME = Path(__file__).parents[2] / "var" / "rehearsal"


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("rehearse", help="make, play or score the simulated county")
    deed = parser.add_mutually_exclusive_group(required=True)
    deed.add_argument("-o", "--out", metavar="DIR", type=Path, help="write the county's files here")
    deed.add_argument(
        "--score",
        metavar="DIR",
        type=Path,
        nargs="?",
        const=None,
        default=False,
        help="hold a desk's results against the truth of these files (default: those of the running rehearsal, asked for now)",
    )
    parser.add_argument("--results", metavar="FILE", type=Path, help="the desk's exported results (default: DIR/results.json)")
    parser.add_argument("--from", dest="url", metavar="URL", help="ask the rehearsal desk that runs there for its results")
    parser.add_argument("--persons", type=int, default=20_000)
    parser.add_argument("--days", type=int, default=21)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", default=MODEL_START, metavar="YYYY-MM-DD", help="first day of the county")
    parser.add_argument(
        "--lists", type=int, default=0, metavar="N", help="lists that departments send (637 = the county's own 29,170 checks)"
    )
    parser.add_argument(
        "--isolated",
        type=int,
        default=0,
        metavar="N",
        help="persons at home, for `nanxi fence replay`: positions/*.csv",
    )
    parser.add_argument("--isolated-days", type=int, default=2, metavar="D", help="days that their phones report (default 2)")
    parser.add_argument("--noise", type=Path, metavar="FILE", help="rates that replace those shipped")
    parser.add_argument("--json", action="store_true", help="print the outcome as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    return _make(arguments) if arguments.out else _score(arguments)


def _score(arguments: argparse.Namespace) -> int:
    from nanxi.rehearsal.fetch import DESK, fetch_results
    from nanxi.rehearsal.score import as_json, as_text, read_results, read_truth, score

    running = arguments.score is None
    folder = files_of_home() if running else arguments.score
    truth = read_truth(folder)
    url = arguments.url or (DESK if running and not arguments.results else "")
    path = fetch_results(url.rstrip("/"), folder) if url else arguments.results or folder / "results.json"
    found = score(truth, read_results(path))
    print(json.dumps(as_json(found), ensure_ascii=False) if arguments.json else as_text(found))
    return 0


def files_of_home() -> Path:
    """Where `nanxi serve --rehearsal` keeps the county's files."""
    home = Path(os.environ.get("NANXI_HOME", HOME))
    folder = home / "files" / "rehearsal"
    if not folder.is_dir():
        raise InputError(f"{folder}: no rehearsal was made there; start one with `nanxi serve --rehearsal`, or name its folder.")
    return folder


def _make(arguments: argparse.Namespace) -> int:
    from nanxi.rehearsal.generate import Plan, rehearse
    from nanxi.rehearsal.noise import read_noise

    plan = Plan(
        _between("--persons", arguments.persons, 50, 2_000_000),
        _between("--days", arguments.days, 3, 120),
        _seed(arguments.seed),
        _day(arguments.start),
        _between("--lists", arguments.lists, 0, 20_000),
        _between("--isolated", arguments.isolated, 0, 100_000),
        _between("--isolated-days", arguments.isolated_days, 1, 120),
    )
    counts = rehearse(arguments.out, plan, read_noise(arguments.noise), _say)
    _tell("")
    if arguments.json:
        print(json.dumps(counts))
        return 0
    print(", ".join(f"{number} {name.replace('_', ' ')}" for name, number in counts.items()) + f" in {arguments.out}")
    return 0


def _say(step: str) -> None:
    _tell(f"nanxi rehearse: {step}")


def _tell(line: str) -> None:
    """One line of progress on stderr, overwritten in place; silent when nobody watches."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{line}")
        sys.stderr.flush()


def _between(name: str, value: int, low: int, high: int) -> int:
    if not low <= value <= high:
        raise InputError(f"{name} {value}: must lie between {low} and {high}.")
    return value


def _seed(value: int) -> int:
    return _between("--seed", value, 0, 2**63 - 1)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"--start {text!r}: is no day; write it as YYYY-MM-DD.") from None
