"""The mess of lists as departments send them: ID numbers, names, phones and dates spoiled at the rates of noise.toml [lists].

The kinds of mess are those of the data notes §6 and the rates those of the identity notes §2. Each function
returns the cell and a mark that names what was done to it; the marks go into the truth.
"""

from __future__ import annotations

from datetime import date
from functools import cache

import numpy as np
from pypinyin import lazy_pinyin

from nanxi.rehearsal.noise import Noise

Cell = str | float | date
_FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
#: Simplified to traditional or to a look-alike.
_VARIANTS = dict(zip("陈刘张黄吴杨叶郑谢红丽华军国伟凤兰云建强梅", "陳劉張黃吳楊葉鄭謝紅麗華軍國偉鳳蘭雲健強枚", strict=True))
_EXCEL_EPOCH = date(1899, 12, 30)


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


def mess_id(rng: np.random.Generator, noise: Noise, id_no: str) -> tuple[Cell, str]:
    """One ID cell. `id_float` has lost its last digits for good; `id_digit` no longer has a valid check digit."""
    draw = float(rng.random())
    for name, spoil in (
        ("id_missing", _no_id),
        ("id_digit_wrong", _wrong_digit),
        ("id_as_float", _as_float),
        ("id_15_digits", _fifteen),
        ("id_spaces", _spaced),
        ("id_full_width", _full_width),
    ):
        if draw < noise["lists", name]:
            return spoil(rng, id_no)
        draw -= noise["lists", name]
    if id_no.endswith("X") and rng.random() < noise["lists", "id_lower_x"]:
        return id_no.lower(), "id_lower_x"
    return id_no, ""


def _no_id(rng: np.random.Generator, id_no: str) -> tuple[Cell, str]:
    return "", "id_missing"


def _wrong_digit(rng: np.random.Generator, id_no: str) -> tuple[Cell, str]:
    at = int(rng.integers(10, 17))
    digit = (int(id_no[at]) + int(rng.integers(1, 10))) % 10
    return f"{id_no[:at]}{digit}{id_no[at + 1 :]}", "id_digit"


def _as_float(rng: np.random.Generator, id_no: str) -> tuple[Cell, str]:
    if id_no.endswith("X"):
        return id_no, ""
    return float(id_no), "id_float"


def _fifteen(rng: np.random.Generator, id_no: str) -> tuple[Cell, str]:
    if id_no[6:8] != "19":
        return id_no, ""
    return id_no[:6] + id_no[8:17], "id_15"


def _spaced(rng: np.random.Generator, id_no: str) -> tuple[Cell, str]:
    form = int(rng.integers(3))
    return (id_no + " ", f"{id_no[:6]} {id_no[6:14]} {id_no[14:]}", "\u00a0" + id_no + "\u200b")[form], "id_spaces"


def _full_width(rng: np.random.Generator, id_no: str) -> tuple[Cell, str]:
    return id_no.translate(_FULL_WIDTH), "id_full_width"


def mess_name(rng: np.random.Generator, noise: Noise, name: str, male: bool) -> tuple[str, str]:
    """One name cell."""
    draw = float(rng.random())
    if draw < noise["lists", "name_homophone"]:
        return _homophone(rng, name)
    draw -= noise["lists", "name_homophone"]
    if draw < noise["lists", "name_variant"]:
        written = "".join(_VARIANTS.get(char, char) for char in name)
        return written, "name_variant" if written != name else ""
    draw -= noise["lists", "name_variant"]
    if draw < noise["lists", "name_title"]:
        return name + ("先生" if male else "女士"), "name_title"
    return name, ""


def _homophone(rng: np.random.Generator, name: str) -> tuple[str, str]:
    at = int(rng.integers(1, len(name))) if len(name) > 1 else 0
    others = [char for char in _homophones().get(lazy_pinyin(name[at])[0], ()) if char != name[at]]
    if not others:
        return name, ""
    return name[:at] + others[int(rng.integers(len(others)))] + name[at + 1 :], "name_homophone"


def mess_phone(rng: np.random.Generator, noise: Noise, phone: str, of_household: str) -> tuple[Cell, str]:
    """One phone cell; `of_household` is the number of another person of the home."""
    draw = float(rng.random())
    if draw < noise["lists", "phone_missing"]:
        return "", "phone_missing"
    draw -= noise["lists", "phone_missing"]
    if draw < noise["lists", "phone_of_household"]:
        return of_household, "phone_household" if of_household != phone else ""
    draw -= noise["lists", "phone_of_household"]
    if draw < noise["lists", "phone_two"]:
        return f"{phone}/{of_household}" if of_household != phone else f"{phone}、0577-6722{phone[-4:]}", "phone_two"
    draw -= noise["lists", "phone_two"]
    if draw < noise["lists", "phone_as_float"]:
        return float(phone), "phone_float"
    return phone, ""


def mess_date(rng: np.random.Generator, noise: Noise, day: date) -> tuple[Cell, str]:
    """One date cell; without a mark it is a real Excel date."""
    draw = float(rng.random())
    if draw < noise["lists", "date_serial"]:
        return float((day - _EXCEL_EPOCH).days), "date_serial"
    draw -= noise["lists", "date_serial"]
    if draw < noise["lists", "date_dots"]:
        return f"{day.year}.{day.month}.{day.day}", "date_dots"
    draw -= noise["lists", "date_dots"]
    if draw < noise["lists", "date_words"]:
        return f"{day.month}月{day.day}日", "date_words"
    return day, ""
