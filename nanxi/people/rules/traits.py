"""What matching sees of a record: keyed digests and a few coarse facts, never the identifiers themselves.

The digests come from functions handed in (the vault's), so that the rules stay pure and tables can test them in the open.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from enum import IntEnum
from typing import TYPE_CHECKING
from uuid import UUID

from nanxi.people.rules import ids, names

if TYPE_CHECKING:
    from nanxi.people.identity import Identity

Index = Callable[[str, str], bytes]
Block = Callable[[str, str], int]
MALE, FEMALE = {"m", "男", "男性", "male"}, {"f", "女", "女性", "female"}


class Key(IntEnum):
    """Kinds of lookup key. Strong ones can link (so does the ID, with its own index); weak ones only bring candidates."""

    NAME_PHONE = 2
    SAME_ROW = 3
    PHONE = 4
    SOUND_PHONE = 5
    SOUND_BIRTH = 6
    SOUND_TOWN = 7
    SURNAME_YEAR = 8
    SURNAME_VILLAGE = 9


STRONG = (Key.NAME_PHONE, Key.SAME_ROW)
WEAK = (Key.SOUND_PHONE, Key.SOUND_BIRTH, Key.SOUND_TOWN)


@dataclass(frozen=True)
class Traits:
    """One record for the rules. Zero or empty = the record does not say. `pinned`: an officer decided on this record."""

    record: UUID
    area: str
    id_key: bytes | None = None
    name: int = 0
    sound: int = 0
    phones: frozenset[int] = frozenset()
    #: name + phone, one per phone: the pair that links.
    name_phones: frozenset[int] = frozenset()
    birth: int = 0
    year: int = 0
    sex: str = ""
    address: int = 0
    row: int = 0
    person: UUID | None = None
    pinned: bool = False
    matched: bool = False

    def of_person(self, person: UUID) -> Traits:
        return replace(self, person=person, matched=True)


def traits_of(record: UUID, area: str, identity: Identity, index: Index, block: Block) -> tuple[Traits, list[tuple[Key, int]]]:
    """The traits of a record and the lookup keys that find it again."""
    number = ids.read_id(identity.id_no)
    name = names.normal_name(identity.name)
    sound = names.sound_of(name)
    phones = identity.all_phones()
    birth = number.birth or identity.birth_date
    # The date inside a mistyped number brings candidates for review; it proves and disproves nothing.
    hint = birth or ids.written_birth(number.value)
    sex = number.sex or normal_sex(identity.sex)
    address = normal_address(identity.address)
    strong_id = number.value if number.valid else "P:" + ids.tidy_id(identity.passport) if identity.passport else ""
    traits = Traits(
        record=record, area=area, id_key=index("id_no", strong_id) if strong_id else None,
        name=block("name", name) if name else 0, sound=block("sound", sound) if sound else 0,
        phones=frozenset(block("phone", phone) for phone in phones),
        name_phones=frozenset(block("name_phone", f"{name}|{phone}") for phone in phones) if name else frozenset(),
        birth=block("birth", birth.isoformat()) if birth else 0, year=birth.year if birth else 0, sex=sex,
        address=block("address", address) if address else 0,
        row=block("row", "|".join([area, name, number.value, identity.passport, *sorted(phones), str(birth), sex, address])),
    )  # fmt: skip
    return traits, list(_keys(traits, _Words(name, sound, phones, hint), block))


@dataclass(frozen=True)
class _Words:
    """The normalised words that keys are made of; they never leave this module."""

    name: str
    sound: str
    phones: tuple[str, ...]
    birth: date | None


def _keys(traits: Traits, words: _Words, block: Block) -> Iterator[tuple[Key, int]]:
    yield Key.SAME_ROW, traits.row
    for phone in traits.phones:
        yield Key.PHONE, phone
    for pair in traits.name_phones:
        yield Key.NAME_PHONE, pair
    if not words.sound:
        return
    for phone in words.phones:
        yield Key.SOUND_PHONE, block("sound_phone", f"{words.sound}|{phone}")
    surname = names.surname_of(words.name)
    if words.birth:
        yield Key.SOUND_BIRTH, block("sound_birth", f"{words.sound}|{words.birth}")
        yield Key.SURNAME_YEAR, surname_year(block, surname, traits.area, words.birth.year)
    yield Key.SOUND_TOWN, sound_town(block, words.sound, traits.area)
    yield Key.SURNAME_VILLAGE, surname_village(block, surname, traits.area)


def sound_town(block: Block, sound: str, area: str) -> int:
    return block("sound_town", f"{sound}|{area[:9]}")


def surname_year(block: Block, surname: str, area: str, year: int) -> int:
    return block("surname_year", f"{surname}|{area[:9]}|{year}")


def surname_village(block: Block, surname: str, area: str) -> int:
    return block("surname_village", f"{surname}|{area[:12]}")


def normal_sex(text: str) -> str:
    word = text.strip().lower()
    return "m" if word in MALE else "f" if word in FEMALE else ""


def normal_address(text: str) -> str:
    """Half-width without blanks and without the province, city and county that some lists write in front."""
    folded = re.sub(r"[\s\-–—,，。]+", "", unicodedata.normalize("NFKC", text))
    return re.sub(r"^(?:浙江省?)?(?:温州市?)?(?:永嘉县?)?", "", folded)
