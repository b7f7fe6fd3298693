"""A post's terminal against a small desk: bound once by its town, then each passage once, whatever the line does."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from nanxi.rehearsal.play.files import CountyFiles
from nanxi.rehearsal.play.memory import Memory
from nanxi.rehearsal.play.office import Office, found_county
from nanxi.rehearsal.play.pace import Pace
from nanxi.rehearsal.play.posts import Posts

POST = {
    "name": "岩头镇1号卡点",
    "kind": "post",
    "areas": ["330324107000"],
    "officers": [{"username": "post-1", "display_name": "陈大石", "role": "checkpoint"}],
}
ROW = {"at": "", "post": "岩头镇1号卡点", "id_no": "330399198001010010", "name": "甲", "plate": "浙C12345", "temperature": "36.6"}
DEVICES = """<form method="post" action="/devices/offer/"><input type="hidden" name="_key" value="k">
<select name="user"><option value="u1">林村 · 村</option><option value="u9">陈大石 · 岩头镇1号卡点</option></select>
<input name="label"></form>"""


@dataclass
class Desk:
    url: str = ""
    founded: bool = False
    offered: list[str] = field(default_factory=list)
    passages: dict[str, dict[str, Any]] = field(default_factory=dict)
    passage_answers: list[int] = field(default_factory=list)
    entered: list[str] = field(default_factory=list)


@pytest.fixture
def desk() -> Iterator[Desk]:
    state = Desk()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/setup/":
                self._say(404 if state.founded else 200, "<form></form>", "csrftoken=t; Path=/")
            elif self.path.startswith("/bind/"):
                self._say(200, '<form method="post"><input type="hidden" name="code" value="once"><input name="pin"></form>')
            else:
                self._say(200, DEVICES if self.path == "/devices/" else "<p>ok</p>")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            sent = {} if self.path.startswith(("/field/api/", "/setup/")) else parse_qs(body.decode())
            if self.path == "/setup/rehearsal/":
                allowed = self.headers["X-CSRFToken"] == "t"
                state.founded = state.founded or allowed
                self._say(201 if allowed else 403, "")
            elif self.path == "/enter/":
                state.entered += sent["username"]
                self._say(200, "ok")
            elif self.path == "/devices/offer/":
                state.offered += sent["user"]
                self._say(200, '<a href="http://desk/bind/?code=once">code</a>')
            elif self.path.startswith("/bind/"):
                self._say(200, "bound", "nanxi_device=token-9; Path=/")
            else:
                status = state.passage_answers.pop(0) if state.passage_answers else 201
                if status == 201 and self.headers["Authorization"] == "Bearer token-9":
                    state.passages.setdefault(self.headers["Idempotency-Key"], json.loads(body))
                self._say(status, "{}")

        def _say(self, status: int, body: str, cookie: str = "") -> None:
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            if cookie:
                self.send_header("Set-Cookie", cookie)
            if status != 204:
                self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            if status != 204:
                self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    yield state
    server.shutdown()
    server.server_close()


@pytest.fixture
def files(tmp_path: Path) -> CountyFiles:
    (tmp_path / "feeds").mkdir()
    (tmp_path / "county.json").write_text(json.dumps({"units": [POST], "areas": []}), encoding="utf-8")
    (tmp_path / "plan.json").write_text(json.dumps({"seed": 1}), encoding="utf-8")
    return CountyFiles(tmp_path)


def test_the_county_is_founded_once_and_a_new_database_is_noticed(desk: Desk, files: CountyFiles, tmp_path: Path) -> None:
    memory = Memory(tmp_path / "played.json")
    memory.keep("intake:0001")
    assert found_county(desk.url, files, memory, Pace(1000)) is True
    assert "intake:0001" not in memory
    memory.keep("intake:0001")
    assert found_county(desk.url, files, memory, Pace(1000)) is False
    assert "intake:0001" in memory


def test_a_terminal_is_bound_once_by_the_towns_duty_officer(desk: Desk, files: CountyFiles, tmp_path: Path) -> None:
    for _ in range(2):
        memory, pace = Memory(tmp_path / "played.json"), Pace(1000)
        posts = Posts(Office(desk.url, pace), files, memory, pace)
        assert posts.terminals.token(POST, "卡点终端") == "token-9"
    assert desk.offered == ["u9"]
    assert desk.entered == ["town-107-1"]


def test_a_passage_is_sent_until_it_arrives_and_counts_once(
    desk: Desk, files: CountyFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pace = Pace(1000)
    monkeypatch.setattr(Pace, "wait", lambda self, seconds: None)
    posts = Posts(Office(desk.url, pace), files, Memory(tmp_path / "played.json"), pace)
    desk.passage_answers = [503, 504, 201, 201]
    posts.log("token-9", ROW, 7)
    posts.log("token-9", ROW, 7)
    posts.log("token-9", ROW, 8)
    assert len(desk.passages) == 2
    assert {said["id_no"] for said in desk.passages.values()} == {ROW["id_no"]}
