"""Which prefecture a place outside the county lies in: 武汉, 湖北武汉 and 湖北省武汉市洪山区 are one and the same.

A name is looked for in full before its stem is (恩施州 counts as full), a prefecture only inside the province named with it.
What is written otherwise (a county alone, a misspelt city) is kept as written and said, never guessed. Codes: National Bureau
of Statistics, 2023, prefectures, and the towns that Hubei and Henan administer directly.
"""

from __future__ import annotations

import csv
import re
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

TABLE = Path(__file__).with_name("origins.csv")


class Origin(NamedTuple):
    code: str
    name: str
    short: str

    @property
    def is_province(self) -> bool:
        return self.code.endswith("0000")


@cache
def _table() -> tuple[list[Origin], list[Origin]]:
    """Provinces and prefectures, the longer names first."""
    with TABLE.open(encoding="utf-8", newline="") as lines:
        rows = sorted((Origin(**row) for row in csv.DictReader(lines)), key=lambda row: (-len(row.short), row.code))
    return [row for row in rows if row.is_province], [row for row in rows if not row.is_province]


@lru_cache(maxsize=8192)
def origin_of(text: str) -> str:
    """Six digits of the prefecture, of the province when no more is said, "" when it cannot be told. `text` is folded."""
    provinces, prefectures = _table()
    plain = text.removeprefix("中国")
    # 吉林市 and 海南州 are no provinces; 吉林 and 海南 are.
    if found := _whole(plain, prefectures):
        return found.code
    province = next((row for row in provinces if plain.startswith(row.short)), None)
    if province is None:
        found = _stem(plain, prefectures)
        return found.code if found else ""
    rest = plain.removeprefix(province.name) if plain.startswith(province.name) else re.sub(
        rf"^{province.short}[省市]?", "", plain
    )  # fmt: skip
    inside = [row for row in prefectures if row.code[:2] == province.code[:2]]
    found = _whole(rest, inside) or _stem(rest, inside)
    return found.code if found else province.code


def _whole(text: str, rows: list[Origin]) -> Origin | None:
    return next((row for row in rows if text.startswith((row.name, f"{row.short}州", f"{row.short}地区"))), None)


def _stem(text: str, rows: list[Origin]) -> Origin | None:
    return next((row for row in rows if text.startswith(row.short)), None)
