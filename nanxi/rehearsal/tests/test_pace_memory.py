"""The clients' clock and memory: they stop at once, do not crowd, and know after a restart what they did."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from nanxi.rehearsal.play.memory import Memory
from nanxi.rehearsal.play.pace import Pace, Stopped


def test_whoever_waits_is_let_go_at_once_and_nobody_begins_again() -> None:
    pace = Pace(1000)
    threading.Timer(0.1, pace.stop).start()
    began = time.monotonic()
    with pytest.raises(Stopped):
        pace.wait(60)
    assert time.monotonic() - began < 1.0
    with pytest.raises(Stopped):
        pace.turn()


def test_all_clients_together_ask_no_more_than_agreed() -> None:
    pace = Pace(50)
    turns: list[float] = []

    def ask() -> None:
        for _ in range(5):
            pace.turn()
            turns.append(time.monotonic())

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(turns) == 20
    assert max(turns) - min(turns) >= 19 / 50 * 0.9


def test_a_restart_knows_the_steps_and_uses_the_same_keys(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "played.json")
    memory.keep("case:1:page", "/cases/7/")
    memory.keep("intake:1")
    again = Memory(tmp_path / "played.json")
    assert again.get("case:1:page") == "/cases/7/"
    assert "intake:1" in again
    assert again.key("case:2") == memory.key("case:2")
    assert again.named("case:") == {"case:1:page": "/cases/7/"}


def test_another_database_starts_with_nothing_and_other_keys(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "played.json")
    memory.keep("intake:1")
    before = memory.key("intake:1")
    memory.begin_anew()
    assert "intake:1" not in Memory(tmp_path / "played.json")
    assert memory.key("intake:1") != before


def test_a_write_that_was_cut_off_leaves_the_older_memory(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "played.json")
    memory.keep("intake:1")
    (tmp_path / "played.new").write_text('{"run": "x", "ste', encoding="utf-8")
    assert "intake:1" in Memory(tmp_path / "played.json")


def test_a_step_that_never_works_is_left_after_some_tries_also_over_restarts(tmp_path: Path) -> None:
    tries = [Memory(tmp_path / "played.json").gave_up("story:1") for _ in range(4)]
    assert tries == [False, False, False, True]
