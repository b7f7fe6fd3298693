"""The clients as a process: they outlast a desk that is away, end on SIGTERM, and refuse a folder that is no county."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from nanxi.rehearsal.play.company import Company
from nanxi.rehearsal.play.memory import Memory
from nanxi.rehearsal.play.pace import Pace

NOBODY = "http://127.0.0.1:9"


def county(folder: Path) -> Path:
    plan = {"seed": 1, "noise": {"positions": {}}}
    for name, content in (("county", {"units": [], "areas": []}), ("plan", plan)):
        (folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


def clients(folder: Path) -> subprocess.Popen[str]:
    words = ["-m", "nanxi.rehearsal.play", "--url", NOBODY, "--ingest", NOBODY, "--files", str(folder)]
    return subprocess.Popen([sys.executable, *words], stderr=subprocess.PIPE, text=True)


def wait_until_heard(pid: int) -> None:
    """Until the process has its own answer to SIGTERM; a loaded machine takes seconds to come to it."""
    for _turn in range(300):
        caught = re.search(r"SigCgt:\s*([0-9a-f]+)", Path(f"/proc/{pid}/status").read_text(encoding="ascii"))
        if caught and int(caught[1], 16) >> (signal.SIGTERM - 1) & 1:
            return
        time.sleep(0.1)
    raise AssertionError("the clients did not begin within half a minute")


def test_they_wait_for_a_desk_that_is_away_and_end_within_two_seconds(tmp_path: Path) -> None:
    process = clients(county(tmp_path))
    try:
        wait_until_heard(process.pid)
        time.sleep(1.0)
        assert process.poll() is None
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=10)
        assert time.monotonic() - began < 2.0
        assert code == 0
    finally:
        process.kill()


def test_a_folder_that_is_no_county_is_said_in_one_sentence(tmp_path: Path) -> None:
    process = clients(tmp_path)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 2
    assert said.count("\n") == 1
    assert "county.json" in said


def test_one_client_that_stumbles_is_started_again_and_holds_up_no_other(tmp_path: Path) -> None:
    class Hurried(Pace):
        def wait(self, seconds: float) -> None:
            super().wait(min(seconds, 0.01))

    pace, memory = Hurried(1000), Memory(tmp_path / "played.json")
    company = Company(pace)

    def stumbles() -> None:
        tries = memory.keep("tries", memory.get("tries", 0) + 1)
        if tries < 3:
            raise ValueError("a page nobody expected")

    company.start("stumbles", stumbles)
    company.start("goes on", lambda: memory.keep("went on"))
    until = time.monotonic() + 5.0
    while memory.get("tries", 0) < 3 and time.monotonic() < until:
        time.sleep(0.02)
    company.leave(1.0)
    assert memory.get("tries") == 3
    assert "went on" in memory
