"""`nanxi intake check FILE…`: what the intake would make of a list, row by row, without a database. Prints no person's data."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nanxi.cli import InputError

if TYPE_CHECKING:
    from nanxi.people.intake.tables import Reading

    Parsers = argparse._SubParsersAction[argparse.ArgumentParser]  # pyright: ignore[reportPrivateUsage]


def add_commands(commands: Parsers) -> None:
    intake = commands.add_parser("intake", help="read messy lists of people")
    verbs = intake.add_subparsers(dest="verb", metavar="VERB", required=True)
    check = verbs.add_parser("check", help="row report of messy lists (.xlsx, .xls, .csv); no database needed")
    check.add_argument("files", nargs="+", type=Path, metavar="FILE")
    check.add_argument("--day", help="day of the lists for dates without a year; default: as they say, else today")
    check.add_argument("--json", action="store_true", help="for machines")
    check.set_defaults(run=_check)


def _check(arguments: argparse.Namespace) -> int:
    day = _day(arguments.day)
    reports = [report_of(path, day) for path in arguments.files]
    if arguments.json:
        print(json.dumps({"files": reports}, ensure_ascii=False, indent=1))
    else:
        for report in reports:
            _tell(report)
    refused = [report for report in reports if report["refused"]]
    for report in refused:
        print(f"nanxi: {report['file']}: {report['refused']}", file=sys.stderr)
    return 2 if refused else 0


def _day(text: str | None) -> date:
    if not text:
        return datetime.now().astimezone().date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"--day: {text} is no date; write it like 2020-01-25.") from None


def report_of(path: Path, day: date) -> dict[str, Any]:
    """One file's report: refused as a whole, or its sheets, counts and remarks."""
    from nanxi.people.intake.books import digest_of, open_book
    from nanxi.people.intake.problems import Unreadable
    from nanxi.people.intake.tables import read_tables

    try:
        content = path.read_bytes()
    except OSError as problem:
        raise InputError(f"{path}: cannot be opened ({problem.strerror}); check the name and the right to read it.") from None
    report: dict[str, Any] = {"file": path.name, "sha256": digest_of(content).hex(), "refused": None, "sheets": [], "remarks": []}
    try:
        reading = read_tables(open_book(path.name, content), day=day)
    except Unreadable as problem:
        return {**report, "refused": problem.sentence}
    return {**report, **_found(reading)}


def _found(reading: Reading) -> dict[str, Any]:
    sheets, remarks = [], []
    for table in reading.tables:
        labels = table.heading.labels
        sheets.append(
            {
                "sheet": table.sheet,
                "heading_row": table.heading.row + 1,
                "rows": len(table.rows),
                "rejected": sum(row.rejected for row in table.rows),
                "left_out": dict(table.left_out),
                "columns": [{"heading": label, "read_as": key} for label, key in zip(labels, table.heading.keys, strict=True)],
            }
        )
        for row in table.rows:
            remarks += [
                {
                    "sheet": row.sheet,
                    "row": row.number,
                    "column": labels[at.column] if 0 <= at.column < len(labels) else "",
                    "weight": at.weight.value,
                    "code": at.code,
                    "sentence": at.sentence,
                }
                for at in row.remarks
            ]
    return {"day": reading.day.isoformat(), "sheets": sheets, "unread": dict(reading.unread), "remarks": remarks}


def _tell(report: dict[str, Any]) -> None:
    if report["refused"]:
        return
    for sheet in report["sheets"]:
        below = f"{sheet['rows']} rows below row {sheet['heading_row']}"
        print(f"{report['file']} {sheet['sheet']}: {below}, {sheet['rejected']} rejected")
        print("  " + ", ".join(f"{one['heading']} → {one['read_as'] or 'kept, not read'}" for one in sheet["columns"]))
    for name, why in report["unread"].items():
        print(f"{report['file']} {name}: not read ({'hidden sheet' if why == 'hidden' else 'no heading found'})")
    told: dict[tuple[str, str, str], list[int]] = {}
    for remark in report["remarks"]:
        if remark["weight"] != "changed":
            told.setdefault((remark["sheet"], remark["column"], remark["sentence"]), []).append(remark["row"])
    for (sheet, column, sentence), rows in told.items():
        print(f"  {sheet} {_rows(rows)}, {column or 'row'}: {sentence}")
    changed = Counter(remark["sentence"] for remark in report["remarks"] if remark["weight"] == "changed")
    for sentence, number in changed.most_common():
        print(f"  {number} × {sentence}")


def _rows(numbers: list[int]) -> str:
    """`row 4`, or `rows 4, 6-9 (5 in all)`: one sentence for all rows it is about."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    text = ", ".join(f"{low}" if low == high else f"{low}-{high}" for low, high in spans)
    return f"row {text}" if len(numbers) == 1 else f"rows {text} ({len(numbers)} in all)"
