"""From the columns of a list to the derived columns that comparisons and blocking look at; and whose script the list is in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from . import hanzi, numbers, places
from .table import Bags, Table, Words

Column = Sequence[str]
Columns = dict[str, Words | Bags]
NAMES = ("name", "given_name", "surname")
#: A list whose filled cells look so in this share is read as Chinese names or resident IDs; the rest are its strangers.
SHARE = 0.3
#: Letters from which on a name keeps itself through two edits.
LONG = 6


@dataclass(frozen=True)
class Shape:
    """What kind of list it is: names in hanzi or in Latin letters, resident IDs or some other number."""

    chinese: bool
    resident: bool


def shape_of(kinds: Mapping[str, str], cells: Mapping[str, Column]) -> Shape:
    named = [column for column, kind in kinds.items() if kind in NAMES]
    numbered = [column for column, kind in kinds.items() if kind == "id_no"]
    return Shape(
        chinese=_share(hanzi.is_hanzi, [cell for column in named for cell in cells[column]]) >= SHARE,
        resident=_share(numbers.looks_resident, [cell for column in numbered for cell in cells[column]]) >= SHARE,
    )


def derive(kinds: Mapping[str, str], cells: Mapping[str, Column], rows: int, first: int) -> tuple[Table, Shape]:
    """The table of all rows (the first list's before the second's) and its shape. kinds: column → kind."""
    table, shape = Table(rows, first), shape_of(kinds, cells)
    of_kind = {kind: [column for column in kinds if kinds[column] == kind] for kind in sorted(set(kinds.values()))}
    put = table.columns
    _names(put, {kind: cells[columns[0]] for kind, columns in of_kind.items() if kind in NAMES}, shape)
    births = [numbers.read_date(cell) for cell in cells[of_kind["dob"][0]]] if "dob" in of_kind else [""] * rows
    if "id_no" in of_kind:
        births = _ids(put, cells[of_kind["id_no"][0]], births, shape)
    if any(births):
        put["birth"] = Words.of(births)
        put["birth_turned"] = Words.of(numbers.turned(birth) for birth in births)
        put["birth_year"] = Words.of(birth[:4] for birth in births)
    if "phone" in of_kind:
        several = zip(*(cells[column] for column in of_kind["phone"]), strict=True)
        found = [tuple(dict.fromkeys(number for cell in row for number in numbers.phones_in(cell))) for row in several]
        put["phone"] = Words.of(phones[0] if phones else "" for phones in found)
        put["phones"] = Bags.of(found)
    _plain(put, "sex", of_kind, cells, numbers.normal_sex)
    _plain(put, "email", of_kind, cells, numbers.normal_email)
    _plain(put, "postcode", of_kind, cells, lambda cell: hanzi.latin(cell).replace(" ", ""))
    _places(put, of_kind, cells)
    for number, column in enumerate(of_kind.get("category", []), start=1):
        put[f"category_{number}"] = Words.of(places.normal_place(cell) for cell in cells[column])
    return table, shape


def _names(put: Columns, columns: dict[str, Column], shape: Shape) -> None:
    if not columns:
        return
    if "name" in columns:
        whole = [hanzi.normal_name(cell) for cell in columns["name"]]
    else:
        empty = [""] * len(next(iter(columns.values())))
        pairs = zip(columns.get("surname", empty), columns.get("given_name", empty), strict=True)
        whole = [_joined(surname, given) for surname, given in pairs]
    if shape.chinese:
        put["name"] = Words.of(whole)
        put["name_sound"] = Words.of((hanzi.sounds(name) or ("",))[0] for name in whole)
        put["name_sounds"] = Bags.of([hanzi.sounds(name) for name in whole])
        put["name_local"] = Words.of(hanzi.local_sound(name) for name in whole)
        put["name_slips"] = Bags.of([hanzi.slips(name) for name in whole])
        put["surname_sound"] = Words.of(hanzi.surname_sound(name) for name in whole)
        return
    if "name" in columns:
        halves = [hanzi.split_latin(name) for name in whole]
        given, surname = [half[0] for half in halves], [half[1] for half in halves]
    else:
        given, surname = ([hanzi.latin(cell) for cell in columns.get(kind, [])] for kind in ("given_name", "surname"))
    for kind, words in (("given", given), ("surname", surname)):
        put[kind] = Words.of(words or [""] * len(whole))
        # Two edits turn a short name into any other.
        put[f"{kind}_long"] = Words.of(word if len(word) >= LONG else "" for word in words or [""] * len(whole))
        put[f"{kind}_start"] = Words.of(word[:3] for word in words or [""] * len(whole))


def _joined(surname: str, given: str) -> str:
    gap = "" if hanzi.is_hanzi(surname + given) else " "
    return hanzi.normal_name(f"{surname}{gap}{given}")


def _ids(put: Columns, cells: Column, births: list[str], shape: Shape) -> list[str]:
    """Columns of the ID; returns the births, of a valid resident ID its own."""
    if not shape.resident:
        plain = [hanzi.latin(cell).replace(" ", "") for cell in cells]
        put["id_no"] = Words.of(plain)
        put["id_start"], put["id_end"] = (Words.of(word[:4] for word in plain), Words.of(word[-4:] for word in plain))
        return births
    read = [numbers.read_id(cell) for cell in cells]
    put["id_valid"] = Words.of(number.valid for number in read)
    put["id_written"] = Words.of(number.written if number.written.isascii() else "" for number in read)
    put["id_broken"] = Words.of("1" if number.written and not number.valid else "" for number in read)
    put["id_masked"] = Words.of("1" if number.masked and number.ends else "" for number in read)
    put["id_ends"] = Words.of(number.ends for number in read)
    put["id_inner"] = Words.of(number.written[6:17] for number in read)
    put["id_tail"] = Words.of(number.written[10:] for number in read)
    put["id_head"] = Words.of(number.written[:13] for number in read)
    return [number.birth or birth for number, birth in zip(read, births, strict=True)]


def _places(put: Columns, of_kind: Mapping[str, list[str]], cells: Mapping[str, Column]) -> None:
    towns: list[str] = []
    for number, column in enumerate(of_kind.get("address", []), start=1):
        read = [places.normal_address(cell) for cell in cells[column]]
        put[f"address_{number}"] = Words.of(read)
        put[f"address_{number}_way"] = Words.of(places.way_of(address) for address in read)
        put[f"address_{number}_letters"] = Words.of(address if address.isascii() else "" for address in read)
        towns = towns or [places.town_of(address) for address in read]
    for number, column in enumerate(of_kind.get("place", []), start=1):
        read = [places.normal_place(cell) for cell in cells[column]]
        put[f"place_{number}"] = Words.of(read)
        put[f"place_{number}_letters"] = Words.of(place if place.isascii() else "" for place in read)
        towns = [town or place for town, place in zip(towns, read, strict=True)] if towns else read
    if towns:
        put["town"] = Words.of(towns)


def _plain(
    put: Columns, kind: str, of_kind: Mapping[str, list[str]], cells: Mapping[str, Column], read: Callable[[str], str]
) -> None:
    if kind in of_kind:
        put[kind] = Words.of(read(cell) for cell in cells[of_kind[kind][0]])


def _share(test: Callable[[str], bool], cells: Sequence[str]) -> float:
    filled = [cell for cell in cells if cell.strip()]
    return sum(map(test, filled)) / len(filled) if filled else 0.0
