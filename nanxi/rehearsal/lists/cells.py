"""What is written into one cell of a list, and what was done to it. Rates are noise.toml's, by the marks' own names.

Each field has its ways of going wrong in a fixed order; one of them at most happens to a cell, with its stated rate. A way that
cannot apply to what is written (a date of birth after 1999 in a 15-digit number) leaves the cell as it is, without a mark.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import numpy as np
from pypinyin import lazy_pinyin

from nanxi.rehearsal.lists.entries import Entry
from nanxi.rehearsal.noise import Noise
from nanxi.rehearsal.unusual import RARE
from nanxi.rehearsal.workbooks import Cell, Failed

_FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
#: Simplified to traditional or to a look-alike.
_VARIANTS = dict(zip("陈刘张黄吴杨叶郑谢红丽华军国伟凤兰云建强梅", "陳劉張黃吳楊葉鄭謝紅麗華軍國偉鳳蘭雲健強枚", strict=True))
#: First days of the lunar years that a rehearsal may touch.
_SPRING = {
    date(2019, 2, 5), date(2020, 1, 25), date(2021, 2, 12), date(2022, 2, 1), date(2023, 1, 22), date(2024, 2, 10),
    date(2025, 1, 29), date(2026, 2, 17), date(2027, 2, 6), date(2028, 1, 26), date(2029, 2, 13), date(2030, 2, 3),
}  # fmt: skip
_LUNAR = (
    *(f"初{n}" for n in "一二三四五六七八九十"),
    *(f"十{n}" for n in "一二三四五六七八九"),
    "二十",
    *(f"廿{n}" for n in "一二三四五六七八九"),
)
_RARE_SAID = {"㛃": "（女+洁）", "䶮": "（龙+天）", "𠅤": "?", "𫖯": "?"}


@dataclass(frozen=True)
class Written:
    """One cell: what stands there, the mark of what was done ("" = nothing), and what it ought to say."""

    cell: Cell
    mark: str
    true: str


#: How a way spoils a cell: the entry and the true text to the new cell; None when it does not apply.
_Way = Callable[[np.random.Generator, Entry, str], Cell | None]


@cache
def _homophones() -> dict[str, tuple[str, ...]]:
    """Characters of GB 2312 level 1 by their toneless pinyin."""
    groups: dict[str, list[str]] = {}
    for high in range(0xB0, 0xD8):
        for low in range(0xA1, 0xFF):
            try:
                char = bytes((high, low)).decode("gb2312")
            except UnicodeDecodeError:
                continue
            groups.setdefault(lazy_pinyin(char)[0], []).append(char)
    return {sound: tuple(chars) for sound, chars in groups.items()}


def write(rng: np.random.Generator, noise: Noise, field: str, entry: Entry, true: str) -> Written:
    """The cell of `field` for one entry: as it should be, or spoiled in one of the field's ways."""
    ways = WAYS.get(field, {})
    draw = float(rng.random())
    for mark, way in ways.items():
        rate = noise["lists", mark]
        if mark in CONDITIONAL:
            # Of those it can happen to, not of all.
            cell = way(rng, entry, true) if rng.random() < rate else None
            if cell is not None:
                return Written(cell, mark, true)
            continue
        if 0 <= draw < rate:
            cell = way(rng, entry, true)
            return Written(true, "", true) if cell is None else Written(cell, mark, true)
        draw -= rate
    return Written(true, "", true)


def _number(entry: Entry) -> bool:
    """Whether the entry has an ID number of 18 characters and no passport."""
    return len(entry.id_no) == 18


def _only_numbers(way: _Way) -> _Way:
    return lambda rng, entry, true: way(rng, entry, true) if _number(entry) else None


def _digit(rng: np.random.Generator, text: str, first: int, last: int) -> str:
    at = int(rng.integers(first, last))
    return f"{text[:at]}{(int(text[at]) + int(rng.integers(1, 10))) % 10}{text[at + 1 :]}"


def _transposed(rng: np.random.Generator, entry: Entry, true: str) -> Cell | None:
    places = [at for at in range(6, 16) if true[at] != true[at + 1]]
    if not places:
        return None
    at = places[int(rng.integers(len(places)))]
    return true[:at] + true[at + 1] + true[at] + true[at + 2 :]


def excel_text(number: float) -> str:
    """A long number as Excel shows it in a general cell: 3.30399E+17."""
    return f"{number:.5E}"


def _as_number(rng: np.random.Generator, entry: Entry, true: str) -> Cell | None:
    """Excel keeps fifteen digits of a number and writes zeros for the rest."""
    return None if true[17] == "X" else float(true[:15] + "000")


def _spaced(rng: np.random.Generator, entry: Entry, true: str) -> Cell:
    return (true + " ", f"{true[:6]} {true[6:14]} {true[14:]}", " " + true)[int(rng.integers(3))]


def _unseen(rng: np.random.Generator, entry: Entry, true: str) -> Cell:
    return ("\u00a0" + true + "\u200b", true + "\u3000", "\ufeff" + true, true + "\u200b")[int(rng.integers(4))]


def _homophone(rng: np.random.Generator, entry: Entry, true: str) -> Cell | None:
    at = int(rng.integers(1, len(true))) if len(true) > 1 else 0
    others = [char for char in _homophones().get(lazy_pinyin(true[at])[0], ()) if char != true[at]]
    return true[:at] + others[int(rng.integers(len(others)))] + true[at + 1 :] if others else None


def _variant(rng: np.random.Generator, entry: Entry, true: str) -> Cell | None:
    written = "".join(_VARIANTS.get(char, char) for char in true)
    return written if written != true else None


def _hanzi(true: str) -> bool:
    return not true.isascii() and "·" not in true


def _pinyin(rng: np.random.Generator, entry: Entry, true: str) -> Cell | None:
    if not _hanzi(true):
        return None
    last, first = "".join(lazy_pinyin(true[0])).capitalize(), "".join(lazy_pinyin(true[1:])).capitalize()
    return (f"{last} {first}", f"{first} {last}", f"{last}{first}".upper())[int(rng.integers(3))]


def _char_lost(rng: np.random.Generator, entry: Entry, true: str) -> Cell | None:
    if not _hanzi(true) or len(true) < 3:
        return None
    at = int(rng.integers(1, len(true)))
    return true[:at] + true[at + 1 :]


def _name_spaces(rng: np.random.Generator, entry: Entry, true: str) -> Cell | None:
    gap = (" ", "\u3000", "  ")[int(rng.integers(3))]
    return f"{true[0]}{gap}{true[1:]}" if _hanzi(true) and len(true) > 1 else None


def _dot(rng: np.random.Generator, entry: Entry, true: str) -> Cell | None:
    return true.replace("·", ("•", "．", ".", "")[int(rng.integers(4))]) if "·" in true else None


def _rare_lost(rng: np.random.Generator, entry: Entry, true: str) -> Cell | None:
    found = next((char for char in true if char in RARE), "")
    return true.replace(found, _RARE_SAID[found]) if found else None


def _two_phones(rng: np.random.Generator, entry: Entry, true: str) -> Cell:
    second = entry.family_phone if entry.family_phone and entry.family_phone != true else f"0577-6722{true[-4:]}"
    return f"{true}{('/', '、', ' ', '；')[int(rng.integers(4))]}{second}"


def _dashes(rng: np.random.Generator, entry: Entry, true: str) -> Cell:
    return (f"{true[:3]}-{true[3:7]}-{true[7:]}", f"{true[:3]} {true[3:7]} {true[7:]}")[int(rng.integers(2))]


def _lunar(rng: np.random.Generator, entry: Entry, true: str) -> Cell | None:
    day = date.fromisoformat(true)
    if day + timedelta(days=1) in _SPRING:
        return "除夕"
    first = next((spring for spring in _SPRING if 0 <= (day - spring).days < len(_LUNAR)), None)
    return f"正月{_LUNAR[(day - first).days]}" if first else None


def _time(rng: np.random.Generator, entry: Entry, true: str) -> Cell:
    hour, minute = int(rng.integers(6, 22)), int(rng.integers(60))
    return f"{true} {hour:02d}:{minute:02d}"


def _typo(rng: np.random.Generator, entry: Entry, true: str) -> Cell | None:
    """A character of the village or street that sounds the same."""
    places = [at for at, char in enumerate(true) if at > 2 and len(_homophones().get(lazy_pinyin(char)[0], ())) > 1]
    if not places:
        return None
    at = places[int(rng.integers(len(places)))]
    others = [char for char in _homophones()[lazy_pinyin(true[at])[0]] if char != true[at]]
    return true[:at] + others[int(rng.integers(len(others)))] + true[at + 1 :]


def _short(rng: np.random.Generator, entry: Entry, true: str) -> Cell | None:
    for start in ("永嘉县", "浙江省", "湖北省"):
        if true.startswith(start):
            return true[len(start) :]
    return None


def _trip(rng: np.random.Generator, entry: Entry, true: str) -> Cell | None:
    if true.startswith("自驾"):
        return (true.replace(" ", ""), f"自备车{true[3:]}", true.replace("浙C", "浙C·"))[int(rng.integers(3))]
    train, seat = true.split(" ")
    coach, place = seat.split("车")
    return (f"{train.lower()}{coach}-{place}", f"{train}次 {coach}车厢{place}座", f"{train}/{coach}/{place}")[
        int(rng.integers(3))
    ]


def _day(text: str) -> date:
    return date.fromisoformat(text)


#: Marks whose rate is a share of the cells they can happen to.
CONDITIONAL = frozenset({"id_lower_x", "id_x_sign", "id_guardian", "name_dot", "name_rare_lost"})
WAYS: dict[str, dict[str, _Way]] = {
    "id": {
        "id_guardian": lambda rng, entry, true: entry.guardian_id or None,
        "id_lower_x": lambda rng, entry, true: true[:17] + "x" if true[17:] == "X" else None,
        "id_x_sign": lambda rng, entry, true: true[:17] + "×*"[int(rng.integers(2))] if true[17:] == "X" else None,
        "id_missing": lambda rng, entry, true: "",
        "id_digit": _only_numbers(lambda rng, entry, true: _digit(rng, true, 6, 17)),
        "id_transposed": _only_numbers(_transposed),
        "id_float": _only_numbers(_as_number),
        "id_float_text": _only_numbers(lambda rng, entry, true: None if true[17] == "X" else excel_text(float(true))),
        "id_error": lambda rng, entry, true: Failed("#N/A"),
        "id_15": _only_numbers(lambda rng, entry, true: true[:6] + true[8:17] if true[6:8] == "19" else None),
        "id_spaces": _only_numbers(_spaced),
        "id_invisible": _unseen,
        "id_full_width": _only_numbers(lambda rng, entry, true: true.translate(_FULL_WIDTH)),
        "id_apostrophe": lambda rng, entry, true: "'" + true,
        "id_masked": _only_numbers(lambda rng, entry, true: true[:6] + "********" + true[14:]),
    },
    "name": {
        "name_dot": _dot,
        "name_rare_lost": _rare_lost,
        "name_missing": lambda rng, entry, true: "",
        "name_homophone": lambda rng, entry, true: _homophone(rng, entry, true) if _hanzi(true) else None,
        "name_variant": _variant,
        "name_title": lambda rng, entry, true: true + ("先生" if entry.male else "女士"),
        "name_pinyin": _pinyin,
        "name_char_lost": _char_lost,
        "name_surname": lambda rng, entry, true: true[0] + "某" if _hanzi(true) else None,
        "name_spaces": _name_spaces,
        "name_invisible": _unseen,
    },
    "phone": {
        "phone_missing": lambda rng, entry, true: "",
        "phone_household": lambda rng, entry, true: entry.family_phone if entry.family_phone not in {"", true} else None,
        "phone_two": _two_phones,
        "phone_float": lambda rng, entry, true: float(true),
        "phone_plus86": lambda rng, entry, true: ("+86", "0086", "+86-", "86 ")[int(rng.integers(4))] + true,
        "phone_dashes": _dashes,
        "phone_landline": lambda rng, entry, true: f"0577-6733{int(rng.integers(10_000)):04d}",
        "phone_digit": lambda rng, entry, true: _digit(rng, true, 4, 11),
        "phone_full_width": lambda rng, entry, true: true.translate(_FULL_WIDTH),
        # 1443: machine numbers of thirteen digits that no register has.
        "phone_changed": lambda rng, entry, true: f"1443{int(rng.integers(10_000_000)):07d}",
        "phone_error": lambda rng, entry, true: Failed("#VALUE!"),
    },
    "date": {
        "date_missing": lambda rng, entry, true: "",
        "date_serial": lambda rng, entry, true: _day(true),
        "date_dots": lambda rng, entry, true: f"{_day(true).year}.{_day(true).month}.{_day(true).day}",
        "date_words": lambda rng, entry, true: f"{_day(true).month}月{_day(true).day}日",
        "date_words_year": lambda rng, entry, true: f"{_day(true).year}年{_day(true).month}月{_day(true).day}",
        "date_day_month": lambda rng, entry, true: f"{_day(true).day}/{_day(true).month}",
        "date_lunar": _lunar,
        "date_time": _time,
        "date_slashes": lambda rng, entry, true: f"{_day(true).year}/{_day(true).month}/{_day(true).day}",
    },
    "address": {
        "address_missing": lambda rng, entry, true: "",
        "address_old_town": lambda rng, entry, true: entry.old_address if entry.old_address != true else None,
        "address_short": _short,
        "address_typo": _typo,
    },
    "origin": {
        "origin_short": lambda rng, entry, true: true.replace("湖北省", "").replace("市", "")[:2],
        "origin_typo": lambda rng, entry, true: true.replace("武汉", "武汗") if "武汉" in true else None,
    },
    "trip": {"trip_messy": _trip},
    "fever": {
        "fever_missing": lambda rng, entry, true: "",
        "fever_words": lambda rng, entry, true: "正常",
        "fever_full_stop": lambda rng, entry, true: true.replace(".", "。") + "℃",
        "fever_unit": lambda rng, entry, true: true + "度",
        "fever_comma": lambda rng, entry, true: true.replace(".", ","),
    },
    "sex": {"sex_missing": lambda rng, entry, true: ""},
    "number": {"number_text": lambda rng, entry, true: true},
}
