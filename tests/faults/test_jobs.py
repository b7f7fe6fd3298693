"""kill -9 of the worker in the middle of a list: the job is taken up again by itself, and every row becomes one record, once."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import xlsxwriter

from nanxi.rehearsal.papers import check_digit
from tests.faults.house import ROOT, Officer, RunningHouse, running

pytestmark = pytest.mark.faults
#: Several chunks of the intake job, so that the kill falls between the first and the last.
PERSONS = 6000
#: A dead worker's job is given back after 30 s without heartbeat; the look every 15 s.
RESCUED_S = 180


def id_number(number: int) -> str:
    """A number of an unassigned county with a valid check digit (GB 11643)."""
    body = f"330399{1950 + number % 50}{1 + number % 12:02d}{1 + number % 28:02d}{number // 600:03d}"
    return body + check_digit(body)


def workbook(path: Path) -> int:
    """A list of different people; how many there are."""
    ids = sorted({id_number(number) for number in range(PERSONS)})
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["姓名", "身份证号", "手机号"])
        for row, number in enumerate(ids, start=1):
            sheet.write_row(row, 0, [f"陈{chr(0x4E00 + row % 900)}{chr(0x5000 + row // 900)}", number, f"139{row:08d}"])
    return len(ids)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[RunningHouse]:
    with running(tmp_path) as house:
        Officer(house).found_county()
        yield house


def test_a_list_survives_the_kill_of_its_worker(desk: RunningHouse, tmp_path: Path) -> None:
    count = workbook(tmp_path / "list.xlsx")
    asked = subprocess.run(
        [sys.executable, "-m", "tests.faults.asker", str(desk.home.root), str(tmp_path / "list.xlsx")],
        cwd=ROOT, env=desk.environment(), check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert asked.returncode == 0, asked.stderr
    taken = "SELECT count(*) FROM people_sourcerecord"
    _wait(lambda: desk.rows(taken)[0][0] > 0, 120, "the list is being taken in")
    desk.kill("system")
    assert desk.rows(taken)[0][0] < count, "the kill came too late to prove anything; make the list longer"
    _wait(lambda: not desk.rows("SELECT 1 FROM foundation_jobrun WHERE state <> 'done'"), RESCUED_S, "the jobs end")
    assert desk.rows(taken)[0][0] == count
    assert desk.rows("SELECT count(DISTINCT id_index) FROM people_sourcerecord")[0][0] == count
    verified = desk.nanxi("audit", "verify", "--home", str(desk.home.root))
    assert verified.returncode == 0, verified.stderr


def _wait(done: Callable[[], object], patience_s: float, what: str) -> None:
    deadline = time.monotonic() + patience_s
    while not done():
        assert time.monotonic() < deadline, f"waited {patience_s:.0f} s until {what}"
        time.sleep(0.1)
