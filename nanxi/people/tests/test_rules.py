"""The tables `tests/spec/people_*.md`, row by row, with plain digests instead of the county's keys."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest

from nanxi.people.identity import Identity, label_of
from nanxi.people.rules import ids, names, phones, weigh, who
from nanxi.people.rules.ids import check_digit
from nanxi.people.rules.traits import Traits, traits_of

SPEC = Path(__file__).resolve().parents[3] / "tests" / "spec"
AREAS = {"V": "990324101001", "W": "990324101002", "T": "990324102001"}
TELS = {"1": "13800000001", "2": "13800000002", "3": "13800000003"}


def number(birth: str, serial: str) -> str:
    first = f"990324{birth}{serial}"
    return first + check_digit(first)


A, B, B2 = number("19800101", "001"), number("19911231", "003"), number("19911231", "005")
IDS = {"A": A, "B": B, "B2": B2, "A15": A[:6] + A[8:17], "A~": A[:15] + str((int(A[15]) + 1) % 10) + A[16:]}


def rows(name: str) -> list[list[str]]:
    lines = [line for line in (SPEC / name).read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def block(kind: str, value: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{kind} {value}".encode()).digest()[:7], "big")


def index(kind: str, value: str) -> bytes:
    return hashlib.sha256(f"{kind} {value}".encode()).digest()[:16]


def record(place: int, text: str) -> Traits:
    name, *facts = text.split()
    said = dict(fact.split(":", 1) for fact in facts)
    identity = Identity(
        name="" if name == "–" else name.replace("-", " "),
        id_no=IDS[said["id"]] if "id" in said else "",
        phone="/".join(TELS[tel] for tel in said["tel"].split("/")) if "tel" in said else "",
        birth_date=date.fromisoformat(said["born"]) if "born" in said else None,
        sex=said.get("sex", ""),
    )
    return traits_of(UUID(int=place), AREAS[said.get("area", "V")], identity, index, block)[0]


def becomes(given: list[Traits], row: Traits) -> str:
    known = who.group_records(given)
    person = {r.record: UUID(int=1000 + place) for place, group in enumerate(known.groups) for r in group.records}
    answer = who.group_records([*(r.of_person(person[r.record]) for r in given), row])
    home = next(group for group in answer.groups if row.record in group.rules)
    if len(home.records) > 1:
        return f"linked by {home.rules[row.record].value}"
    doubts = {pair.doubt for pair in answer.pairs if row.record in (pair.one, pair.other)}
    if who.Doubt.CONFLICT in doubts:
        return "conflict"
    kept = [r.of_person(person[r.record]) for r in given]
    return "review" if doubts or weigh.only_candidate(row, kept, {}) else "new"


@pytest.mark.parametrize(("given", "when", "then"), rows("people_identity.md"))
def test_who_is_who(given: str, when: str, then: str) -> None:
    there = [record(place, text.strip()) for place, text in enumerate(given.split(";"), start=1)]
    assert becomes(there, record(50, when)) == then


@pytest.mark.parametrize(("cell", "holds", "then"), rows("people_numbers.md"))
def test_what_a_cell_says(cell: str, holds: str, then: str) -> None:
    text = "" if holds == "–" else holds
    if cell == "ID":
        found = ids.read_id(text)
        assert f"{ids.normal_id(text) or '–'} ({found.state.value})" == then
    elif cell == "phone":
        assert (" ".join(phones.phones_in(text)) or "–") == then
    else:
        normal = names.normal_name(text)
        assert f"{normal} {names.sound_of(normal)} {names.mask_name(normal)}" == then


def test_a_valid_number_says_birth_and_sex() -> None:
    found = ids.read_id("11010519491231002X")
    assert (found.birth, found.sex) == (date(1949, 12, 31), "f")


def test_a_label_shows_neither_name_nor_number_in_full() -> None:
    label = label_of(Identity(name="陈伟明", id_no=A, phone="13800000001"))
    assert str(label) == f"陈*明 …{A[-4:]}"
    assert label_of(Identity(name="陈伟明", phone="13800000001")).tail == "…0001"
    assert label_of(Identity(name="陈伟明", id_no=IDS["A~"])).tail == ""


def test_an_identity_comes_back_from_the_vault_as_it_went_in() -> None:
    full = Identity("陈伟明", A, "1", ("2",), "E12345678", "m", date(1980, 1, 1), "桥头村3号", "浙C12345", "阀门厂")
    assert Identity.of_text(full.sealed_text()) == full


def test_an_officers_decision_stands_and_the_same_row_follows_it() -> None:
    """Records 1 and 2 share an ID; an officer parted them. A third row like the second joins the second's person."""
    first, second, third = (record(place, "陈伟明 id:A tel:1" if place == 1 else "陈伟明 id:A tel:2") for place in (1, 2, 3))
    apart = [
        Traits(**{**vars(first), "person": UUID(int=91), "pinned": True, "matched": True}),
        Traits(**{**vars(second), "person": UUID(int=92), "pinned": True, "matched": True}),
    ]
    answer = who.group_records([*apart, third])
    home = next(group for group in answer.groups if third.record in group.rules)
    assert home.fixed == UUID(int=92)
    assert home.rules[third.record] is who.Rule.REMEMBERED
