"""Every mess of the lists is in the bytes of the files as the truth tells it, and every cell it does not name is right."""

from __future__ import annotations

import csv
import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from nanxi.rehearsal.generate import Plan, rehearse
from nanxi.rehearsal.noise import read_noise
from nanxi.rehearsal.papers import check_digit
from nanxi.rehearsal.tests.reading import Book, Read, read_book, row_of

LISTS = 210
#: Rare people are made common, or a small county has none of them.
MANY = """
[people]
twins = 0.3
foreign = 0.15
dotted_name = 0.2
rare_character = 0.05
[lists]
name_missing = 0.02
name_surname = 0.02
"""
NOISE = read_noise()


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mess")
    (folder / "noise.toml").write_text(MANY, encoding="utf-8")
    rehearse(
        folder / "county", Plan(2500, 21, 11, date(2020, 1, 10), LISTS), read_noise(folder / "noise.toml"), lambda step: None
    )
    return folder / "county"


def told(county: Path, name: str) -> list[dict[str, str]]:
    with (county / "truth" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def books(county: Path) -> dict[str, Book]:
    files = {row["file"] for row in told(county, "list_files") if row["must"] != "refuse"}
    return {file: read_book(county / "lists" / file) for file in files}


@pytest.fixture(scope="module")
def papers(county: Path) -> dict[str, str]:
    return {row["person"]: row["id_no"] for row in told(county, "persons")}


def valid(number: str) -> bool:
    return bool(re.fullmatch(r"\d{17}[\dX]", number)) and check_digit(number[:17]) == number[17]


def plain(cell: Read) -> str:
    """A cell's text as the truth writes it."""
    if isinstance(cell, float):
        return repr(cell) if cell % 1 or cell > 1e15 else str(int(cell))
    return cell


def differing(a: str, b: str) -> list[int]:
    return [at for at, (x, y) in enumerate(zip(a, b, strict=True)) if x != y]


#: What makes a cell that mess: written (as read from the file), true.
IS: dict[str, Callable[[str, str], bool]] = {
    "id_missing": lambda w, t: w == "",
    "id_digit": lambda w, t: len(differing(w, t)) == 1 and not valid(w),
    "id_transposed": lambda w, t: sorted(w) == sorted(t) and len(differing(w, t)) == 2 and not valid(w),
    "id_float": lambda w, t: float(w) == float(t[:15] + "000") and not w.isdigit(),
    "id_float_text": lambda w, t: bool(re.fullmatch(r"\d\.\d{5}E\+17", w)) and abs(float(w) - float(t)) < 1e12,
    "id_error": lambda w, t: w == "#N/A",
    "id_15": lambda w, t: len(w) == 15 and w == t[:6] + t[8:17],
    "id_spaces": lambda w, t: w.replace(" ", "") == t != w,
    "id_invisible": lambda w, t: re.sub("[\u00a0\u200b\u3000\ufeff]", "", w) == t != w,
    "id_full_width": lambda w, t: w != t and "".join(chr(ord(c) - 0xFEE0) for c in w) == t,
    "id_apostrophe": lambda w, t: w == "'" + t,
    "id_lower_x": lambda w, t: w == t.lower() != t,
    "id_x_sign": lambda w, t: w[:17] == t[:17] and w[17] in "×*" and t[17] == "X",
    "id_masked": lambda w, t: w == t[:6] + "*" * 8 + t[14:],
    "id_guardian": lambda w, t: valid(w) and w != t and int(t[6:10]) - int(w[6:10]) > 10,
    "name_missing": lambda w, t: w == "",
    "name_homophone": lambda w, t: len(differing(w, t)) == 1,
    "name_variant": lambda w, t: 1 <= len(differing(w, t)) <= len(t),
    "name_title": lambda w, t: w in {t + "女士", t + "先生"},
    "name_pinyin": lambda w, t: w.replace(" ", "").isascii() and w.replace(" ", "").isalpha(),
    "name_char_lost": lambda w, t: len(w) == len(t) - 1 and w[0] == t[0] and set(w) <= set(t),
    "name_surname": lambda w, t: w == t[0] + "某",
    "name_spaces": lambda w, t: re.sub("[ \u3000]", "", w) == t != w,
    "name_invisible": lambda w, t: re.sub("[\u00a0\u200b\u3000\ufeff]", "", w) == t != w,
    "name_dot": lambda w, t: "·" in t and "·" not in w and re.sub("[•．.]", "", w) == t.replace("·", ""),
    "name_rare_lost": lambda w, t: not set("㛃䶮𠅤𫖯") & set(w) and bool(set("㛃䶮𠅤𫖯") & set(t)),
    "phone_missing": lambda w, t: w == "",
    "phone_household": lambda w, t: w != t and bool(re.fullmatch(r"144\d{8}", w)),
    "phone_foreman": lambda w, t: w != t and bool(re.fullmatch(r"144\d{8}", w)),
    "phone_two": lambda w, t: w.startswith(t) and len(re.findall(r"1440\d{7}|1441\d{7}|0577-\d{8}", w)) == 2,
    "phone_float": lambda w, t: w == t,
    "phone_plus86": lambda w, t: bool(re.fullmatch(rf"(\+86-?|0086|86 ){t}", w)),
    "phone_dashes": lambda w, t: re.sub("[- ]", "", w) == t != w,
    "phone_landline": lambda w, t: bool(re.fullmatch(r"0577-\d{8}", w)),
    "phone_digit": lambda w, t: len(differing(w, t)) == 1,
    "phone_full_width": lambda w, t: w != t and "".join(chr(ord(c) - 0xFEE0) for c in w) == t,
    "phone_changed": lambda w, t: w != t and w.startswith("1443"),
    "phone_error": lambda w, t: w == "#VALUE!",
    "date_dots": lambda w, t: w == f"{int(t[:4])}.{int(t[5:7])}.{int(t[8:])}",
    "date_words": lambda w, t: w == f"{int(t[5:7])}月{int(t[8:])}日",
    "date_words_year": lambda w, t: w == f"{int(t[:4])}年{int(t[5:7])}月{int(t[8:])}",
    "date_day_month": lambda w, t: w == f"{int(t[8:])}/{int(t[5:7])}",
    "date_lunar": lambda w, t: {"除夕": "2020-01-24", "正月初一": "2020-01-25", "正月初六": "2020-01-30"}.get(w, t) == t
    and bool(re.fullmatch("除夕|正月(初|十|廿|二十).?", w)),
    "date_time": lambda w, t: bool(re.fullmatch(t + r" \d\d:\d\d", w)),
    "date_slashes": lambda w, t: w == f"{int(t[:4])}/{int(t[5:7])}/{int(t[8:])}",
    "date_missing": lambda w, t: w == "",
    "address_missing": lambda w, t: w == "",
    "address_short": lambda w, t: t.endswith(w) and len(w) < len(t),
    "address_old_town": lambda w, t: w != t and w.startswith("永嘉县") and w[-4:] == t[-4:],
    "address_typo": lambda w, t: len(differing(w, t)) == 1,
    "origin_short": lambda w, t: w in t.replace("省", "").replace("市", "") and len(w) == 2,
    "origin_typo": lambda w, t: "武汗" in w and w.replace("汗", "汉") == t,
    "trip_messy": lambda w, t: (w != t and w[0].upper() == t[0].upper()) or "自备车" in w or "自驾" in w,
    "fever_words": lambda w, t: w == "正常",
    "fever_full_stop": lambda w, t: w == t.replace(".", "。") + "℃",
    "fever_unit": lambda w, t: w == t + "度",
    "fever_comma": lambda w, t: w == t.replace(".", ","),
    "fever_missing": lambda w, t: w == "",
    "yes_sign": lambda w, t: w == ("√" if t == "yes" else ""),
    "yes_have": lambda w, t: w == ("有" if t == "yes" else "无"),
    "yes_digit": lambda w, t: w == ("1" if t == "yes" else "0"),
    "yes_blank": lambda w, t: w == "" and t == "no",
    "sex_missing": lambda w, t: w == "",
    "number_text": lambda w, t: w == t,
}  # fmt: skip
#: Marks that say a cell's kind in the workbook, which text alone does not show.
IS_NUMBER = {"id_float": True, "phone_float": True, "number_text": False, "date_serial": True, "yes_digit": True}


def test_every_mess_of_the_catalogue_is_made(county: Path) -> None:
    seen: Counter[str] = Counter()
    for name in ("list_rows", "list_files"):
        for row in told(county, name):
            seen.update(row["mess"].split())
    known = {row["mark"] for row in told(county, "marks")}
    assert known - set(seen) == set()
    assert set(seen) - known == set()


def test_every_damaged_cell_stands_in_the_file_as_told(county: Path, books: dict[str, Book]) -> None:
    checked: Counter[str] = Counter()
    for cell in told(county, "list_cells"):
        book = books[cell["file"]]
        page = book.page(cell["sheet"])
        found = page.cells.get(cell["cell"], "")
        assert plain(found) == cell["written"], cell
        if cell["mess"] == "date_serial":
            first = date(1904, 1, 1) if book.from_1904 else date(1899, 12, 30)
            assert (first + timedelta(days=float(found))).isoformat() == cell["true"], cell
        else:
            assert IS[cell["mess"]](cell["written"], cell["true"]), cell
        if page.name and cell["mess"] in IS_NUMBER:
            assert isinstance(found, float) is IS_NUMBER[cell["mess"]], cell
        if page.name and cell["mess"] in {"id_error", "phone_error"}:
            assert cell["cell"] in page.errors
        checked[cell["mess"]] += 1
    assert set(checked) == set(IS) | {"date_serial"}


def test_a_row_names_the_damage_of_its_cells_and_of_no_other(county: Path) -> None:
    damaged: dict[tuple[str, str, int], Counter[str]] = defaultdict(Counter)
    cell_marks = {row["mark"] for row in told(county, "marks") if row["of"] == "cell"}
    for cell in told(county, "list_cells"):
        damaged[cell["file"], cell["sheet"], row_of(cell["cell"])][cell["mess"]] += 1
    for row in told(county, "list_rows"):
        marks = Counter(mark for mark in row["mess"].split() if mark in cell_marks)
        assert marks == damaged.get((row["file"], row["sheet"], int(row["row"])), Counter()), row


def test_a_row_without_damage_of_its_number_carries_its_persons(
    county: Path, books: dict[str, Book], papers: dict[str, str]
) -> None:
    checked = Counter[str]()
    for row in told(county, "list_rows"):
        if row["person"] not in papers or "-venue" in row["file"]:
            continue
        cells = books[row["file"]].page(row["sheet"]).cells
        here = {cells.get(f"{chr(ord('A') + c)}{row['row']}") for c in range(12)}
        whole = not any(mark.startswith("id_") for mark in row["mess"].split())
        assert (papers[row["person"]] in here) is whole, row
        checked["whole" if whole else "damaged"] += 1
    assert min(checked.values()) > 500


def test_rows_that_are_nobodys_carry_nobodys_number(county: Path, books: dict[str, Book]) -> None:
    for row in told(county, "list_rows"):
        if row["person"] == "no person":
            cells = books[row["file"]].page(row["sheet"]).cells
            texts = [str(cells.get(f"{chr(ord('A') + c)}{row['row']}", "")) for c in range(12)]
            assert not any(re.search(r"\d{11}", text) for text in texts), row
            assert row["who"] == row["must"] == ""


def test_every_written_row_is_told(county: Path, books: dict[str, Book]) -> None:
    known: dict[tuple[str, str], set[int]] = defaultdict(set)
    for row in told(county, "list_rows"):
        known[row["file"], row["sheet"]].add(int(row["row"]))
    for row in told(county, "list_files"):
        if row["must"] == "refuse" or row["must"].startswith("same"):
            continue
        for page in books[row["file"]].pages:
            assert {row_of(at) for at in page.cells} <= known[row["file"], page.name]


def test_what_must_be_refused_is_what_cannot_be_known(county: Path) -> None:
    rows = told(county, "list_rows")
    for row in rows:
        marks = set(row["mess"].split())
        lost = bool(marks & {"id_float", "id_float_text"})
        nobody = "name_missing" in marks and bool(marks & {"id_missing", "id_error"} or "-venue" in row["file"])
        assert (row["must"] == "reject") is (lost or nobody), row
        assert (row["must"] == "ask") is ("id_guardian" in marks and not lost and not nobody), row
    assert Counter(row["must"] for row in rows)["reject"] > 50


def test_the_forms_of_files_are_in_their_bytes(county: Path, books: dict[str, Book]) -> None:
    content = {row["file"]: (county / "lists" / row["file"]).read_bytes() for row in told(county, "list_files")}
    hidden = {
        (row["file"], row["sheet"], int(row["row"])) for row in told(county, "list_rows") if "hidden_row" in row["mess"].split()
    }
    for row in told(county, "list_files"):
        marks, head, end = set(row["mess"].split()), content[row["file"]][:8], row["file"].rpartition(".")[2]
        if row["must"] == "refuse":
            assert head == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" and "EncryptedPackage".encode("utf-16-le") in content[row["file"]]
            continue
        if "sent_again" in marks:
            assert content[row["file"]] == content[row["must"].removeprefix("same as ")]
            continue
        book = books[row["file"]]
        assert ("csv_bom" in marks) is (head[:3] == b"\xef\xbb\xbf")
        assert ("html_xls" in marks) is (head[:5] == b"<html" and end == "xls")
        assert bool(marks & {"xlsx_xls", "xlsx_et"}) is (head[:2] == b"PK" and end in {"xls", "et"})
        assert ("csv_gb18030" in marks) is (end == "csv" and "csv_bom" not in marks)
        assert ("book_1904" in marks) is book.from_1904
        assert ("hidden_sheet" in marks) is any(page.hidden for page in book.pages)
        assert ("hidden_column" in marks) is any(page.hidden_columns for page in book.pages)
        assert {(row["file"], page.name, n) for page in book.pages for n in page.hidden_rows} == {
            one for one in hidden if one[0] == row["file"]
        }
        assert row["sheets"] == "|".join(page.name for page in book.pages)
    assert len({hashlib.sha256(one).digest() for one in content.values()}) < len(content)


def test_titles_and_headers_of_two_rows_are_merged_cells(county: Path, books: dict[str, Book]) -> None:
    seen = Counter[bool]()
    for row in told(county, "list_files"):
        marks = set(row["mess"].split())
        if row["file"] not in books or marks & {"sent_again", "csv_bom", "csv_gb18030", "html_xls"}:
            continue
        page = books[row["file"]].pages[0]
        across = [merge for merge in page.merges if merge.split(":")[0][1:] == merge.split(":")[1][1:]]
        assert bool(across) is ("two_row_header" in marks or "no_title" not in marks), row
        seen["two_row_header" in marks] += 1
    assert min(seen[True], seen[False]) > 5


def test_a_corrected_list_has_the_same_rows_and_nothing_to_refuse(
    county: Path, books: dict[str, Book], papers: dict[str, str]
) -> None:
    rows: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in told(county, "list_rows"):
        rows[row["file"]].append(row)
    corrected = [row for row in told(county, "list_files") if row["must"].startswith("supersedes")]
    assert len(corrected) > 5
    repaired = 0
    for file in corrected:
        earlier = {(row["sheet"], row["row"]): row for row in rows[file["must"].removeprefix("supersedes ")]}
        for row in rows[file["file"]]:
            assert row["must"] != "reject"
            old = earlier.get((row["sheet"], row["row"]))
            if old is not None and old["must"] == "reject" and row["person"] in papers and "-venue" not in row["file"]:
                cells = books[row["file"]].page(row["sheet"]).cells
                assert old["who"] == row["who"]
                assert papers[row["person"]] in {cells.get(f"{chr(ord('A') + c)}{row['row']}") for c in range(12)}
                repaired += 1
    assert repaired > 5


def test_twins_have_consecutive_numbers_of_their_own(papers: dict[str, str], county: Path) -> None:
    twins = {row["who"] for row in told(county, "list_rows") if "twin" in row["mess"].split() and row["who"] in papers}
    near = 0
    for who in twins:
        number = papers[who]
        sisters = [other for other in papers.values() if other[:14] == number[:14] and other != number]
        near += any(abs(int(other[14:17]) - int(number[14:17])) <= 2 for other in sisters)
    assert len(twins) > 20
    assert near >= 0.9 * len(twins)


def test_people_of_three_counties_stand_on_one_list_and_keep_their_handle(county: Path) -> None:
    joint = [row for row in told(county, "list_rows") if "-joint" in row["file"]]
    assert {row["person"][:1] for row in joint if row["who"]} == {"P", "s"}
    by_list: dict[str, set[str]] = defaultdict(set)
    for row in told(county, "list_rows"):
        if row["who"].startswith("S") and "corrected" not in row["file"]:
            by_list[row["who"]].add(row["file"])
    assert any(len(files) > 1 for files in by_list.values())


def test_a_roster_with_the_foremans_phone_carries_one_number(county: Path, books: dict[str, Book]) -> None:
    rosters = [row["file"] for row in told(county, "list_files") if "foreman" in row["mess"].split() and row["must"] == ""]
    assert rosters
    for file in rosters:
        numbers = {
            plain(cell) for page in books[file].pages for cell in page.cells.values() if re.fullmatch(r"144\d{8}", plain(cell))
        }
        assert len(numbers) == 1


@pytest.mark.parametrize(
    ("mark", "fields"),
    [("id_missing", "id"), ("id_float", "id"), ("phone_missing", "phone"), ("name_homophone", "name"), ("date_dots", "date")],
)
def test_cells_are_damaged_at_the_stated_rate(county: Path, mark: str, fields: str) -> None:
    heads = {"id": "-venue", "date": "-village|-joint", "name": " ", "phone": " "}[fields]
    # Rows with the foreman's phone have no phone of their own to spoil; workbooks alone keep floats.
    texts = {row["file"] for row in told(county, "list_files") if re.search("csv|html|foreman", row["mess"])}
    rows = [row for row in told(county, "list_rows") if row["who"] and not re.search(heads, row["file"])
            and "corrected" not in row["file"] and row["file"] not in texts]  # fmt: skip
    share = sum(mark in row["mess"].split() for row in rows) / len(rows)
    assert share == pytest.approx(NOISE["lists", mark], rel=0.25)


def test_as_many_checks_as_637_lists_of_the_county_had(county: Path) -> None:
    files = told(county, "list_files")
    first = [row for row in files if not row["must"].startswith(("supersedes", "same"))]
    assert len(first) == LISTS
    assert sum(int(row["rows"]) for row in first) == round(LISTS * NOISE["lists", "rows_mean"])
    assert round(637 * NOISE["lists", "rows_mean"]) == 29_170
