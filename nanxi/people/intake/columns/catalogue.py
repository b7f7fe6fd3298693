"""All columns there are, and which of them a row of headings means."""

from __future__ import annotations

from collections.abc import Sequence

from nanxi.people.intake.columns.answers import Temperature, YesNo
from nanxi.people.intake.columns.base import Column
from nanxi.people.intake.columns.days import Arrival, Day
from nanxi.people.intake.columns.numbers import IdNumber
from nanxi.people.intake.columns.reach import Address, AreaCode, Household, Origin, Phone, Place, Plate, Trip
from nanxi.people.intake.columns.who import Birth, Name, Passport, Sex, Workplace

COLUMNS: tuple[Column, ...] = (
    Name(), IdNumber(), Passport(), Phone(), Sex(), Birth(), Address(), Place(), AreaCode(), Household(), Workplace(),
    Arrival(), Day(), Trip(), Origin(), Plate(), Temperature(), YesNo(),
)  # fmt: skip
BY_KEY: dict[str, Column] = {column.key: column for column in COLUMNS}
#: A column that is kept as written and not read.
IGNORED = ""
#: One of them must be there, or nobody can be found by the list.
NAMING = ("name", "id_no")


def propose(headings: Sequence[str]) -> tuple[str, ...]:
    """For each heading (from `heading_of`) the key of its column, or "" for one that is only kept.

    The surest heading takes a column that may occur once; the leftmost wins among equals.
    """
    keys = [IGNORED] * len(headings)
    wishes = sorted(
        (-sure, at, order)
        for at, heading in enumerate(headings)
        for order, column in enumerate(COLUMNS)
        if heading and (sure := column.resolve(heading))
    )
    taken: set[str] = set()
    for _sure, at, order in wishes:
        column = COLUMNS[order]
        if keys[at] == IGNORED and (column.many or column.key not in taken):
            keys[at] = column.key
            taken.add(column.key)
    return tuple(keys)
