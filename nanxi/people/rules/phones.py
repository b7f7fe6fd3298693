"""Phone numbers in a cell: +86 and 0086 dropped, full width folded, two numbers in one cell taken apart."""

from __future__ import annotations

import re
import unicodedata

#: What stands between two numbers of one cell.
BETWEEN = re.compile(r"[/\\,，、;；|\n或]+")
COUNTRY = re.compile(r"^(?:\+|00)?86(?=1\d{10}$|0\d{9,11}$)")
MOBILE = re.compile(r"1[3-9]\d{9}")
#: With area code (0577 67222222) or without (67222222): digits as they are.
LANDLINE = re.compile(r"0\d{9,11}|[2-8]\d{6,7}")


def phones_in(text: str) -> tuple[str, ...]:
    """The numbers of a cell in their order, each once; what is no number is left out."""
    folded = unicodedata.normalize("NFKC", text)
    found: list[str] = []
    for part in BETWEEN.split(folded):
        number = normal_phone(part)
        if number:
            found.append(number)
            continue
        # Two mobiles with only a blank between them.
        found += MOBILE.findall(re.sub(r"[-()]", "", part))
    return tuple(dict.fromkeys(found))


def normal_phone(text: str) -> str:
    """Digits of one full number, or ""."""
    digits = re.sub(r"[^\d+]", "", unicodedata.normalize("NFKC", text))
    digits = COUNTRY.sub("", digits).lstrip("+")
    return digits if MOBILE.fullmatch(digits) or LANDLINE.fullmatch(digits) else ""
