"""Operators of places: asked about a case, they hand in everybody who was there around its time, once, and nobody else."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from nanxi.rehearsal.generate import Plan, rehearse
from nanxi.rehearsal.noise import read_noise
from nanxi.rehearsal.play.files import CountyFiles
from nanxi.rehearsal.play.memory import Memory
from nanxi.rehearsal.play.office import Office
from nanxi.rehearsal.play.pace import Pace
from nanxi.rehearsal.play.stays import AROUND, LINES, SOURCES, Operators


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> CountyFiles:
    folder = tmp_path_factory.mktemp("stays") / "county"
    rehearse(folder, Plan(900, 16, 4, date(2020, 1, 10)), read_noise(), lambda step: None)
    return CountyFiles(folder)


@pytest.fixture
def operators(files: CountyFiles, tmp_path: Path) -> Operators:
    pace = Pace(1000.0)
    return Operators(Office("http://127.0.0.1:9", pace), files, Memory(tmp_path / "played.json"), pace)


def out_and_about(files: CountyFiles) -> dict[str, Any]:
    """A case that was seen somewhere."""
    days = int(files.plan["days"])
    seen = {row.entity for day in range(1, days + 1) for row in files.seen_on(day) if row.source in SOURCES}
    return next(case for case in files.cases if case["id_no"] in seen and case["itinerary"])


def test_each_operator_is_a_unit_with_a_terminal_account(files: CountyFiles) -> None:
    units = files.officers("enterprise")
    assert {unit["officers"][0]["username"] for unit in units} == set(SOURCES.values())
    assert {unit["officers"][0]["role"] for unit in units} == {"venue"}


def test_lists_hold_everybody_seen_around_the_case_and_nobody_else(files: CountyFiles, operators: Operators) -> None:
    case = out_and_about(files)
    lists = operators._lists(case)
    handed = {(row.entity, row.place, row.t0) for rows in lists.values() for row in rows}
    told = [
        (stay["place"], datetime.fromisoformat(stay["from"]), datetime.fromisoformat(stay["until"])) for stay in case["itinerary"]
    ]
    days = list(operators._days(case))
    every = [row for day in days for row in files.seen_on(day) if row.source in SOURCES]
    mine = [
        (row.place, *(datetime.fromtimestamp(t).astimezone() for t in (row.t0, row.t1)))
        for row in every
        if row.entity == case["id_no"]
    ]
    expected = {
        (row.entity, row.place, row.t0)
        for row in every
        for place, begin, end in (*told, *mine)
        if row.place == place and begin - AROUND <= datetime.fromtimestamp(row.t0).astimezone() <= end + AROUND
    }
    assert handed == expected
    assert len({entity for entity, _, _ in handed}) > 3


def test_days_asked_about_end_with_the_sample(files: CountyFiles, operators: Operators) -> None:
    start = date.fromisoformat(files.plan["start"])
    for case in files.cases:
        last = max(operators._days(case), default=1)
        assert start + timedelta(days=last - 1) <= datetime.fromisoformat(case["sampled_at"]).date()


def test_lists_go_out_in_pieces_with_keys_that_a_repeat_has_again(
    files: CountyFiles, operators: Operators, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[dict[str, Any]] = []

    def answer(path: str, content: Any, token: str, key: str = "") -> httpx.Response:
        sent.append(content)
        return httpx.Response(200, json={"kept": len(content["stays"]), "lines": []})

    monkeypatch.setattr(operators.terminals, "token", lambda unit, label: unit["officers"][0]["username"])
    monkeypatch.setattr(operators.terminals, "send", answer)
    case = out_and_about(files)
    kept = operators.ask(case)
    lines = [line for message in sent for line in message["stays"]]
    assert kept == len(lines) > 0
    assert all(0 < len(message["stays"]) <= LINES for message in sent)
    keys = [line["key"] for line in lines]
    assert len(set(keys)) == len(keys)
    assert max(map(len, keys)) <= 80
    operators.ask(case)
    assert [line["key"] for message in sent[len(sent) // 2 :] for line in message["stays"]] == keys
    assert all(datetime.fromisoformat(line["at"]).tzinfo for line in lines)
