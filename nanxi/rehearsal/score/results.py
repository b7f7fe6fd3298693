"""What a desk exports of a rehearsal, read and checked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from nanxi.cli import InputError
from nanxi.rehearsal.score.truth import RowKey


@dataclass(frozen=True)
class Made:
    """What the desk made of a row. person: its handle, "" = none yet; rule: what tied the two; review: a pair waits for somebody;
    refused: the row was sent back."""

    person: str
    rule: str = ""
    by_officer: bool = False
    review: bool = False
    refused: bool = False
    #: log2 of the odds that the link is right, as the rule saw them.
    bits: float | None = None


@dataclass(frozen=True)
class Results:
    """rows: row → what was made of it; contacts: accepted (case, contact); alerts: (person handle, when); watched:
    (person handle, from, until) of served orders."""

    rows: Mapping[RowKey, Made]
    contacts: frozenset[tuple[str, str]]
    alerts: tuple[tuple[str, datetime], ...]
    watched: tuple[tuple[str, datetime, datetime], ...]
    #: Files the desk took in; rows of others are not asked for. None: all of them.
    files: frozenset[str] | None = None
    #: When a running desk was asked; departures it had no time to decide on do not count.
    at: datetime | None = None


def read_results(path: Path) -> Results:
    """The desk's export. Raises InputError naming the part that is missing or has the wrong form."""
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise InputError(
            f"{path}: cannot be read ({problem.strerror}); fetch it with `nanxi rehearse --score DIR --from URL`."
        ) from None
    except ValueError as problem:
        raise InputError(f"{path.name}: is no JSON ({problem}); fetch it again.") from None
    return parse_results(content, path.name)


def parse_results(content: Any, name: str) -> Results:
    """{rows: [{file, sheet, row, person, rule, by_officer, bits, review, outcome}], contacts: [{case, contact}], alerts:
    [{person, at}], watched: [{person, from, until}]}; of a row, file, row and person must be there."""
    part = "the whole"
    try:
        part = "rows"
        rows = {(str(row["file"]), int(row.get("sheet", 0)), int(row["row"])): _made(row) for row in content["rows"]}
        part = "contacts"
        contacts = frozenset((str(row["case"]), str(row["contact"])) for row in content["contacts"])
        part = "alerts"
        alerts = tuple((str(row["person"]), _time(row["at"])) for row in content["alerts"])
        part = "watched"
        watched = tuple((str(row["person"]), _time(row["from"]), _time(row["until"])) for row in content["watched"])
        part = "at"
        at = _time(content["at"]) if content.get("at") else None
        part = "files"
        files = frozenset(str(file) for file in content["files"]) if "files" in content else None
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise InputError(f"{name}: {part!r} is missing or has another form ({problem}); fetch it again from the desk.") from None
    return Results(rows, contacts, alerts, watched, files, at)


def _made(row: Mapping[str, Any]) -> Made:
    person = str(row["person"] or "")
    refused = not person and row.get("outcome") == "rejected"
    bits = None if row.get("bits") is None else float(row["bits"])
    return Made(person, str(row.get("rule", "")), bool(row.get("by_officer")), bool(row.get("review")), refused, bits)


def _time(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text} has no offset")
    return at
