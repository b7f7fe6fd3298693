"""Officers whom nobody plays, against a small desk: they leave an alert to whoever watches, then answer it as the pages ask."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs

import pytest

from nanxi.rehearsal.play.files import CountyFiles
from nanxi.rehearsal.play.memory import Memory
from nanxi.rehearsal.play.office import Office
from nanxi.rehearsal.play.orders import Town
from nanxi.rehearsal.play.pace import Pace
from nanxi.rehearsal.play.staff import FIRST_LEFT_ALONE_S, Staff

ALERT = "01a21055-336e-74f8-9f17-eda29454bec6"
TASK = "01a21056-658b-7874-981e-2d1db8998f47"
TOWN = "330324107000"
COUNTY = {
    "county": {"code": "330324000000"},
    "areas": [
        {"code": TOWN, "name": "岩头镇", "kind": "town"},
        {"code": "330324107201", "name": "下日川村", "kind": "village"},
    ],
    "units": [
        {"name": "岩头镇防控办", "kind": "town", "areas": [TOWN], "officers": []},
        {"name": "岩头镇下日川村", "kind": "community", "areas": ["330324107201"], "officers": [{"username": "grid-107201"}]},
    ],
}
FORMS = {
    "ack": "<button>ack</button>",
    "call": '<select name="result"><option value="coming_back">1</option><option value="no_answer">2</option>'
    '<option value="refuses">3</option></select>',
    "send": '<select name="officer"><option value="u7">林</option></select>',
    "close": '<select name="disposition"><option value="violation">v</option></select>'
    '<select name="measure"><option value="returned">r</option></select>'
    '<input name="place_1"><input name="from_1"><input name="to_1">',
}


@dataclass
class Desk:
    url: str = ""
    acknowledged: bool = False
    sent: list[tuple[str, str, dict[str, list[str]]]] = field(default_factory=list)
    who: dict[str, str] = field(default_factory=dict)

    def page(self, path: str) -> str:
        if path.startswith("/desk/alerts/") and ALERT not in path:
            return f'<a href="/desk/alerts/{ALERT}/">离开</a>'
        if path.startswith("/desk/tasks/") and TASK not in path:
            return f'<a href="/desk/tasks/{TASK}/">核查</a>'
        if path == f"/desk/tasks/{TASK}/":
            result = '<input type="radio" name="result" value="found">'
            return f'下日川村<form method="post" action="/desk/tasks/{TASK}/close/">{result}</form>'
        if path == f"/field/tasks/{TASK}/":
            return '<form method="post"><input type="radio" name="result" value="found"><textarea name="note"></textarea></form>'
        shown = [name for name in FORMS if name != "ack" or not self.acknowledged]
        forms = "".join(f'<form method="post" action="/desk/alerts/{ALERT}/{name}/">{FORMS[name]}</form>' for name in shown)
        return f"岩头镇防控办 离开 {forms}"


@pytest.fixture
def desk() -> Iterator[Desk]:
    state = Desk()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say(state.page(self.path.split("?")[0]))

        def do_POST(self) -> None:
            sent = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            if self.path == "/enter/":
                self._say("ok", f"who={sent['username'][0]}; Path=/")
                return
            who = (self.headers["Cookie"] or "").partition("who=")[2].partition(";")[0]
            state.sent.append((who, self.path, sent))
            state.acknowledged = state.acknowledged or self.path.endswith("/ack/")
            self._say("ok")

        def _say(self, body: str, cookie: str = "") -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body.encode())))
            if cookie:
                self.send_header("Set-Cookie", cookie)
            self.end_headers()
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
def staff(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Staff:
    (tmp_path / "county.json").write_text(json.dumps(COUNTY), encoding="utf-8")
    (tmp_path / "plan.json").write_text('{"seed": 1}', encoding="utf-8")
    pace = Pace(1000)
    monkeypatch.setattr(Pace, "wait", lambda self, seconds: None)
    office, memory = Office(desk.url, pace), Memory(tmp_path / "played.json")
    return Staff(office, CountyFiles(tmp_path), memory, pace, cast(Town, None))


def later(staff: Staff, **more: Any) -> None:
    """Time passes for the alert."""
    known = staff.memory.get(f"alert:{ALERT}")
    staff.memory.keep(f"alert:{ALERT}", {**known, "next": 0.0, **more})


def test_a_fresh_alert_is_left_to_whoever_watches(desk: Desk, staff: Staff) -> None:
    staff.look_at_alerts()
    staff.look_at_alerts()
    assert desk.sent == []


def test_one_that_somebody_took_up_stays_theirs(desk: Desk, staff: Staff) -> None:
    staff.look_at_alerts()
    desk.acknowledged = True
    later(staff, seen=time.time() - FIRST_LEFT_ALONE_S - 1)
    staff.look_at_alerts()
    later(staff)
    staff.look_at_alerts()
    assert desk.sent == []


def test_one_that_nobody_took_up_is_acknowledged_called_and_closed_by_its_own_town(desk: Desk, staff: Staff) -> None:
    staff.look_at_alerts()
    later(staff, seen=time.time() - FIRST_LEFT_ALONE_S - 1)
    for _ in range(6):
        staff.look_at_alerts()
        later(staff)
    steps = [path.split("/")[-2] for _, path, _ in desk.sent]
    assert steps[:2] == ["ack", "call"]
    assert steps[-1] == "close"
    assert steps.count("close") == 1
    assert {who for who, _, _ in desk.sent} == {"town-107-1"}
    closing = desk.sent[-1][2]
    assert (closing["disposition"], closing["measure"]) == (["violation"], ["returned"])
    assert closing["place_1"]


def test_a_task_is_done_by_the_grid_worker_of_its_village_once(desk: Desk, staff: Staff) -> None:
    assert staff.do_a_task(TOWN, "town-107-2") == 1
    assert staff.do_a_task(TOWN, "town-107-2") == 0
    ((who, path, sent),) = desk.sent
    assert (who, path, sent["result"]) == ("grid-107201", f"/field/tasks/{TASK}/", ["found"])
