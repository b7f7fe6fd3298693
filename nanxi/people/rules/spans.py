"""Whether something that was said to hold from a day until a day holds on another day."""

from __future__ import annotations

from datetime import date


def holds(since: date | None, until: date | None, today: date, *, error: bool = False) -> bool:
    """The last day counts; an open end holds; what was noted in error never held."""
    return not error and (since is None or since <= today) and (until is None or today <= until)


def fault(since: date | None, until: date | None, today: date) -> str:
    """What is wrong with the days: "begins later", "ends before", or "" for days that can be."""
    if since and since > today:
        return "begins later"
    return "ends before" if since and until and until < since else ""
