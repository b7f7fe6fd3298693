"""The tables `tests/spec/people_*.md`, row by row, with plain digests instead of the county's keys."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest

from nanxi.engines.linkage import hanzi
from nanxi.people import scoring
from nanxi.people.identity import Identity, label_of
from nanxi.people.rules import ids, names, phones, who
from nanxi.people.rules.ids import check_digit
from nanxi.people.rules.traits import Said, said_by, strip_of, strips_of

SPEC = Path(__file__).resolve().parents[3] / "tests" / "spec"
AREAS = {"V": "990324101001", "W": "990324101002", "T": "990324102001"}
HOUSES = {"1": "桥头镇前村1号", "2": "桥头镇后村88号"}
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
    return int.from_bytes(hashlib.sha256(f"{kind} {value}".encode()).digest()[:8], "big") >> 1


def said(text: str) -> Said:
    name, *facts = text.split()
    told = dict(fact.split(":", 1) for fact in facts)
    identity = Identity(
        name="" if name == "–" else name.replace("-", " "),
        id_no=IDS[told["id"]] if "id" in told else "",
        phone="/".join(TELS[tel] for tel in told["tel"].split("/")) if "tel" in told else "",
        birth_date=date.fromisoformat(told["born"]) if "born" in told else None,
        sex=told.get("sex", ""),
        address=HOUSES[told["at"]] if "at" in told else "",
    )
    return said_by(identity, AREAS[told.get("area", "V")])


def grouped(rows: list[Said], persons: list[UUID | None], pinned: tuple[int, ...] = ()) -> tuple[list[who.Known], who.Answer]:
    """The rows against each other, every pair looked at; those with a person are known already."""
    strips = strips_of(b"".join(strip_of(row, block) for row in rows))
    left, right = (side.astype(np.int64) for side in np.triu_indices(len(rows), 1))
    weighed = scoring.weigh(strips, left, right, scoring.shipped())
    known = [
        who.Known(UUID(int=at + 1), int(strips["row"][at]), bool(strips["id_valid"][at]), person, at in pinned, person is None)
        for at, person in enumerate(persons)
    ]
    pairs = {(int(one), int(other)): weighed.evidence(at) for at, (one, other) in enumerate(zip(left, right, strict=True))}
    return known, who.group_records(known, who.Near(pairs))


def becomes(given: list[str], row: str) -> str:
    there = [said(text) for text in given]
    _, before = grouped(there, [None] * len(there))
    person = {at: UUID(int=1000 + number) for number, group in enumerate(before.groups) for at in group.members}
    mine = len(there)
    _, answer = grouped([*there, said(row)], [*(person[at] for at in range(mine)), None])
    home = next(group for group in answer.groups if mine in group.members)
    if len(home.members) > 1:
        return f"linked by {home.rules[mine].value}"
    doubts = {pair.doubt for pair in answer.asked if mine in (pair.one, pair.other)}
    return "conflict" if who.Doubt.CONFLICT in doubts else "review" if doubts else "new"


@pytest.mark.parametrize(("given", "when", "then"), rows("people_identity.md"))
def test_who_is_who(given: str, when: str, then: str) -> None:
    assert becomes([text.strip() for text in given.split(";")], when) == then


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
        assert f"{normal} {hanzi.sounds(normal)[0]} {names.mask_name(normal)}" == then


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
    """Rows 0 and 1 share an ID; an officer parted them. A third row like the second joins the second's person."""
    rows = [said(f"陈伟明 id:A tel:{tel}") for tel in (1, 2, 2)]
    _, answer = grouped(rows, [UUID(int=91), UUID(int=92), None], pinned=(0, 1))
    home = next(group for group in answer.groups if 2 in group.members)
    assert home.fixed == UUID(int=92)
    assert home.rules[2] is who.Rule.REMEMBERED
