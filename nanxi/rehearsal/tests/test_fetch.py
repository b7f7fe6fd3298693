"""`nanxi rehearse --score --from`: the results of a running desk, asked for as its oversight officer."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from nanxi.cli import main
from nanxi.rehearsal.generate import Plan, rehearse
from nanxi.rehearsal.noise import read_noise

RESULTS = {"rows": [], "contacts": [], "alerts": [], "watched": [], "at": "2020-02-01T00:00:00+08:00"}


class Desk(BaseHTTPRequestHandler):
    """Lets in whoever enters as oversight and nobody else."""

    entered: list[str]
    rehearsal = True

    def do_GET(self) -> None:
        if self.path == "/enter/":
            self._say(200 if self.rehearsal else 404, b"<form></form>", ("Set-Cookie", "csrftoken=t; Path=/"))
        elif self.path == "/rehearsal/results/":
            allowed = "oversight" in self.entered and self.rehearsal
            self._say(200 if allowed else 404, json.dumps(RESULTS).encode())
        else:
            self._say(200, b"ledger")

    def do_POST(self) -> None:
        sent = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        if sent.get("csrfmiddlewaretoken") == ["t"]:
            self.entered.extend(sent["username"])
        self._say(200, b"ledger")

    def _say(self, status: int, body: bytes, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in (*headers, ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        return


@pytest.fixture
def url() -> Iterator[str]:
    Desk.entered, Desk.rehearsal = [], True
    server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    rehearse(home / "files" / "rehearsal", Plan(100, 5, 5, date(2020, 1, 10)), read_noise(), lambda step: None)
    return home


def test_the_running_rehearsal_is_asked_when_no_folder_is_named(
    url: str, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NANXI_HOME", str(home))
    assert main(["rehearse", "--score", "--from", url, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["people"]["precision"]["hit"] == 0
    assert json.loads((home / "files" / "rehearsal" / "results.json").read_text(encoding="utf-8")) == RESULTS


def test_a_desk_that_is_no_rehearsal_and_one_that_is_away_are_said(
    url: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Desk.rehearsal = False
    folder = str(home / "files" / "rehearsal")
    assert main(["rehearse", "--score", folder, "--from", url]) == 2
    assert "no rehearsal" in capsys.readouterr().err
    assert main(["rehearse", "--score", folder, "--from", "http://127.0.0.1:9"]) == 2
    assert "no desk answers" in capsys.readouterr().err


def test_no_folder_and_no_running_rehearsal_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NANXI_HOME", str(tmp_path))
    assert main(["rehearse", "--score"]) == 2
    assert "no rehearsal was made there" in capsys.readouterr().err
