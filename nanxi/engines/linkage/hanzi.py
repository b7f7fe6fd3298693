"""Names made comparable: one width and script, no titles; their sound, also in a Wenzhou mouth; their slips of a character.

Sources: identity-scoring notes §3 (columns) and §4 (surname readings). Forms are words that agree or do not, or ASCII, since
string distances of databases count the bytes of a hanzi.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache
from typing import cast

TITLE = re.compile(r"(?:先生|女士|小姐|同志|老师|师傅)$")
REMARK = re.compile(r"[(\[【〔].*?[)\]】〕]")
BLANK = re.compile(r"[\s\u200b-\u200f\u2060\ufeff]+")
DOT = re.compile(r"[·・•‧∙⋅˙.。]")
HANZI = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")
#: Courtesies of lists in Latin letters.
COURTESY = frozenset({"mr", "mrs", "ms", "miss", "dr", "prof"})
#: Surnames read otherwise than the same character elsewhere.
SURNAME_READING = {
    "仇": "qiu", "解": "xie", "单": "shan", "曾": "zeng", "区": "ou", "查": "zha", "朴": "piao", "盖": "ge", "翟": "zhai",
    "缪": "miao", "乐": "yue", "覃": "qin", "员": "yun", "种": "chong", "召": "shao", "薄": "bo", "冼": "xian", "万": "wan",
}  # fmt: skip
LONG_SURNAMES = {
    "欧阳": "ouyang", "上官": "shangguan", "司马": "sima", "诸葛": "zhuge", "夏侯": "xiahou", "尉迟": "yuchi", "皇甫": "huangfu",
    "令狐": "linghu", "东方": "dongfang", "司徒": "situ", "慕容": "murong", "长孙": "zhangsun", "公孙": "gongsun",
    "宇文": "yuwen",
}  # fmt: skip
#: What Wenzhou speakers merge: retroflex and flat initials, l and n, h and f before u, front and back nasal endings.
LOCAL = ((r"\b([zcs])h", r"\1"), (r"\bn", "l"), (r"\bhu", "fu"), (r"([aei])ng\b", r"\1n"))


def is_hanzi(text: str) -> bool:
    return bool(HANZI.search(text))


@lru_cache(maxsize=1 << 16)
def normal_name(text: str) -> str:
    """Simplified characters without titles, remarks, blanks and dots; Latin names as lower-case words of a–z."""
    folded = REMARK.sub("", unicodedata.normalize("NFKC", text)).strip()
    if is_hanzi(folded):
        return simplified(TITLE.sub("", DOT.sub("", BLANK.sub("", folded))))
    return latin(folded)


def latin(text: str) -> str:
    """Words of a–z and digits: accents dropped, hyphens and apostrophes as lists differ in them removed."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).lower()
    words = re.sub(r"[^a-z0-9]+", " ", re.sub(r"['’`\-]", "", bare)).split()
    return " ".join(word for word in words if word not in COURTESY)


def split_latin(name: str) -> tuple[str, str]:
    """Given names and surname of a normalised Latin name: the last word is the surname."""
    words = name.split()
    return (" ".join(words[:-1]), words[-1]) if len(words) > 1 else ("", name)


@lru_cache(maxsize=1 << 16)
def surname_of(name: str) -> str:
    return name[:2] if name[:2] in LONG_SURNAMES and len(name) > 2 else name[:1]


@lru_cache(maxsize=1 << 16)
def syllables(name: str) -> tuple[str, ...]:
    """Toneless pinyin of a normalised Chinese name, the surname's own reading first."""
    surname = surname_of(name)
    if surname in LONG_SURNAMES:
        return (LONG_SURNAMES[surname], *(_reading(char) for char in name[2:]))
    return (SURNAME_READING.get(surname) or _reading(surname), *(_reading(char) for char in name[1:]))


def sounds(name: str) -> tuple[str, ...]:
    """The letters of the sound: one form of a Chinese name, both orders of a romanised one."""
    if is_hanzi(name):
        return ("".join(syllables(name)),)
    words = name.split()
    if len(words) < 2:
        return (name,) if name else ()
    return tuple(dict.fromkeys(("".join(words), "".join([words[-1], *words[:-1]]), "".join([*words[1:], words[0]]))))


def local_sound(name: str) -> str:
    """The sound with the local mergers; of a romanised name nothing, its syllables are not known."""
    if not is_hanzi(name):
        return ""
    return merged(" ".join(syllables(name))).replace(" ", "")


@lru_cache(maxsize=1 << 16)
def merged(syllables_: str) -> str:
    """Syllables with blanks between them, as a Wenzhou mouth has them."""
    for pattern, instead in LOCAL:
        syllables_ = re.sub(pattern, instead, syllables_)
    return syllables_


def surname_sound(name: str) -> str:
    """The sound of the surname; of a romanised name its first word, as passports and lists put it."""
    return syllables(name)[0] if is_hanzi(name) else (name.split() or [""])[0]


def slips(name: str) -> tuple[str, ...]:
    """Forms that two names share when one character differs or, of three or more, one given character was left out."""
    if not is_hanzi(name) or len(name) < 2:
        return ()
    if len(name) == 2:
        # 陈* would be every 陈.
        return (f"*{name[1]}", name)
    wild = (f"{name[:at]}*{name[at + 1 :]}" for at in range(len(name)))
    short = (f"{name[:at]}{name[at + 1 :]}" for at in range(1, len(name)))
    return tuple(dict.fromkeys((*wild, *short)))


def simplified(text: str) -> str:
    return "".join(_simplified(char) for char in text)


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

    return re.sub(r"[^a-z]", "", "".join(pypinyin.lazy_pinyin(char)).lower().replace("ü", "v"))
