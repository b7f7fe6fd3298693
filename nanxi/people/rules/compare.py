"""Two records side by side for an officer's decision: what agrees is said, not shown; only what differs is uncovered."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from nanxi.engines.linkage.numbers import normal_sex
from nanxi.engines.linkage.places import normal_address
from nanxi.people.rules import ids, names

if TYPE_CHECKING:
    from nanxi.people.identity import Identity

HIDDEN = "*"


class Verdict(Enum):
    SAME = "same"
    DIFFERS = "differs"
    ONE_ONLY = "one_only"


@dataclass(frozen=True)
class Line:
    """One field of the comparison. `one`, `other`: what may be shown; "" = the record does not say."""

    field: str
    one: str
    other: str
    verdict: Verdict


def compare(one: Identity, other: Identity) -> list[Line]:
    """The fields that at least one of the two fills in, in a fixed order."""
    first, second = _shown(one), _shown(other)
    lines = [_line(field, first[field], second[field]) for field in first if first[field] or second[field]]
    return [line for line in lines if line]


def _shown(identity: Identity) -> dict[str, str]:
    number = ids.read_id(identity.id_no)
    birth = number.birth or identity.birth_date
    return {
        "name": names.normal_name(identity.name),
        "id_no": number.value,
        "birth": birth.isoformat() if birth else "",
        "sex": number.sex or normal_sex(identity.sex),
        "phone": " ".join(sorted(identity.all_phones())),
        "passport": ids.tidy_id(identity.passport),
        "address": normal_address(identity.address),
        "workplace": identity.workplace.strip(),
    }


#: Fields that identify nobody alone and are shown as they are.
OPEN = {"birth", "sex"}


def _line(field: str, one: str, other: str) -> Line:
    if field in OPEN:
        return Line(field, one, other, _verdict(one, other))
    if field == "phone":
        return _phones(one.split(), other.split())
    if not one or not other:
        return Line(field, _hidden(field, one), _hidden(field, other), Verdict.ONE_ONLY)
    if one == other:
        return Line(field, _hidden(field, one), _hidden(field, other), Verdict.SAME)
    return Line(field, uncover(one, other), uncover(other, one), Verdict.DIFFERS)


def uncover(text: str, other: str) -> str:
    """The characters of `text` that are not the same in `other` at the same place; the rest hidden."""
    if len(text) == len(other):
        return "".join(mine if mine != theirs else HIDDEN for mine, theirs in zip(text, other, strict=True))
    start = _common_start(text, other)
    end = _common_start(text[start:][::-1], other[start:][::-1])
    middle = text[start : len(text) - end]
    return HIDDEN * start + middle + HIDDEN * end


def _common_start(one: str, other: str) -> int:
    count = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        count += 1
    return count


def _phones(one: list[str], other: list[str]) -> Line:
    shared = set(one) & set(other)
    verdict = Verdict.SAME if shared else Verdict.DIFFERS if one and other else Verdict.ONE_ONLY
    return Line("phone", _tails(one), _tails(other), verdict)


def _tails(numbers: list[str]) -> str:
    return " ".join(f"…{number[-4:]}" for number in numbers)


def _hidden(field: str, text: str) -> str:
    if not text:
        return ""
    if field == "name":
        return names.mask_name(text)
    return f"…{text[-4:]}" if field in ("id_no", "passport") else HIDDEN * min(len(text), 8)


def _verdict(one: str, other: str) -> Verdict:
    if not one or not other:
        return Verdict.ONE_ONLY
    return Verdict.SAME if one == other else Verdict.DIFFERS
