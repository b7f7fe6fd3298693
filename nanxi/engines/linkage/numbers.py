"""ID numbers, dates, phones and e-mail addresses made comparable. What is not certain is kept as written, never repaired.

Resident IDs after GB 11643-1999. The region code is not tested: abolished counties would lose half of the older people.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK = "10X98765432"
CROSSES = str.maketrans("×✕✖ХхΧχ", "XXXXXXX")
NOISE = re.compile(r"[\s\u200b-\u200f\u2060\ufeff'‘’\"`\-–—._]+")
RESIDENT = re.compile(r"\d{17}[\dX]|\d{15}")
MASKED = re.compile(r"(\d{6})[\dX]*\*+[\dX*]*?(\d{3}[\dX])")
#: A number cell that lost its last digits: 3.30324199001011E+17, or the same written out, ending in noughts.
LOST = re.compile(r"(\d)\.(\d+)[eE]\+?17")
NOUGHTS = re.compile(r"\d{15}000")
#: Digits that a number cell keeps for certain.
KEPT_DIGITS = 15
FIRST_YEAR, LAST_YEAR = 1900, 2100
EXCEL_EPOCH = date(1899, 12, 30)
MOBILE = re.compile(r"1[3-9]\d{9}")
COUNTRY = re.compile(r"^(?:\+|00)?86(?=1\d{10}$|0\d{9,11}$)")
BETWEEN = re.compile(r"[/\\,，、;；|\n或]+")
DIGITS = 7  # fewer digits are an extension or a slip, no number to compare


@dataclass(frozen=True)
class IdNumber:
    """A number as read. `valid`: 18 characters that pass; `written`: those or as it stands; `ends`: first 6 and last 4."""

    written: str = ""
    valid: str = ""
    masked: bool = False
    ends: str = ""
    #: The birth date that it holds for certain, YYYYMMDD.
    birth: str = ""


def tidy(text: str) -> str:
    """Half-width capitals without blanks, dashes and quotes; a cross becomes X."""
    return NOISE.sub("", unicodedata.normalize("NFKC", text.translate(CROSSES)).upper().translate(CROSSES))


def read_id(text: str) -> IdNumber:
    value = tidy(text)
    if lost := LOST.fullmatch(text.strip()):
        kept = (lost[1] + lost[2])[:KEPT_DIGITS]
        return IdNumber(birth=read_date(kept[6:14]) if len(kept) >= KEPT_DIGITS - 1 else "")
    if not value:
        return IdNumber()
    if "*" in value:
        found = MASKED.fullmatch(value)
        return IdNumber(masked=True, ends=found[1] + found[2]) if found else IdNumber()
    if not RESIDENT.fullmatch(value):
        return IdNumber(written=value)
    longer = value if len(value) == 18 else upgraded(value)
    if check_digit(longer[:17]) == longer[17] and read_date(longer[6:14]):
        return IdNumber(longer, longer, ends=longer[:6] + longer[14:], birth=longer[6:14])
    if NOUGHTS.fullmatch(value):
        return IdNumber(birth=read_date(value[6:14]))
    return IdNumber(written=longer)


def upgraded(first_generation: str) -> str:
    """The 18 characters that the 15 digits of the first generation stand for."""
    longer = f"{first_generation[:6]}19{first_generation[6:]}"
    return longer + check_digit(longer)


def check_digit(first17: str) -> str:
    return CHECK[sum(int(digit) * weight for digit, weight in zip(first17, WEIGHTS, strict=True)) % 11]


def looks_resident(text: str) -> bool:
    """Does the cell look like a Chinese resident ID, sound or broken?"""
    value = tidy(text)
    return bool(RESIDENT.fullmatch(value) or MASKED.fullmatch(value))


def read_date(text: str) -> str:
    """YYYYMMDD of 2020-01-25, 2020.1.25, 2020年1月25日, 20200125, 25/01/2020 or an Excel serial; "" when it is no date."""
    plain = unicodedata.normalize("NFKC", text).strip()
    digits = re.sub(r"\.0$", "", plain)
    if re.fullmatch(r"\d{8}", digits):
        return _day(digits[:4], digits[4:6], digits[6:])
    if re.fullmatch(r"\d{5}", digits):
        return (EXCEL_EPOCH + timedelta(days=int(digits))).strftime("%Y%m%d")
    if found := re.match(r"(\d{4})\D{1,2}(\d{1,2})\D{1,2}(\d{1,2})(?:\D|$)", plain):
        return _day(*found.groups())
    if found := re.fullmatch(r"(\d{1,2})\D(\d{1,2})\D(\d{4})", plain):
        day, month, year = found.groups()
        return _day(year, month, day) or _day(year, day, month)
    return ""


def _day(year: str, month: str, day: str) -> str:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return ""
    return found.strftime("%Y%m%d") if FIRST_YEAR <= found.year <= LAST_YEAR else ""


def turned(birth: str) -> str:
    """The same date with day and month exchanged; "" without a date."""
    return birth[:4] + birth[6:] + birth[4:6]


def phones_in(text: str) -> tuple[str, ...]:
    """The numbers of a cell in their order: digits without the country code, each once."""
    found: list[str] = []
    for part in BETWEEN.split(re.sub(r"\.0$", "", unicodedata.normalize("NFKC", text).strip())):
        digits = COUNTRY.sub("", re.sub(r"[^\d+]", "", part)).lstrip("+")
        several = MOBILE.findall(re.sub(r"[-()]", "", part)) if len(digits) > 15 else []
        found += several or ([digits] if len(digits) >= DIGITS else [])
    return tuple(dict.fromkeys(found))


def normal_email(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    return plain if "@" in plain else ""


def normal_sex(text: str) -> str:
    """m, f or "" for whatever else stands there."""
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    if plain in ("m", "男", "男性", "male", "1"):
        return "m"
    return "f" if plain in ("f", "女", "女性", "female", "2") else ""
