"""Every line of tests/spec/intake_cells.md, and what holds for any cell at all."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanxi.people.intake.cells import Cell, folded, from_text, text_of, to_text
from nanxi.people.intake.columns import BY_KEY, Draft, Frame
from nanxi.people.intake.problems import REMARKS
from nanxi.people.intake.trips import trip_of
from nanxi.people.rules.ids import check_digit, read_id

SPEC = Path(__file__).resolve().parents[4] / "tests/spec/intake_cells.md"
OF_SECTION = {
    "ID number": "id_no", "Passport": "passport", "Phone": "phone", "Date": "date", "Came from": "origin", "Trip": "trip",
}  # fmt: skip
DAY = date(2020, 2, 3)
FRAME = Frame(DAY, regions=frozenset(("990324",)))


def lines() -> list[tuple[str, str, str, str]]:
    found, section = [], ""
    for line in SPEC.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            section = line[3:]
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|") or cells[0] in ("cell", "column") or set(cells[0]) == {"-"}:
            continue
        found.append(tuple([OF_SECTION[section], *cells] if section in OF_SECTION else cells))
    return found  # type: ignore[return-value]


def said(column: str, value: Any) -> str:
    if column == "trip":
        trip = trip_of(value)
        value = " ".join(filter(None, (trip.kind, trip.number, trip.coach, trip.seat, trip.plate)))
    return "–" if not value else " ".join(value) if isinstance(value, tuple) else str(value)


@pytest.mark.parametrize(("column", "cell", "read", "remark"), lines())
def test_what_is_made_of_a_cell(column: str, cell: str, read: str, remark: str) -> None:
    given_cell: Cell = float(cell.removeprefix("num ")) if cell.startswith("num ") else cell
    value, codes = BY_KEY[column].clean(given_cell, FRAME)
    assert (said(column, value), " ".join(codes)) == (read, remark)


def test_the_table_has_every_kind_of_column_that_reads() -> None:
    kept_as_written = {"address", "place", "household", "workplace"}
    assert {line[0] for line in lines()} == set(BY_KEY) - kept_as_written
    assert len(lines()) > 140


@pytest.mark.parametrize(("from_1904", "serial"), [(False, 43855.0), (True, 42393.0)])
def test_a_day_number_counts_from_where_its_workbook_says(from_1904: bool, serial: float) -> None:
    assert BY_KEY["date"].clean(serial, Frame(DAY, from_1904=from_1904))[0] == date(2020, 1, 25)


def test_the_countys_own_region_needs_no_table() -> None:
    assert BY_KEY["id_no"].clean("990324199001011236", Frame(DAY))[1] == ()
    assert BY_KEY["id_no"].clean("330399199001011234", Frame(DAY, regions=frozenset(("330399",))))[1] == ()


@pytest.mark.parametrize("failed", ["#N/A", "#VALUE!", " #REF! ", "#DIV/0!", "#NAME?", "########"])
@pytest.mark.parametrize("key", sorted(BY_KEY))
def test_a_formula_that_failed_is_no_value(key: str, failed: str) -> None:
    draft = Draft()
    BY_KEY[key].fill(draft, 3, failed, FRAME)
    assert [(remark.column, remark.code) for remark in draft.remarks] == [(3, "cell_failed")]
    assert draft == Draft(remarks=draft.remarks, at={key: 3}, here=3)


# ----- what holds for any cell

FORGOTTEN = date(1900, 1, 1)
cells = st.one_of(
    st.none(), st.booleans(), st.text(max_size=40), st.floats(allow_nan=False, allow_infinity=False), st.dates(), st.datetimes(),
    st.times(),
    st.text(alphabet="0123456789.-/年月日X× 　*'陈伟浙C#N/A=+\u200b\u00a0", max_size=24),
)  # fmt: skip
bodies = st.builds(
    lambda region, day, order: f"{region}{day:%Y%m%d}{order:03d}",
    st.sampled_from(["330324", "420106", "990324", "110105"]),
    st.dates(date(1920, 1, 1), date(2020, 1, 1)),
    st.integers(1, 999),
)
numbers = bodies.map(lambda body: body + check_digit(body))
days = st.dates(DAY - timedelta(days=300), DAY + timedelta(days=40))


@given(cells)
def test_no_cell_breaks_a_column_and_every_remark_is_known(cell: Cell) -> None:
    for key, column in BY_KEY.items():
        draft = Draft()
        column.fill(draft, 0, cell, FRAME)
        assert all(remark.code in REMARKS for remark in draft.remarks), key


@given(st.lists(cells, max_size=6))
def test_cells_survive_the_vaults_text(row: list[Cell]) -> None:
    kept = from_text(to_text(row))
    assert [text_of(cell) for cell in kept] == [text_of(cell) for cell in row]


@given(st.text(max_size=60))
def test_text_has_no_blank_at_its_ends_and_folded_text_has_none_at_all(text: str) -> None:
    assert text_of(text) == text_of(text).strip()
    assert not any(char.isspace() for char in folded(text))


@given(numbers, st.sampled_from([" ", "　", "-", "\u200b", "\u00a0", "'"]), st.integers(0, 17))
def test_blanks_and_marks_do_a_valid_number_no_harm(number: str, mark: str, at: int) -> None:
    wide = "".join(chr(ord(char) + 0xFEE0) for char in number)
    for written in (number, number.lower(), wide, number[:at] + mark + number[at:], f" {number} ", number.replace("X", "×")):
        assert BY_KEY["id_no"].clean(written, FRAME)[0] == number


@given(numbers)
def test_a_number_cell_of_eighteen_digits_is_never_guessed(number: str) -> None:
    digits = number.replace("X", "0")
    for cell in (float(digits), f"{float(digits):.5E}", f"{float(digits):.14E}".replace("+", "")):
        value, codes = BY_KEY["id_no"].clean(cell, FRAME)
        assert (value, codes) == ("", ("id_lost_digits",))


@given(bodies)
def test_an_old_number_is_the_new_one_as_text_and_as_a_number(body: str) -> None:
    new = body[:6] + "19" + body[8:]
    new += check_digit(new)
    if read_id(new).valid:
        old = new[:6] + new[8:17]
        assert BY_KEY["id_no"].clean(old, FRAME)[0] == new
        assert BY_KEY["id_no"].clean(float(old), FRAME)[0] == new


@given(numbers, st.integers(0, 17), st.integers(1, 9))
def test_one_wrong_digit_is_always_seen(number: str, at: int, by: int) -> None:
    if number[at] == "X":
        return
    wrong = number[:at] + str((int(number[at]) + by) % 10) + number[at + 1 :]
    value, codes = BY_KEY["id_no"].clean(wrong, FRAME)
    assert set(codes) & {"id_check", "id_lost_digits"}
    assert not read_id(value).valid


@given(days)
def test_every_way_to_write_a_day_is_that_day(day: date) -> None:
    serial = float((day - date(1899, 12, 30)).days)
    for cell in (
        day, datetime.combine(day, time(13, 30)), serial, serial + 0.56, day.isoformat(), f"{day:%Y%m%d}", float(f"{day:%Y%m%d}"),
        f"{day.year}.{day.month}.{day.day}", f"{day.year}年{day.month}月{day.day}日", f"{day.year}/{day.month}/{day.day} 7:05",
        f"{day.month}月{day.day}日", f"{day.month}.{day.day}", f"{day.year % 100}.{day.month}.{day.day}",
    ):  # fmt: skip
        assert BY_KEY["date"].clean(cell, FRAME)[0] == day, cell


@given(cells)
def test_a_date_that_is_read_lies_near_the_list(cell: Cell) -> None:
    day, codes = BY_KEY["date"].clean(cell, FRAME)
    assert (day is None) == bool(set(codes) & {"date_unread", "date_far"})
    assert day is None or abs((day - DAY).days) <= 3 * 366


@given(st.integers(13_000_000_000, 19_999_999_999), st.sampled_from(["", "-", " "]))
def test_a_phone_is_itself_however_it_is_written(number: int, mark: str) -> None:
    digits = str(number)
    written = f"{digits[:3]}{mark}{digits[3:7]}{mark}{digits[7:]}"
    for cell in (written, float(number), f"+86{written}", f"0086 {written}", f"{number}.0"):
        assert BY_KEY["phone"].clean(cell, FRAME)[0] == (digits,)


@given(st.text(max_size=30))
def test_whatever_a_name_is_it_starts_no_formula(text: str) -> None:
    value, _codes = BY_KEY["name"].clean(text, FRAME)
    assert not value.startswith(("=", "+", "@"))
