"""How likely two records are the same person when nothing links them: weights in bits, added up and shown to the officer.

Weights are those learnt on synthetic registers (identity-scoring notes §3), rounded; the start is one in 300,000. Nothing is
linked by a sum: from FLOOR on the pair is shown for review.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from nanxi.people.rules.traits import Traits

START = -18
NAME, SOUND = 16, 12
BIRTH, OTHER_BIRTH, NO_BIRTH = 14, -9, -2
PHONE, OTHER_PHONE = 18, -2
ADDRESS, VILLAGE, TOWN, ELSEWHERE = 15, 4, 2, -2
SEX, OTHER_SEX = 1, -3
#: Below it a pair is not worth an officer's minute (calibration, identity-scoring notes §2c: 3 in 100 are true).
FLOOR = -3


@dataclass(frozen=True)
class Weight:
    """One reason with its bits; `code` is a fixed word, shown in the reader's language."""

    code: str
    bits: int


def weigh(one: Traits, other: Traits) -> list[Weight] | None:
    """The reasons in a fixed order; None when the two can never be one person or their names differ."""
    if one.id_key and other.id_key and one.id_key != other.id_key:
        return None
    if not one.sound or one.sound != other.sound:
        return None
    found = [Weight("start", START), Weight("name", NAME) if one.name == other.name else Weight("sound", SOUND)]
    if one.id_key and one.id_key == other.id_key:
        found.append(Weight("id", 18))
    found.append(_birth(one, other))
    if one.phones and other.phones:
        found.append(Weight("phone", PHONE) if one.phones & other.phones else Weight("other_phone", OTHER_PHONE))
    found.append(_place(one, other))
    if one.sex and other.sex:
        found.append(Weight("sex", SEX) if one.sex == other.sex else Weight("other_sex", OTHER_SEX))
    return found


def total(weights: list[Weight]) -> int:
    return sum(weight.bits for weight in weights)


def only_candidate(traits: Traits, others: Sequence[Traits], home: Mapping[UUID, UUID]) -> Traits | None:
    """The heaviest record of the only other person whose weights reach the floor; None for nobody or for several.

    `home` says where records stand after this matching; other records stand where they say. A person with one record that
    can never be the same (another valid ID) is out.
    """
    mine = home.get(traits.record)
    best: dict[UUID, tuple[int, UUID, Traits]] = {}
    barred: set[UUID] = set()
    for other in others:
        person = home.get(other.record) or other.person
        if person is None or person == mine:
            continue
        weights = weigh(traits, other)
        if weights is None:
            barred.add(person)
            continue
        bits = total(weights)
        step = (-bits, other.record, other)
        if bits >= FLOOR and (person not in best or step[:2] < best[person][:2]):
            best[person] = step
    plausible = [step for person, step in best.items() if person not in barred]
    return plausible[0][2] if len(plausible) == 1 else None


def _birth(one: Traits, other: Traits) -> Weight:
    if not one.birth or not other.birth:
        return Weight("no_birth", NO_BIRTH)
    return Weight("birth", BIRTH) if one.birth == other.birth else Weight("other_birth", OTHER_BIRTH)


def _place(one: Traits, other: Traits) -> Weight:
    if one.address and one.address == other.address:
        return Weight("address", ADDRESS)
    if one.area[:12] == other.area[:12] and one.area[9:12] != "000":
        return Weight("village", VILLAGE)
    return Weight("town", TOWN) if one.area[:9] == other.area[:9] else Weight("elsewhere", ELSEWHERE)
