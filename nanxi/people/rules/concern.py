"""Who is of concern: neither case nor contact, yet named by a list that came with a directive. Derived, never set."""

from __future__ import annotations

from datetime import date, timedelta

#: The longest incubation after the day a list speaks of (national protocol, third edition, 28 January 2020).
DAYS = 14


def until(day_of_list: date) -> date:
    """The last day on which the list makes somebody a person of concern."""
    return day_of_list + timedelta(days=DAYS)


def holds(day_of_list: date, today: date) -> bool:
    return day_of_list <= today <= until(day_of_list)
