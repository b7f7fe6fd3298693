"""`nanxi intake check`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nanxi.cli import main
from nanxi.people.intake.tests.workbooks import ALICE, workbook


@pytest.fixture
def messy(tmp_path: Path) -> Path:
    path = tmp_path / "list.xlsx"
    path.write_bytes(workbook([["姓名", "身份证号"], ["陈伟", ALICE], ["李娜", 990324199001011236.0]]))
    return path


def test_the_report_names_row_and_column_and_no_person(messy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["intake", "check", str(messy)]) == 0
    told = capsys.readouterr().out
    assert "2 rows below row 1, 1 rejected" in told
    assert "row 3, 身份证号: Excel stored this ID number as a number" in told
    assert ALICE not in told
    assert "陈伟" not in told


def test_the_report_for_machines(messy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["intake", "check", "--json", str(messy)]) == 0
    report = json.loads(capsys.readouterr().out)["files"][0]
    assert report["sheets"][0]["columns"] == [{"heading": "姓名", "read_as": "name"}, {"heading": "身份证号", "read_as": "id_no"}]
    assert [(remark["row"], remark["code"]) for remark in report["remarks"]] == [(3, "id_lost_digits")]


def test_a_refused_file_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"PK no workbook")
    assert main(["intake", "check", str(path)]) == 2
    assert (
        capsys.readouterr().err
        == "nanxi: a.xlsx: The file is damaged and cannot be opened. Open it in Excel or WPS, save it as .xlsx and send that.\n"
    )


@pytest.mark.parametrize("words", [["--day", "soon"], []])
def test_bad_arguments_are_one_line(words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["intake", "check", *words, str(tmp_path / "none.xlsx")]) == 2
    assert capsys.readouterr().err.startswith("nanxi: ")
