"""A start waits for a slow child and says so, and ends for one that died or hangs. Real processes and a real door."""

from __future__ import annotations

import os
import re
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nanxi.foundation.postgres.home import DeskError
from nanxi.foundation.supervisor.children import Child
from nanxi.foundation.supervisor.readiness import Door, wait_for

#: Works so many seconds of processor time before its door answers, as a web process does on a busy machine.
SLOW = """
import http.server, sys, time
class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def log_message(self, *told):
        pass
while time.process_time() < float(sys.argv[2]):
    pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Health).serve_forever()
"""
HANGS = "import time; time.sleep(600)"
DIES = "raise SystemExit('the county has no name')"

Starter = Callable[..., tuple[Child, dict[str, Door]]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Starter]:
    children: list[Child] = []

    def one(program: str, *words: str) -> tuple[Child, dict[str, Door]]:
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            port = int(found.getsockname()[1])
        children.append(Child("web", ["-c", program, str(port), *words], os.environ, tmp_path / "web.log"))
        children[-1].start()
        return children[-1], {"web": ("127.0.0.1", port, "/healthz")}

    yield one
    for child in children:
        child.kill()


def test_a_slow_start_is_waited_for_and_told(start: Starter) -> None:
    child, doors = start(SLOW, "2.5")
    said: list[str] = []
    wait_for(doors, [child], said.append, say_every_s=0.5, hangs_after_s=60)
    assert child.alive()
    assert len(said) >= 2
    assert re.fullmatch(r"still waiting for web \(\d\.\d s of processor time\) after \d+ s …", said[0])


def test_a_child_that_works_never_hangs(start: Starter) -> None:
    child, doors = start(SLOW, "4")
    began = time.monotonic()
    wait_for(doors, [child], print, hangs_after_s=1.5)
    assert time.monotonic() - began > 3


def test_a_child_that_dies_ends_the_start_at_once(start: Starter) -> None:
    child, doors = start(DIES)
    with pytest.raises(DeskError, match=r"web cannot start \(the county has no name\): read .*web\.log"):
        wait_for(doors, [child], print, hangs_after_s=600)


def test_a_child_that_hangs_ends_the_start(start: Starter) -> None:
    child, doors = start(HANGS)
    with pytest.raises(DeskError, match=r"web hangs: for 2 s it has neither answered nor worked; read .*web\.log"):
        wait_for(doors, [child], print, hangs_after_s=2)


def test_a_door_that_answers_is_not_waited_for(start: Starter) -> None:
    child, doors = start(SLOW, "0")
    said: list[str] = []
    wait_for(doors, [child], said.append)
    assert not said
