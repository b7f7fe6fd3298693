"""What matching sees of a record: keyed digests of its words in the form that `engines.linkage` compares, never the words.

One record is one fixed strip of bytes, so that ten thousand candidates are read and compared as one array. The digests come from
a function handed in (the vault's), so that the rules stay pure and tables can test them in the open.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nanxi.engines.linkage import hanzi, numbers, places
from nanxi.engines.linkage.agree import slips
from nanxi.engines.linkage.table import NOTHING, Bags, Table, Words

if TYPE_CHECKING:
    from nanxi.people.identity import Identity

Block = Callable[[str, str], int]
#: Columns of one word: 63-bit digests. The value names the words it shares digests with.
WORDS = {
    "name": "name", "name_sound": "sound", "name_local": "local", "surname_sound": "surname", "id_valid": "id",
    "id_written": "id", "id_broken": "flag", "id_masked": "flag", "id_ends": "ends", "birth": "birth", "birth_turned": "birth",
    "phone": "phone", "address_1": "address", "address_1_way": "way", "village": "village", "town": "town", "sex": "sex",
    "passport": "passport", "plate": "plate",
}  # fmt: skip
#: Columns of several words and how many are kept: 32-bit digests, enough among the few hundred of two records.
BAGS = {
    "name_sounds": 3, "name_slips": 7, "name_sound_slips": 16, "id_written_slips": 19, "birth_slips": 9, "phones": 3,
    "phone_slips": 13,
}  # fmt: skip
#: Columns whose slips are kept as a bag, and the bag.
SLIPS = {"name_sound": "name_sound_slips", "id_written": "id_written_slips", "birth": "birth_slips", "phone": "phone_slips"}
#: One record: the words, what the whole row says, the birth year, the bags.
STRIP = np.dtype(
    [(name, "<i8") for name in WORDS]
    + [("row", "<i8"), ("year", "<i2"), ("sex_code", "<i2")]
    + [(name, "<u4", (size,)) for name, size in BAGS.items()]
)
_PACK = struct.Struct(f"<{len(WORDS) + 1}q2h{sum(BAGS.values())}I")
assert _PACK.size == STRIP.itemsize
HALF = 0xFFFFFFFF


class Key(IntEnum):
    """Kinds of lookup key: what two records of one person are likely to share (identity-scoring notes §3)."""

    ID = 1
    SAME_ROW = 3
    PHONE = 4
    SOUND_PHONE = 5
    SOUND_BIRTH = 6
    SOUND_TOWN = 7
    SURNAME_YEAR = 8
    SURNAME_VILLAGE = 9
    SURNAME_BIRTH = 10
    GIVEN_BIRTH = 11
    ID_TAIL = 12
    ID_HEAD = 13
    ENDS = 14
    ADDRESS = 15
    PASSPORT = 16
    PLATE = 17
    HOME = 18
    #: The name's sound alone. Only a row without number and birth date asks for it (BARE), while the name is rare.
    NAME = 19
    BARE = 20


#: Keys that bring candidates; the others answer questions inside a task.
PROBES = tuple(key for key in Key if key not in (Key.SURNAME_YEAR, Key.SURNAME_VILLAGE, Key.HOME, Key.NAME))


@dataclass(frozen=True)
class Said:
    """The words of one record. words: column → word or several; `hint`: a birth date that proves nothing yet finds candidates."""

    area: str
    words: Mapping[str, str | Sequence[str]]
    hint: str
    row: str

    def word(self, column: str) -> str:
        found = self.words.get(column, "")
        assert isinstance(found, str)
        return found


def said_by(identity: Identity, area: str) -> Said:
    """The words of a record taken in for this area."""
    name = hanzi.normal_name(identity.name)
    number = numbers.read_id(identity.id_no)
    births = (number.birth, identity.birth_date.strftime("%Y%m%d") if identity.birth_date else "")
    birth = births[0] or births[1]
    sex = _sex_of(number.valid) or numbers.normal_sex(identity.sex)
    phones = identity.all_phones()
    address = places.normal_address(identity.address)
    sounds = hanzi.sounds(name)
    written = number.written if number.written.isascii() else ""
    words: dict[str, str | Sequence[str]] = {
        "name": name, "name_sound": sounds[0] if sounds else "", "name_local": hanzi.local_sound(name),
        "surname_sound": hanzi.surname_sound(name) if name else "", "id_valid": number.valid, "id_written": written,
        "id_broken": "1" if number.written and not number.valid else "",
        "id_masked": "1" if number.masked and number.ends else "",
        "id_ends": number.ends, "birth": birth, "birth_turned": numbers.turned(birth) if birth else "",
        "phone": phones[0] if phones else "", "address_1": address, "address_1_way": places.way_of(address),
        "village": area[:12] if area[9:12].strip("0") else "", "town": area[:9] if area[6:9].strip("0") else "", "sex": sex,
        "passport": numbers.tidy(identity.passport), "plate": numbers.tidy(identity.plate),
        "name_sounds": sounds, "name_slips": hanzi.slips(name), "phones": phones,
    }  # fmt: skip
    hint = birth or (numbers.read_date(written[6:14]) if len(written) == 18 else "")
    row = [area, name, number.written or number.ends, str(words["passport"]), *sorted(phones), birth, sex, address]
    return Said(area, words, hint, "|".join(row))


def _sex_of(valid: str) -> str:
    return "" if not valid else "m" if int(valid[16]) % 2 else "f"


def strip_of(said: Said, block: Block) -> bytes:
    """The record as one strip."""
    parts = [block(space, said.word(column)) if said.words[column] else 0 for column, space in WORDS.items()]
    year = int(said.word("birth")[:4] or 0)
    bags: list[int] = []
    for column, size in BAGS.items():
        bags += _bag(said, column, size, block)
    return _PACK.pack(*parts, block("row", said.row), year, {"m": 1, "f": 2}.get(said.word("sex"), 0), *bags)


def _bag(said: Said, column: str, size: int, block: Block) -> list[int]:
    source = column.removesuffix("_slips")
    words = _slips_kept(said.word(source)) if source in SLIPS else tuple(said.words[column])
    space = "phone" if column == "phones" else column
    found = [block(space, word) & HALF or 1 for word in words[:size]]
    return found + [0] * (size - len(found))


@lru_cache(maxsize=1 << 14)
def _slips_kept(word: str) -> tuple[str, ...]:
    return (word, *sorted(slips(word) - {word})) if word else ()


def keys_of(said: Said, block: Block) -> list[tuple[Key, int]]:
    """The keys under which the record is found, each once."""
    # A phone's key is its digest in the strip, so that a crowded key is known again there.
    spaces = {Key.PHONE: "phone", Key.BARE: Key.NAME.name}
    return list(dict.fromkeys((kind, block(spaces.get(kind, kind.name), word)) for kind, word in _keys(said)))


def _keys(said: Said) -> Iterator[tuple[Key, str]]:
    word = said.word
    surname = hanzi.merged(word("surname_sound"))
    yield Key.SAME_ROW, said.row
    for phone in said.words["phones"]:
        yield Key.PHONE, phone
    if number := word("id_valid"):
        yield Key.ID, number
    if len(number := word("id_written")) == 18:
        yield Key.ID_TAIL, number[10:]
        yield Key.ID_HEAD, f"{number[:13]}|{surname}"
        # Of a mistyped number the ends hold when the slip is in the birth date.
        yield Key.ENDS, f"{number[:6]}{number[14:]}|{surname}"
    elif ends := word("id_ends"):
        yield Key.ENDS, f"{ends}|{surname}"
    if passport := word("passport"):
        yield Key.PASSPORT, passport
    if plate := word("plate"):
        yield Key.PLATE, plate
    if (address := word("address_1")) != word("address_1_way"):
        yield Key.HOME, home(address, said.area)
    if not surname:
        return
    for sound in said.words["name_sounds"]:
        yield Key.NAME, sound
        if not word("id_written") and not said.hint:
            yield Key.BARE, sound
        yield Key.SOUND_TOWN, sound_town(sound, said.area)
        for phone in said.words["phones"]:
            yield Key.SOUND_PHONE, f"{sound}|{phone}"
        if said.hint:
            yield Key.SOUND_BIRTH, f"{sound}|{said.hint}"
    if said.hint:
        yield Key.SURNAME_BIRTH, f"{surname}|{said.hint}"
        yield Key.SURNAME_YEAR, surname_year(surname, said.area, said.hint[:4])
        if given := _given_sound(word("name")):
            yield Key.GIVEN_BIRTH, f"{given}|{said.hint}"
    if word("address_1"):
        yield Key.ADDRESS, f"{word('address_1')}|{surname}"
    yield Key.SURNAME_VILLAGE, surname_village(surname, said.area)


def _given_sound(name: str) -> str:
    return "".join(hanzi.syllables(name)[1:]) if hanzi.is_hanzi(name) else ""


def home(address: str, area: str) -> str:
    """A full address in its town."""
    return f"{address}|{area[:9]}"


def sound_town(sound: str, area: str) -> str:
    return f"{sound}|{area[:9]}"


def surname_year(surname: str, area: str, year: int | str) -> str:
    return f"{surname}|{area[:9]}|{year}"


def surname_village(surname: str, area: str) -> str:
    return f"{surname}|{area[:12]}"


def strips_of(joined: bytes) -> NDArray[Any]:
    """Strips laid end to end as a structured array."""
    return np.frombuffer(joined, STRIP)


def table_of(strips: NDArray[Any]) -> Table:
    """The table that comparisons look at; equal digests are equal words."""
    table = StripTable(strips)
    for column in WORDS:
        table.words(column)
    for column in BAGS:
        table.bags(column)
    return table


class StripTable(Table):
    """The same, each column made when it is asked for: of a few pairs most levels are never reached."""

    def __init__(self, strips: NDArray[Any]) -> None:
        super().__init__(strips.size, strips.size)
        self.strips = strips

    def __contains__(self, name: str) -> bool:
        return name in WORDS or name in BAGS

    def words(self, name: str) -> Words:
        if name not in self.columns:
            digests = self.strips[name]
            self.columns[name] = Words(np.where(digests == 0, NOTHING, digests), [])
        return super().words(name)

    def bags(self, name: str) -> Bags:
        if name not in self.columns:
            digests = self.strips[name].astype(np.int64)
            digests[digests == 0] = NOTHING
            self.columns[name] = Bags(digests, [])
        return super().bags(name)
