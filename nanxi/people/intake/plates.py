"""Number plates by GA 36-2018: province, letter of the office, five signs, or six for new energy."""

from __future__ import annotations

import re
import unicodedata

_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
#: I and O are not used.
_SIGN = "[A-HJ-NP-Z0-9]"
_PLAIN = rf"{_SIGN}{{4}}[A-HJ-NP-Z0-9挂学警港澳领]"
#: New energy: small vehicles carry the letter of their kind first, large ones last; the others are digits and one letter more.
_FUEL = "[A-HJK]"
_NEW_ENERGY = rf"{_FUEL}{_SIGN}\d{{4}}|\d{{5}}{_FUEL}"
_PLATE = re.compile(rf"([{_PROVINCES}])\s*([A-HJ-NP-Z])[\s·•・.\-]*({_NEW_ENERGY}|{_PLAIN})(?![A-Z0-9])")
#: Of five signs two may be letters, three where an office ran out of plates.
_MOST_LETTERS = 3


def plate_in(text: str) -> str:
    """The first number plate in a text, without dots and blanks; "" when there is none."""
    plain = unicodedata.normalize("NFKC", text).upper()
    return next((plate for match in _PLATE.finditer(plain) if _like_a_plate(plate := "".join(match.groups()))), "")


def without_plate(text: str) -> str:
    """The text with its plates taken out, so that their signs are not taken for a seat."""
    return _PLATE.sub(" ", unicodedata.normalize("NFKC", text).upper())


def _like_a_plate(plate: str) -> bool:
    letters = sum(sign.isascii() and sign.isalpha() for sign in plate[2:])
    return letters <= _MOST_LETTERS and any(sign.isdigit() for sign in plate[2:])
