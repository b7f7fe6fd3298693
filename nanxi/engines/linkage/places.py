"""Addresses and place names made comparable: the parts above the town dropped, house numbers told apart from the way to them."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from . import hanzi

#: Province, prefecture and county, which half of the rows leave out.
_PART = r"[^\W\d省市县区镇乡街村]"
ABOVE = re.compile(rf"^(?:中国)?(?:{_PART}{{2,8}}(?:省|自治区))?(?:{_PART}{{2,6}}市)?(?:{_PART}{{1,6}}[县区])?")
TOWN = re.compile(r"^([\u4e00-\u9fff]{2,6}?(?:镇|乡|街道))")
NUMBERS = str.maketrans("零〇一二三四五六七八九", "00123456789")
#: Words of a Latin address that lists shorten or leave out.
SHORT = {
    "street": "st", "road": "rd", "avenue": "ave", "place": "pl", "crescent": "cres", "court": "ct", "close": "cl",
    "drive": "dr", "circuit": "cct", "parade": "pde", "terrace": "tce", "lane": "ln", "boulevard": "bvd",
}  # fmt: skip


@lru_cache(maxsize=1 << 16)
def normal_address(text: str) -> str:
    """One form of an address: simplified and from the town down, or Latin words with usual short forms."""
    folded = unicodedata.normalize("NFKC", text)
    if not hanzi.is_hanzi(folded):
        return " ".join(SHORT.get(word, word) for word in hanzi.latin(folded).split())
    plain = hanzi.simplified(re.sub(r"[\s,，.。;；()（）\-—#]+", "", folded)).translate(NUMBERS)
    below = ABOVE.sub("", plain)
    return below or plain


@lru_cache(maxsize=1 << 16)
def way_of(address: str) -> str:
    """The address without its house number: the village, the street."""
    way = re.sub(r"\d.*$", "", address) if hanzi.is_hanzi(address) else re.sub(r"\d+\w?", "", address)
    return way.strip()


@lru_cache(maxsize=1 << 16)
def town_of(address: str) -> str:
    """The town an address begins with, without the kind of town, which rows leave out."""
    found = TOWN.match(address)
    return re.sub(r"(?:镇|乡|街道)$", "", found[1]) if found else ""


@lru_cache(maxsize=1 << 16)
def normal_place(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text)
    if not hanzi.is_hanzi(folded):
        return hanzi.latin(folded)
    plain = hanzi.simplified(re.sub(r"\s+", "", folded))
    below = ABOVE.sub("", plain) or plain
    return re.sub(r"(?:镇|乡|街道|村|社区)$", "", below) or below
