"""The digests of a list's rows: the same from a process of their own, which never outlives who asked for it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from nanxi.people import asking
from nanxi.people.identity import Identity
from nanxi.people.tests.county import VILLAGE, County, chen

ROOT = Path(__file__).resolve().parents[3]
KILLED = """
import os, signal
from nanxi.people import asking
if __name__ == "__main__":
    with asking.helper(b" " * asking.LONG) as maker:
        print(maker.submit(os.getpid).result(), flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_process_of_its_own_makes_the_same_digests(county: County) -> None:
    del county
    others = [(VILLAGE, chen()), (VILLAGE, Identity(name="王五", phone="13800000009"))]
    parts = [others, [], [(VILLAGE, chen(name="CHEN WEIMING"))]]
    expected = [asking.asking(part) for part in parts]
    assert len(expected[0].keys) > 8
    for content in (b"", b" " * asking.LONG):
        with asking.helper(content) as maker:
            assert list(asking.one_ahead(maker, parts)) == expected
            assert (maker.submit(os.getpid).result() == os.getpid()) == (not content)
    with asking.helper(b"") as maker:
        assert list(asking.one_ahead(maker, [])) == []


def test_a_helper_goes_when_its_worker_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "killed.py"
    script.write_text(KILLED, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, script], env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    state = Path(f"/proc/{int(done.stdout)}/stat")
    for _ in range(100):
        if not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z":
            return
        time.sleep(0.1)
    raise AssertionError("the helper waits for orders that nobody will give")
