"""A rehearsal desk for the questions of this folder: started in a temp home, signed in to by a click, ended afterwards."""

from __future__ import annotations

import contextlib
import re
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parent.parent
NANXI = ROOT / ".venv" / "bin" / "nanxi"
#: A desk that is not up after this long is a failure, not a slow start.
PATIENCE_S = 900.0


@dataclass
class Desk:
    """A running desk: where pages and positions are sent, when it was asked to start, and its home."""

    url: str
    ingest: str
    home: Path
    began: float

    def officer(self, username: str) -> httpx.Client:
        """A client signed in as that officer of the rehearsal."""
        client = httpx.Client(base_url=self.url, timeout=60.0, follow_redirects=True)
        page = client.get("/enter/")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        if token is None:
            raise RuntimeError(f"/enter/ of {self.url} shows no form (answer {page.status_code})")
        client.post(
            "/enter/", data={"username": username, "csrfmiddlewaretoken": token[1]}, headers={"Referer": self.url + "/enter/"}
        )
        return client

    def waited(self) -> float:
        return time.monotonic() - self.began


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def rehearsal(persons: int, days: int = 21, seed: int = 1) -> Iterator[Desk]:
    """`nanxi serve --rehearsal` in an empty home; yields when its pages answer, which is before the county is in."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="nanxi-bench-") as folder:
        Path(folder).chmod(0o755)
        home = Path(folder) / "home"
        words = ["serve", "--rehearsal", "--home", str(home), "--port", str(port), "--persons", str(persons), "--days", str(days)]
        began = time.monotonic()
        process = subprocess.Popen(
            [str(NANXI), *words, "--seed", str(seed)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        try:
            yield _announced(process, home, began)
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def _announced(process: subprocess.Popen[str], home: Path, began: float) -> Desk:
    url, said = "", []
    assert process.stdout is not None
    for line in process.stdout:
        said.append(line)
        if found := re.search(r"Ready after .*: (http\S+)", line):
            url = found[1]
        if found := re.search(r"positions to (http\S+)/pub", line):
            return Desk(url, found[1], home, began)
        if time.monotonic() - began > PATIENCE_S:
            break
    raise RuntimeError("the desk did not start:\n" + "".join(said))


def wait_until(question: str, answer: object, patience_s: float = PATIENCE_S) -> float:
    """Ask `answer()` twice a second until it is true; the seconds it took. Raises RuntimeError naming the question."""
    began = time.monotonic()
    while not answer():  # type: ignore[operator]
        if time.monotonic() - began > patience_s:
            raise RuntimeError(f"{question}: not within {patience_s:.0f} s")
        time.sleep(0.5)
    return time.monotonic() - began
