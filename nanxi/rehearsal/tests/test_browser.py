"""The clients' browser against a small real server: it sends what a browser would, and stops where a person would be puzzled."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest

from nanxi.rehearsal.play.browser import Officer, Puzzled
from nanxi.rehearsal.play.pace import Pace

PAGE = """
<a href="/cases/7/">案件七</a>
<form action="/search" method="get"><input name="q"></form>
<form id="order" action="/orders/new/" method="post">
  <input type="hidden" name="_key" value="k&amp;1"><input name="until" value="2020-02-01">
  <select name="reason"><option value="">-</option><option value="close">密切接触者</option>
  <option value="sus" selected>疑似</option></select>
  <input type="checkbox" name="agree">
  <input type="radio" name="how" value="paper"><input type="radio" name="how" value="phone" checked>
  <textarea name="note">原文</textarea><input name="gone" disabled value="x">
</form>
<button form="order" name="do" value="issue">下达</button>
<input type="checkbox" name="contact" value="c1" form="many"><input type="checkbox" name="contact" value="c2" form="many">
<form id="many" action="/accept/" method="post"><input type="hidden" name="_key" value="k2">
<button name="do" value="accepted">接受</button><button name="do" value="rejected">排除</button></form>
"""
seen: list[tuple[str, str, dict[str, list[str]]]] = []
answers: list[int] = []


class Desk(BaseHTTPRequestHandler):
    def _say(self, body: dict[str, list[str]]) -> None:
        seen.append((self.command, self.path, body))
        status = answers.pop(0) if answers else 200
        content = PAGE.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self) -> None:
        self._say({})

    def do_POST(self) -> None:
        self._say(parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode(), keep_blank_values=True))

    def log_message(self, format: str, *args: object) -> None:
        return


@pytest.fixture
def officer() -> Iterator[Officer]:
    seen.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Officer(f"http://127.0.0.1:{server.server_port}", "alice", Pace(1000))
    server.shutdown()
    server.server_close()


def test_a_form_goes_out_with_its_hidden_chosen_and_written_values(officer: Officer) -> None:
    page = officer.get("/x/")
    page.send(page.form("reason", action="/orders/"), {"reason": "close", "note": "新"})
    command, path, body = seen[-1]
    assert (command, path) == ("POST", "/orders/new/")
    assert body == {
        "_key": ["k&1"],
        "until": ["2020-02-01"],
        "reason": ["close"],
        "how": ["phone"],
        "note": ["新"],
        "do": ["issue"],
    }


def test_a_field_or_choice_that_is_not_there_stops_the_story(officer: Officer) -> None:
    page = officer.get("/x/")
    form = page.form("reason")
    with pytest.raises(Puzzled, match="no field 'status'"):
        page.send(form, {"status": "positive"})
    with pytest.raises(Puzzled, match="does not offer"):
        page.send(form, {"reason": "whim"})
    with pytest.raises(Puzzled, match="no form"):
        page.form("password")
    with pytest.raises(Puzzled, match="no link"):
        page.link("/orders/")


def test_ticked_boxes_stand_before_their_form_and_the_wanted_button_is_pressed(officer: Officer) -> None:
    page = officer.get("/x/")
    page.send(page.form("contact"), {"contact": ["c1", "c2"]}, press="rejected", key="once")
    assert seen[-1] == ("POST", "/accept/", {"_key": ["once"], "contact": ["c1", "c2"], "do": ["rejected"]})
    with pytest.raises(Puzzled, match="no button 'promoted'"):
        page.send(page.form("contact"), press="promoted")


def test_links_and_text_are_read(officer: Officer) -> None:
    page = officer.get("/x/")
    assert page.link("/cases/").endswith("/cases/7/")
    assert "案件七" in page.text


def test_an_overloaded_desk_is_asked_again_and_a_refusal_is_told(officer: Officer) -> None:
    answers.append(503)
    assert officer.get("/x/").status == 200
    answers.append(403)
    with pytest.raises(Puzzled, match="alice at /x/: the desk answered 403"):
        officer.get("/x/")
