"""Senders of lists: a declined file goes back, a corrected one replaces the earlier, a second copy changes nothing."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from nanxi.rehearsal.play.browser import Declined
from nanxi.rehearsal.play.lists import Senders
from nanxi.rehearsal.play.memory import Memory
from nanxi.rehearsal.play.pace import Pace

ENTRY = {"file": "0004-roster.xlsx", "kind": "roster", "sender": "经信局", "number": "1号", "title": "花名册"}


class Intake:
    """Writes down what senders ask of it."""

    def __init__(self, *, declines: bool = False) -> None:
        self.declines, self.asked = declines, list[tuple[str, str]]()

    def upload(self, officer: Any, book: tuple[str, bytes], sender: str, step: str) -> None:
        self.asked.append(("upload", book[0]))
        if self.declines:
            raise Declined("the desk has this file")

    def correct(self, address: str, book: tuple[str, bytes], step: str) -> None:
        self.asked.append(("correct " + address, book[0]))

    def hand_in(self, book: tuple[str, bytes], sender: str, step: str) -> None:
        self.asked.append(("hand in", book[0]))


@pytest.fixture
def senders(tmp_path: Path) -> Senders:
    (tmp_path / "lists").mkdir()
    for name in ("0004-roster", "0004-roster-again", "0004-roster-corrected", "0005-village"):
        (tmp_path / "lists" / f"{name}.xlsx").write_bytes(b"PK")
    files = SimpleNamespace(folder=tmp_path, plan={"seed": 1}, lists=[])
    office = SimpleNamespace(officer=lambda name: name)
    return Senders(office, files, Memory(tmp_path / "played.json"), Pace(1000.0), Intake())  # type: ignore[arg-type]


def test_a_second_copy_is_handed_in_and_a_desk_that_declines_it_is_right(senders: Senders) -> None:
    again = {**ENTRY, "file": "0004-roster-again.xlsx", "again": ENTRY["file"]}
    senders.send(again, "list:again")
    senders.intake = Intake(declines=True)  # type: ignore[assignment]
    senders.send(again, "list:again")
    assert senders.intake.asked == [("upload", again["file"])]  # type: ignore[attr-defined]


def test_a_corrected_list_goes_to_the_page_of_the_earlier_one(senders: Senders) -> None:
    senders.memory.keep(f"list:{ENTRY['file']}:page", "/desk/directives/d/")
    corrected = {**ENTRY, "file": "0004-roster-corrected.xlsx", "corrects": ENTRY["file"]}
    senders.send(corrected, "list:corrected")
    assert senders.intake.asked == [("correct /desk/directives/d/", corrected["file"])]  # type: ignore[attr-defined]


def test_the_correction_of_a_declined_file_is_a_directive_of_its_own(senders: Senders, monkeypatch: pytest.MonkeyPatch) -> None:
    directed: list[str] = []
    monkeypatch.setattr(senders, "direct", lambda entry, step: directed.append(entry["file"]))
    senders.send({**ENTRY, "file": "0004-roster-corrected.xlsx", "corrects": ENTRY["file"]}, "list:corrected")
    assert directed == ["0004-roster-corrected.xlsx"]


def test_a_declined_file_is_left_and_its_directive_is_none(senders: Senders, monkeypatch: pytest.MonkeyPatch) -> None:
    def decline(officer: Any, entry: dict[str, Any], step: str) -> str:
        raise Declined("the workbook has a password")

    monkeypatch.setattr(senders, "receive", decline)
    senders.send(ENTRY, "list:locked")
    assert "list:locked:page" not in senders.memory


def test_a_villages_own_list_needs_no_directive(senders: Senders) -> None:
    senders.send({**ENTRY, "file": "0005-village.xlsx", "kind": "village"}, "list:village")
    assert senders.intake.asked == [("hand in", "0005-village.xlsx")]  # type: ignore[attr-defined]
