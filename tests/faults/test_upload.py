"""An upload of three gigabytes at a real desk: refused by what it announces, cut off where it hides its size, at no cost.

Nobody has to be signed in for it: the size stands before everything else.
"""

from __future__ import annotations

import select
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from nanxi.foundation.size_limit import MOST_BYTES
from tests.faults.house import RunningHouse, running

pytestmark = pytest.mark.faults
MEGABYTE = 1024 * 1024
SIZE = 3 * 1024 * MEGABYTE
FORM = b'--cut\r\nContent-Disposition: form-data; name="file"; filename="list.xlsx"\r\nContent-Type: text/plain\r\n\r\n'
#: What the wire and the server's own buffers may hold beyond what the house accepts.
ON_THE_WAY = 32 * MEGABYTE


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    with running(tmp_path_factory.mktemp("house")) as one:
        yield one


def send(house: RunningHouse, headers: bytes, *, chunked: bool) -> tuple[int, bytes]:
    """Push up to three gigabytes of nothing at the page of lists. Bytes that were taken, and what was answered."""
    piece = b"\0" * MEGABYTE
    framed = b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece
    head = b"%x\r\n%s\r\n" % (len(FORM), FORM) if chunked else FORM
    sent, answer, deadline = 0, b"", time.monotonic() + 120
    with socket.create_connection(("127.0.0.1", house.port), timeout=20) as wire:
        wire.sendall(b"POST /people/lists/new/ HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n" % house.port + headers + b"\r\n" + head)
        try:
            while sent < SIZE and time.monotonic() < deadline:
                # Whoever announces everything is answered before the first piece: a client that listens hears why.
                if select.select([wire], [], [], 0 if sent or chunked else 5)[0]:
                    break
                wire.sendall(framed)
                sent += len(piece)
            while part := wire.recv(65536):
                answer += part
        except OSError:
            # The house hung up while we were still talking.
            pass
    return sent, answer


def memory_of(pid: int) -> int:
    """The most that a process ever held, in bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))


def on_disk() -> int:
    return shutil.disk_usage(tempfile.gettempdir()).used


def test_three_gigabytes_that_say_so_are_refused_before_they_come(house: RunningHouse) -> None:
    web, before = house.pids()["web"], on_disk()
    held = memory_of(web)
    began = time.monotonic()
    headers = b"Content-Type: multipart/form-data; boundary=cut\r\nContent-Length: %d\r\n" % SIZE
    sent, answer = send(house, headers, chunked=False)
    assert answer.startswith(b"HTTP/1.1 413"), answer[:200]
    assert b"20 MB" in answer or b"100 MB" in answer
    assert sent <= ON_THE_WAY, f"{sent / MEGABYTE:.0f} MB were taken"
    assert time.monotonic() - began < 10
    assert memory_of(web) - held < 64 * MEGABYTE
    assert on_disk() - before < 64 * MEGABYTE


def test_three_gigabytes_that_hide_their_size_are_cut_off(house: RunningHouse) -> None:
    web = house.pids()["web"]
    held = memory_of(web)
    headers = b"Content-Type: multipart/form-data; boundary=cut\r\nTransfer-Encoding: chunked\r\n"
    sent, answer = send(house, headers, chunked=True)
    assert sent <= MOST_BYTES + ON_THE_WAY, f"{sent / MEGABYTE:.0f} MB were taken"
    assert b" 200 " not in answer[:20]
    assert memory_of(web) - held < 64 * MEGABYTE
    # What was taken lies nowhere, and the house still answers.
    assert httpx.get(f"{house.url}/healthz", timeout=10).status_code == 200
    assert house.pids()["web"] == web
