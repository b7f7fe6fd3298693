"""Phones and walks against a small endpoint: what is out of reach is kept and sent later, and who walks is told to the truth."""

from __future__ import annotations

import base64
import csv
import json
import math
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from nanxi.rehearsal.noise import Noise, read_noise
from nanxi.rehearsal.play.memory import Memory
from nanxi.rehearsal.play.pace import Pace
from nanxi.rehearsal.play.phones import EVERY_S, Phone, Phones
from nanxi.rehearsal.play.walks import RIDES, WALKS, Walks

HOME = (120.7, 28.15)
QUIET = {**read_noise().tables["positions"], "coarse": 0.0, "lying": 0.0, "loss": 0.0}
STILL = Noise({**read_noise().tables, "positions": QUIET})


@dataclass
class Endpoint:
    url: str = ""
    answers: list[tuple[int, Any]] = field(default_factory=list)
    heard: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    state = Endpoint()

    class Ingest(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, said = state.answers.pop(0) if state.answers else (200, [])
            if status == 200:
                _, _, token = base64.b64decode(self.headers["Authorization"].split()[1]).decode().partition(":")
                state.heard.append((token, body))
            answer = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Ingest)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    yield state
    server.shutdown()
    server.server_close()


def phone(since: float | None = None) -> Phone:
    return Phone("T1", "secret", HOME, "330399198001010010", time.time() if since is None else since)


def metres(said: dict[str, Any]) -> float:
    return math.hypot((said["lat"] - HOME[1]) * 110_850, (said["lon"] - HOME[0]) * 98_200)


def test_a_phone_at_home_reports_from_home_under_its_token(endpoint: Endpoint) -> None:
    one = phone()
    phones = Phones(endpoint.url, STILL, Pace(1000))
    phones.add(one)
    for second in range(0, 600, 60):
        phones.report(one, one.since + second)
    assert {token for token, _ in endpoint.heard} == {"secret"}
    assert [said["tst"] for _, said in endpoint.heard] == [int(one.since + second) for second in range(0, 600, 60)]
    assert max(metres(said) for _, said in endpoint.heard) < 90


def test_what_could_not_be_sent_is_kept_and_sent_in_order(endpoint: Endpoint) -> None:
    one = phone()
    phones = Phones(endpoint.url, STILL, Pace(1000))
    endpoint.answers = [(503, {}), (503, {})]
    for second in (0, 60, 120):
        phones.report(one, one.since + second)
    assert [said["tst"] for _, said in endpoint.heard] == [int(one.since + second) for second in (0, 60, 120)]
    assert not one.waiting


def test_a_phone_asked_for_a_fix_gives_one_soon_and_a_refused_one_is_silent(endpoint: Endpoint) -> None:
    one = phone()
    phones = Phones(endpoint.url, STILL, Pace(1000))
    phones.add(one)
    one.sent = 10
    endpoint.answers = [(200, [{"_type": "cmd", "action": "reportLocation"}])]
    phones.report(one, one.since)
    assert one.due - one.since < EVERY_S / 2
    endpoint.answers = [(410, {})]
    phones.report(one, one.since + 60)
    assert one.over
    assert phones.all() == []


def test_a_walk_is_measured_outside_written_into_the_truth_and_goes_on_after_a_restart(
    endpoint: Endpoint, tmp_path: Path
) -> None:
    one = phone(time.time() - 3600)
    pace, memory = Pace(1000), Memory(tmp_path / "played.json")
    walks = Walks(Phones(endpoint.url, STILL, pace), memory, pace, tmp_path / "played.csv", seed=3)
    walk = walks.leave(one, speed=RIDES)
    middle = walk.leaves + walk.away_s / 2
    said = one.measured(middle, STILL)
    assert said is not None
    assert metres(said) == pytest.approx(walk.metres, abs=90)
    facts = {name: value for name, value in memory.get("walk:1").items() if name != "device"}
    again = phone(one.since)
    again.walks.append(facts)
    assert again.measured(middle, STILL) == said
    assert again.away(walk.leaves + walk.away_s + 1) == (0.0, 0.0)
    with (tmp_path / "played.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["id_no"] == one.id_no
    assert row["left_at"] < row["beyond_100m_at"] < row["home_again_at"]


def test_nobody_leaves_who_was_not_seen_at_home_or_is_away(endpoint: Endpoint, tmp_path: Path) -> None:
    pace, memory = Pace(1000), Memory(tmp_path / "played.json")
    phones = Phones(endpoint.url, STILL, pace)
    walks = Walks(phones, memory, pace, tmp_path / "played.csv", seed=3)
    fresh, settled = phone(), Phone("T2", "other", HOME, "330399198001010029", time.time() - 600)
    settled.sent = 5
    phones.add(fresh)
    assert walks._somebody() is None
    phones.add(settled)
    assert walks._somebody() is settled
    walks.leave(settled, speed=WALKS)
    assert walks._somebody() is None


@pytest.mark.parametrize("papers", ["ZZ1234567", ""])
def test_somebody_whose_papers_tell_no_birth_stays_at_home(papers: str, endpoint: Endpoint, tmp_path: Path) -> None:
    pace = Pace(1000)
    phones = Phones(endpoint.url, STILL, pace)
    walks = Walks(phones, Memory(tmp_path / "played.json"), pace, tmp_path / "played.csv", seed=3)
    phones.add(Phone("T3", "other", HOME, papers, time.time() - 600, sent=5))
    assert walks._somebody() is None
