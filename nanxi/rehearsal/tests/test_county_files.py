"""The files of a small county: same bytes, right papers, a truth that agrees with what was handed out."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import zipfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
import shapely
from python_calamine import CalamineWorkbook

from nanxi.cli import main
from nanxi.rehearsal.generate import Plan, rehearse
from nanxi.rehearsal.lists.entries import HOMES
from nanxi.rehearsal.noise import read_noise
from nanxi.rehearsal.papers import COUNTY_CODE, check_digit
from nanxi.rehearsal.unusual import ELSEWHERE, PASSPORT

REFERENCE = Path(__file__).parents[4] / "shared" / "data"
PLAN = Plan(persons=400, days=14, seed=7, start=date(2020, 1, 10))


def make(folder: Path, plan: Plan = PLAN) -> Path:
    rehearse(folder, plan, read_noise(), lambda step: None)
    return folder


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("rehearsal") / "county")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def digest(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def sheet(folder: Path, file: str) -> Sequence[Sequence[object]]:
    return CalamineWorkbook.from_path(folder / file).get_sheet_by_index(0).to_python(skip_empty_area=False)


def test_same_seed_and_start_give_the_same_bytes_and_another_seed_others(county: Path, tmp_path: Path) -> None:
    again, other = make(tmp_path / "again"), make(tmp_path / "other", Plan(400, 14, 8, PLAN.start))
    assert digest(again) == digest(county)
    assert digest(other)["truth/persons.csv"] != digest(county)["truth/persons.csv"]


def test_the_day_a_workbook_says_it_was_made_is_the_plans_and_not_todays(county: Path) -> None:
    books = [*(county / "register").glob("*.xlsx"), *(county / "lists").glob("*.xlsx")]
    assert len(books) > 20
    for book in books:
        with zipfile.ZipFile(book) as parts:
            made = re.search(r"created[^>]*>([^<]+)<", parts.read("docProps/core.xml").decode())
            assert made is not None
            assert PLAN.start.isoformat() <= made[1][:10] < "2020-01-24"
            assert {part.date_time for part in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_place_of_every_case_and_contact_is_known_at_its_door(county: Path) -> None:
    doors = {row["address"] for row in rows(county / "feeds" / "houses.csv")}
    cases = json.loads((county / "feeds" / "cases.json").read_text(encoding="utf-8"))
    assert {who["address"] for case in cases for who in (case, *case["contacts"])} <= doors


def test_every_id_number_is_unique_valid_and_of_an_unassigned_county(county: Path) -> None:
    numbers = [row["id_no"] for row in rows(county / "truth" / "persons.csv")]
    assert len(set(numbers)) == len(numbers) == PLAN.persons
    assert {number[:6] for number in numbers if number[:2] != PASSPORT} <= {COUNTY_CODE, *ELSEWHERE}
    assert all(number[17] == check_digit(number[:17]) for number in numbers if number[:2] != PASSPORT)


def test_check_digit_of_the_standards_example() -> None:
    assert check_digit("11010519491231002") == "X"


@pytest.mark.skipif(not REFERENCE.is_dir(), reason="reference data is not beside the repository")
@pytest.mark.parametrize("code", [COUNTY_CODE, *ELSEWHERE, *(code for code, *_ in HOMES if code)])
def test_the_county_codes_of_synthetic_numbers_were_never_assigned(code: str) -> None:
    timeline = rows(REFERENCE / "admin" / "idcard_address_code_timeline.csv")
    assert "330324" in {row["code6"] for row in timeline}
    assert code not in {row["code6"] for row in timeline} | {
        row["code6"] for row in rows(REFERENCE / "admin" / "cn_counties.csv")
    }


def test_phones_are_of_the_machine_range(county: Path) -> None:
    cases = json.loads((county / "feeds" / "cases.json").read_text(encoding="utf-8"))
    assert cases
    assert all(re.fullmatch(r"1440\d{7}", case["phone"]) for case in cases)


def test_areas_hang_together_and_units_serve_them(county: Path) -> None:
    plan = json.loads((county / "county.json").read_text(encoding="utf-8"))
    areas = {area["code"]: area for area in plan["areas"]}
    assert sum(area["kind"] == "town" for area in areas.values()) == 22
    assert all(area["parent"] in areas for area in areas.values() if area["parent"])
    assert {len(code) for code in areas} == {12, 15}
    assert len({unit["name"] for unit in plan["units"]}) == len(plan["units"])
    assert all(code in areas for unit in plan["units"] for code in unit["areas"])
    names = [officer["username"] for unit in plan["units"] for officer in unit["officers"]]
    assert len(set(names)) == len(names)


def test_town_shapes_fill_the_county_without_overlap(county: Path) -> None:
    areas = json.loads((county / "county.json").read_text(encoding="utf-8"))["areas"]
    shape = {area["name"]: shapely.geometry.shape(area["boundary"]) for area in areas if "boundary" in area}
    whole = shape.pop("永嘉县")
    assert len(shape) == 22
    assert all(one.is_valid for one in shape.values())
    assert sum(one.area for one in shape.values()) == pytest.approx(whole.area, rel=1e-3)
    assert shapely.union_all(list(shape.values())).area == pytest.approx(whole.area, rel=1e-3)


def test_every_register_row_is_its_person(county: Path) -> None:
    number = {row["person"]: row["id_no"] for row in rows(county / "truth" / "persons.csv")}
    register = rows(county / "truth" / "register_rows.csv")
    assert len(register) == PLAN.persons
    for row in register[::17]:
        assert number[row["person"]] in sheet(county / "register", row["file"])[int(row["row"]) - 1]


def test_an_infection_happened_in_a_meeting(county: Path, tmp_path: Path) -> None:
    hot = tmp_path / "noise.toml"
    hot.write_text("[outbreak]\nhazard_home = 0.05\nhazard_work = 0.02\n", encoding="utf-8")
    folder = tmp_path / "hot"
    rehearse(folder, PLAN, read_noise(hot), lambda step: None)
    met = {(row["case"], row["person"]) for row in rows(folder / "truth" / "encounters.csv")}
    cases = {case for case, _ in met}
    chains = [row for row in rows(folder / "truth" / "infections.csv") if row["infector"] in cases]
    assert len(chains) > 3
    assert sum((row["infector"], row["person"]) in met for row in chains) >= 0.7 * len(chains)


def test_departures_are_seen_by_the_phone(county: Path) -> None:
    phones = {phone["device"]: phone for phone in json.loads((county / "positions" / "phones.json").read_text(encoding="utf-8"))}
    departures = rows(county / "truth" / "departures.csv")
    assert 0 < len(departures) < len(phones)
    for row in departures:
        home = phones[row["device"]]
        fixes = [
            json.loads(line)
            for line in (county / "positions" / f"{row['device']}.jsonl").read_text(encoding="utf-8").splitlines()
        ]
        far = max(abs(fix["lat"] - home["lat"]) * 110_850 + abs(fix["lon"] - home["lon"]) * 98_200 for fix in fixes)
        assert far > 0.8 * int(row["metres"])
        assert all(fix["_type"] == "location" and fix["acc"] > 0 for fix in fixes)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[lists]\nid_missing = 1.5\n", "share and must lie between 0 and 1"),
        ("[lists]\nid_mising = 0.5\n", "id_mising is unknown"),
        ("[list]\nid_missing = 0.5\n", "section [list] is unknown"),
        ("[lists]\nid_missing = 'much'\n", "must be a number"),
        ("nonsense", "is not valid TOML"),
    ],
)
def test_a_wrong_noise_file_ends_with_one_sentence_and_no_folder(
    text: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "noise.toml").write_text(text, encoding="utf-8")
    code = main(["rehearse", "-o", str(tmp_path / "out"), "--persons", "60", "--noise", str(tmp_path / "noise.toml")])
    error = capsys.readouterr().err
    assert (code, error.count("\n")) == (2, 1)
    assert said in error
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("words", [["--persons", "0"], ["--days", "1"], ["--start", "2020-13-01"], ["--seed", "-1"]])
def test_wrong_arguments_end_with_2(words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rehearse", "-o", str(tmp_path / "out"), *words]) == 2
    assert words[0] in capsys.readouterr().err


def test_a_folder_with_content_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("kept", encoding="utf-8")
    assert main(["rehearse", "-o", str(tmp_path)]) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["precious"]
