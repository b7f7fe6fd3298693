"""Full phone numbers in a cell: what `engines.linkage.numbers` finds there, less what is no full number."""

from __future__ import annotations

import re

from nanxi.engines.linkage import numbers

#: A mobile; or a landline with area code (0577 67222222) or without (67222222): digits as they are.
FULL = re.compile(rf"{numbers.MOBILE.pattern}|0\d{{9,11}}|[2-8]\d{{6,7}}")


def phones_in(text: str) -> tuple[str, ...]:
    """The numbers of a cell in their order, each once; what is no number is left out."""
    return tuple(number for number in numbers.phones_in(text) if FULL.fullmatch(number))


def normal_phone(text: str) -> str:
    """Digits of one full number, or ""."""
    found = phones_in(text)
    return found[0] if len(found) == 1 else ""
