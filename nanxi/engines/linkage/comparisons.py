"""Which comparisons a list allows and the levels of each, best agreement first (identity-scoring notes §3).

`m` and `u` of a level are what is believed before any list was seen: the shares of true and of random pairs that reach it. A
long list overrules them, a short one cannot.
"""

from __future__ import annotations

from dataclasses import dataclass

from .agree import Agreement, Both, Either, Every, Lacks, Near, Otherwise, Same, Share, Slip
from .derive import Shape
from .table import Table

#: Levels that the decision asks for by name.
SAME_ID, MISTYPED_ID, MASKED_ID, TWO_IDS = "same ID", "mistyped ID", "masked ID agrees", "two valid IDs"
ONE_CHARACTER, ONE_SOUND, SURNAME, ANOTHER_NAME = "one character", "one letter of the sound", "surname", "another name"


@dataclass(frozen=True)
class Level:
    """One degree of agreement. `frequency`: its column, whose rare words weigh more. `fixed`: m is not learned.

    `least`: u is never less: of what random pairs hardly ever show, the chance is known by counting digits.
    """

    label: str
    test: Agreement
    m: float
    u: float
    frequency: str = ""
    fixed: bool = False
    least: float = 0.0


@dataclass(frozen=True)
class Comparison:
    """A field in degrees of agreement. `missing`: when it says nothing and weighs nothing."""

    name: str
    missing: Agreement
    levels: tuple[Level, ...]


def comparisons_for(table: Table, shape: Shape) -> tuple[Comparison, ...]:
    """The comparisons that the table's columns allow, in a fixed order."""
    found: list[Comparison] = []
    if shape.chinese and "name" in table:
        found.append(_chinese_name())
    elif "surname" in table:
        found += [_latin_name("given", "surname"), _latin_name("surname", "given")]
    if "id_valid" in table:
        found.append(_resident_id(birth="birth" in table))
    elif "id_no" in table:
        found.append(_number("id_no", 1e-4))
    if "id_valid" not in table and "birth" in table:
        found.append(_birth())
    if "phone" in table:
        found.append(_phone())
    if "email" in table:
        found.append(_number("email", 1e-4))
    found += [_address(name) for name in _numbered(table, "address")]
    found += [_place(name) for name in _numbered(table, "place")]
    if "postcode" in table:
        found.append(_number("postcode", 3e-3))
    found += [_equal(name, 0.9, 0.2) for name in _numbered(table, "category")]
    if "sex" in table:
        found.append(_equal("sex", 0.98, 0.5))
    return tuple(found)


def comparisons_of_a_register() -> tuple[Comparison, ...]:
    """What a county's register compares: the home in degrees of the area tree, a passport and a car beside the rest."""
    return (
        _chinese_name(), _resident_id(birth=True), _phone(), _home(), _equal("passport", 0.9, 1e-6), _equal("plate", 0.6, 1e-5),
        _sex(),
    )  # fmt: skip


def _sex() -> Comparison:
    """A wrong sex is often a slip of the key: three bits against, never more (identity-scoring notes §3)."""
    return Comparison(
        "sex",
        Lacks(("sex",)),
        (
            Level("same sex", Same("sex"), 0.9375, 0.5, fixed=True),
            Level("another sex", Otherwise(), 0.0625, 0.5, fixed=True),
        ),
    )


def _home() -> Comparison:
    """The address in full, the way to it, and the village and town that the record was filed under."""
    return Comparison(
        "address_1",
        Lacks(("address_1", "town")),
        (
            Level("same address", Same("address_1"), 0.45, 1e-5),
            Level("same way, another house", Same("address_1_way"), 0.1, 3e-3),
            Level("same village", Same("village"), 0.2, 3e-3),
            Level("same town", Same("town"), 0.15, 0.06),
            # Lists are filed where they were made, and people move.
            Level("another town", Otherwise(), 0.1, 0.93, fixed=True),
        ),
    )


def _numbered(table: Table, kind: str) -> list[str]:
    return [name for name in table.columns if name.rpartition("_")[0] == kind and name.rpartition("_")[2].isdigit()]


def _chinese_name() -> Comparison:
    return Comparison(
        "name",
        Lacks(("name",)),
        (
            Level("same name", Same("name"), 0.86, 2e-4, frequency="name"),
            Level("same sound", Share("name_sounds"), 0.055, 2e-4),
            Level("same sound in a Wenzhou mouth", Same("name_local"), 0.01, 2e-4),
            Level(ONE_CHARACTER, Share("name_slips"), 0.05, 4e-3),
            Level(ONE_SOUND, Slip("name_sound"), 0.01, 3e-3),
            Level(SURNAME, Same("surname_sound"), 0.01, 0.04),
            Level(ANOTHER_NAME, Otherwise(), 0.005, 0.95),
        ),
    )


def _latin_name(name: str, other: str) -> Comparison:
    return Comparison(
        name,
        Lacks((name,)),
        (
            Level(f"same {name}", Same(name), 0.8, 5e-3, frequency=name),
            Level("one letter", Near(name, 1), 0.07, 3e-3),
            Level("two letters", Near(f"{name}_long", 2), 0.03, 1e-3),
            Level(f"stands as {other}", Same(name, other), 0.02, 2e-4),
            Level("same beginning", Same(f"{name}_start"), 0.02, 8e-3),
            Level(f"another {name}", Otherwise(), 0.06, 0.97),
        ),
    )


def _resident_id(*, birth: bool) -> Comparison:
    """ID and birth date as one comparison: the number holds the date, and agreement must not count twice."""
    birth_levels = (
        Level("same birth date", Same("birth"), 0.1, 6e-5),
        Level("day and month exchanged", Same("birth", "birth_turned"), 2e-3, 5e-5),
        Level("one digit of the birth date", Slip("birth"), 0.012, 3e-3),
    )
    return Comparison(
        "identity",
        Lacks(("id_valid", "id_written", "id_ends", "birth") if birth else ("id_valid", "id_written", "id_ends")),
        (
            Level(SAME_ID, Same("id_valid"), 0.75, 1e-6),
            Level(MISTYPED_ID, Every((Either("id_broken"), Slip("id_written"))), 0.05, 1e-6),
            Level(MASKED_ID, Every((Either("id_masked"), Same("id_ends"))), 5e-3, 2e-6, least=2e-6),
            # Wrong pairs of one household teach that this speaks for a pair; it does not, and it is a veto as well.
            Level(TWO_IDS, Both("id_valid"), 5e-3, 0.6, fixed=True),
            *(birth_levels if birth else ()),
            # Lists hold more wrong dates than pairs that were found by the date can teach.
            Level("another ID or birth date", Otherwise(), 0.015, 0.4, fixed=True),
        ),
    )


def _number(name: str, chance: float) -> Comparison:
    """A number or address of which a wrong character is a slip."""
    return Comparison(
        name,
        Lacks((name,)),
        (
            Level(f"same {name}", Same(name), 0.85, chance, frequency=name),
            Level("one character", Near(name, 1), 0.08, chance * 5),
            Level("two characters", Near(name, 2), 0.03, chance * 60),
            Level(f"another {name}", Otherwise(), 0.04, 1 - 66 * chance),
        ),
    )


def _birth() -> Comparison:
    return Comparison(
        "birth",
        Lacks(("birth",)),
        (
            Level("same birth date", Same("birth"), 0.85, 6e-5, frequency="birth"),
            Level("one digit", Near("birth", 1), 0.08, 2e-3),
            Level("day and month exchanged", Same("birth", "birth_turned"), 0.01, 5e-5),
            Level("same year", Same("birth_year"), 0.02, 0.013),
            Level("another birth date", Otherwise(), 0.04, 0.985),
        ),
    )


def _phone() -> Comparison:
    return Comparison(
        "phone",
        Lacks(("phone",)),
        (
            Level("same phone", Same("phone"), 0.7, 1e-5, frequency="phone"),
            Level("one of several phones", Share("phones"), 0.03, 1e-5, least=1e-6),
            Level("one digit", Slip("phone"), 0.01, 1e-5, least=1e-6),
            Level("another phone", Otherwise(), 0.26, 0.9999),
        ),
    )


def _address(name: str) -> Comparison:
    return Comparison(
        name,
        Lacks((name,)),
        (
            Level("same address", Same(name), 0.7, 1e-4, frequency=name),
            Level("two letters", Near(f"{name}_letters", 2), 0.1, 1e-3),
            Level("same way, another house", Same(f"{name}_way"), 0.05, 3e-3),
            Level("another address", Otherwise(), 0.15, 0.99),
        ),
    )


def _place(name: str) -> Comparison:
    return Comparison(
        name,
        Lacks((name,)),
        (
            Level("same place", Same(name), 0.8, 5e-3, frequency=name),
            Level("two letters", Near(f"{name}_letters", 2), 0.07, 2e-3),
            Level("another place", Otherwise(), 0.13, 0.99),
        ),
    )


def _equal(name: str, m: float, u: float) -> Comparison:
    return Comparison(
        name,
        Lacks((name,)),
        (
            Level(f"same {name}", Same(name), m, u, frequency="" if name == "sex" else name),
            Level(f"another {name}", Otherwise(), 1 - m, 1 - u),
        ),
    )
