"""What somebody under age may not be asked to do alone, and which adult speaks for one.

Civil Code arts. 17–20 (eighteen is of age), art. 27 (parents, then grandparents, then elder brothers and sisters) and PIPL
art. 31 (under fourteen a guardian decides about data). Nothing is stored: age follows from the birth date each time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

ADULT = 18
#: PIPL art. 31: below it a guardian's consent is needed, and a declaration is the guardian's.
CONSENTS = 14


class Stage(StrEnum):
    """How far somebody is from being of age. Of age is no stage."""

    CHILD = "child"
    YOUTH = "youth"


class Alone(StrEnum):
    """What is asked of people in an outbreak and needs an adult beside a minor."""

    CONSENT = "consent"
    DECLARE = "declare"
    INTERVIEW = "interview"
    SERVED = "served"
    MOVED = "moved"
    STAY = "stay"


#: In the order in which they come up.
NOT_ALONE = {
    Stage.CHILD: tuple(Alone),
    Stage.YOUTH: (Alone.INTERVIEW, Alone.SERVED, Alone.MOVED, Alone.STAY),
}


def age(birth: date, today: date) -> int:
    """Full years on a day; whoever is born on 29 February has the birthday on 1 March."""
    return today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))


def stage(birth: date, today: date) -> Stage | None:
    """Child, youth, or None for somebody of age."""
    years = age(birth, today)
    if years >= ADULT:
        return None
    return Stage.CHILD if years < CONSENTS else Stage.YOUTH


#: Who speaks for a minor before whom. A guardian named by a court or committee stands before the parents.
RANK = {"guardian": 0, "parent": 1, "grandparent": 2, "sibling": 3}


@dataclass(frozen=True)
class Adult:
    """Somebody who may speak for a minor: by which relation that holds, whether of age, whether there is a phone."""

    person: UUID
    kind: str
    of_age: bool = True
    phone: bool = True


def speaker(adults: Iterable[Adult], answers: UUID | None = None) -> tuple[UUID, str] | None:
    """The adult who speaks for a minor and why: a relation's kind, or "household" for the adult who answers for its home."""
    able = [adult for adult in adults if adult.of_age and adult.kind in RANK]
    first = min(able, key=lambda adult: (RANK[adult.kind], not adult.phone, adult.person), default=None)
    if first is not None:
        return first.person, first.kind
    return (answers, "household") if answers else None
