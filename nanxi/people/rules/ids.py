"""Resident ID numbers (GB 11643-1999): 18 digits with check digit, 15 digits of the first generation, masked and broken ones.

The region code is not tested against a table: abolished and renumbered counties would lose half of the older people.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import Enum

from nanxi.engines.linkage.numbers import FIRST_YEAR, check_digit, upgraded
from nanxi.engines.linkage.numbers import tidy as tidy_id

__all__ = ["FIRST_YEAR", "IdNumber", "IdState", "check_digit", "normal_id", "read_id", "tidy_id"]


class IdState(Enum):
    MISSING = "missing"
    VALID = "valid"
    UPGRADED = "15 to 18"
    MASKED = "masked"
    BAD_CHECK = "check digit wrong"
    BAD_DATE = "birth date impossible"
    BAD_SHAPE = "not an ID number"


@dataclass(frozen=True)
class IdNumber:
    """A number as read: normalised value (18 characters when valid), state, and what a valid number says."""

    value: str
    state: IdState
    birth: date | None = None
    sex: str = ""

    @property
    def valid(self) -> bool:
        return self.state in (IdState.VALID, IdState.UPGRADED)


def read_id(text: str) -> IdNumber:
    """Any text as an ID number. A number of the first generation becomes the 18 digits it stands for."""
    value = tidy_id(text)
    if not value:
        return IdNumber("", IdState.MISSING)
    if "*" in value:
        return IdNumber(value, IdState.MASKED)
    if re.fullmatch(r"\d{15}", value):
        return _checked(upgraded(value), IdState.UPGRADED)
    if not re.fullmatch(r"\d{17}[\dX]", value):
        return IdNumber(value, IdState.BAD_SHAPE)
    if check_digit(value[:17]) != value[17]:
        return IdNumber(value, IdState.BAD_CHECK)
    return _checked(value, IdState.VALID)


def normal_id(text: str) -> str:
    """The 18 characters of a valid number, else "". What `vault.index("id_no", …)` is fed with."""
    number = read_id(text)
    return number.value if number.valid else ""


def _checked(value: str, state: IdState) -> IdNumber:
    birth = _date(value[6:14])
    if birth is None:
        return IdNumber(value, IdState.BAD_DATE)
    return IdNumber(value, state, birth, "m" if int(value[16]) % 2 else "f")


def _date(digits: str) -> date | None:
    try:
        day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
    return day if day.year >= FIRST_YEAR else None
