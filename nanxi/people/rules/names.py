"""Names made comparable: one width, one script, no titles; their sound in pinyin; and their mask.

Two names agree when they sound the same: 陈伟明 and 陳偉明, 陈炜明, CHEN WEIMING. Everything else is another name here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache
from typing import cast

#: Titles and remarks that lists write behind a name.
TITLES = re.compile(r"(?:先生|女士|小姐|同志|老师|师傅)$")
REMARK = re.compile(r"[(\[【〔].*?[)\]】〕]")
BLANK = re.compile(r"[\s\u200b-\u200f\u2060\ufeff]+")
DOT = re.compile(r"[·・•‧∙⋅˙]")
#: Surnames read otherwise than the same character elsewhere.
SURNAME_READING = {
    "仇": "qiu", "解": "xie", "单": "shan", "曾": "zeng", "区": "ou", "查": "zha", "朴": "piao", "盖": "ge", "翟": "zhai",
}  # fmt: skip
#: Two-character surnames met in the county's lists.
LONG_SURNAMES = ("欧阳", "上官", "司马", "诸葛", "夏侯", "尉迟", "皇甫", "令狐", "东方", "司徒")


@lru_cache(maxsize=65536)
def normal_name(text: str) -> str:
    """Simplified characters without titles, remarks and blanks; Latin names in capitals with single blanks."""
    folded = REMARK.sub("", DOT.sub("·", unicodedata.normalize("NFKC", text))).strip()
    if folded.isascii():
        return BLANK.sub(" ", folded).upper().strip(" .,")
    plain = TITLES.sub("", BLANK.sub("", folded))
    return "".join(_simplified(char) for char in plain) if plain else ""


@lru_cache(maxsize=65536)
def sound_of(normal: str) -> str:
    """Letters of the toneless pinyin of a normalised name, character by character; Latin names keep their letters."""
    if normal.isascii():
        return re.sub(r"[^a-z]", "", normal.lower())
    parts = [_reading(char) for char in normal]
    if normal[:1] in SURNAME_READING:
        parts[0] = SURNAME_READING[normal[0]]
    return "".join(parts)


def surname_of(normal: str) -> str:
    """The surname of a Chinese name; the last word of a Latin one."""
    if not normal:
        return ""
    if normal.isascii():
        return normal.split(" ")[-1]
    return normal[:2] if normal.startswith(LONG_SURNAMES) and len(normal) > 2 else normal[:1]


def mask_name(normal: str) -> str:
    """陈*明, 陈*, C***: enough to tell lines of a work list apart."""
    if len(normal) <= 1:
        return normal
    if normal.isascii():
        return normal[0] + "***"
    return normal[0] + "*" if len(normal) == 2 else normal[0] + "*" * (len(normal) - 2) + normal[-1]


@cache
def _simplified(char: str) -> str:
    return _converter()(char)


@cache
def _converter() -> Callable[[str], str]:
    import opencc

    return cast("Callable[[str], str]", opencc.OpenCC("t2s").convert)  # type: ignore[no-untyped-call]


@cache
def _reading(char: str) -> str:
    import pypinyin

    return "".join(pypinyin.lazy_pinyin(char)).lower()
