"""kill -9 of a real process while it puts sightings away or folds parts: what was there is there, nothing half is seen, and the
next round finishes the work."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from nanxi.cases import archive, asking, persons, services
from nanxi.cases.archive import mapping, parts
from nanxi.cases.asking import Question
from nanxi.cases.models import Case, Sighting
from nanxi.cases.services import Seen
from nanxi.cases.tests import oracle
from nanxi.cases.tests.town import NANXI, NOW, OUBEI, Town
from nanxi.engines.trace import protocol
from nanxi.foundation import acts, scope, vault
from nanxi.foundation.act import house

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ROOT = Path(__file__).resolve().parents[3]
#: Which of its calls to the disk the process does not live to see; each writes, syncs, renames or removes something else.
CHILD = """
import os, signal, sys
from pathlib import Path
import django
django.setup()
from nanxi.cases.archive import parts
from nanxi.foundation import scope
from nanxi.foundation.act import house
from nanxi.foundation.clock import WALL
folder, what, left = Path(sys.argv[1]), sys.argv[2], [int(sys.argv[3])]
parts.folder = lambda: folder
def counted(call):
    def run(*args, **kwargs):
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*args, **kwargs)
    return run
os.fsync = counted(os.fsync)
for name in ("replace", "rename", "unlink"):
    setattr(Path, name, counted(getattr(Path, name)))
with scope.enter(house("cases").reach):
    parts.catch_up(WALL.now()) if what == "append" else parts.tidy(night=True)
"""


class Street:
    """A case and its neighbours in a database whose commits are real, so that another process sees them."""

    def __init__(self) -> None:
        self.town = Town()
        self.act = self.town.act("ding")
        self.number = 0
        self.case_record = self.claim()
        stays = [
            Seen(self.case_record, f"place {day}", NOW - day * DAY, OUBEI, "interview", f"case:{day}", NOW - day * DAY + 3 * HOUR)
            for day in range(1, 5)
        ]
        services.record_sightings(self.act, stays)
        with acts.set_up():
            self.case = Case(area_code=OUBEI, record_id=self.case_record, reported_at=NOW)
            self.case.save()
        edition = protocol.edition_of("cn-2020-02")
        self.question = Question(self.case, NOW - 5 * DAY, NOW, edition, edition.slack_s, None)

    def claim(self) -> UUID:
        self.number += 1
        return persons.claim(
            self.act, area=NANXI, source_kind="test", source_ref=str(self.number), name="P", id_no=f"X{self.number}"
        )

    def draw(self, people: int) -> None:
        """New people meet the case on each of four days."""
        rows: list[Seen] = []
        for _ in range(people):
            record = self.claim()
            for day in range(1, 5):
                at = NOW - day * DAY + HOUR / 6 * (self.number % 5)
                rows.append(Seen(record, f"place {day}", at, NANXI, "scan", f"{self.number}:{day}", at + HOUR))
        services.record_sightings(self.act, rows)

    def found(self) -> dict[str, tuple[object, ...]]:
        parts._held.clear()
        with mapping.opened(mapping.ARCHIVE):
            met = asking.answer(self.question).met
        return {str(m.records[0]): (m.klass, m.visits, m.places, m.overlap_s, m.longest_s, m.first, m.last) for m in met}

    def expected(self) -> dict[str, tuple[object, ...]]:
        return {
            name: (c.klass, c.visits, c.places, c.overlap_s, c.longest_s, c.first, c.last)
            for name, c in oracle.contacts(self.question).items()
        }


@pytest.fixture
def street(fresh_db: str, parts_folder: Path) -> Iterator[Street]:
    vault.forget()
    with scope.enter(house("cases").reach):
        made = Street()
        made.draw(3)
        archive.catch_up(NOW)
    yield made
    vault.forget()


def killed(folder: Path, what: str, point: int) -> bool:
    """Whether the process died at the point; False when it was done before."""
    told = {"PYTHONPATH": str(ROOT), "NANXI_DB_ROLE": "nanxi_worker", "DJANGO_SETTINGS_MODULE": "nanxi.settings"}
    ended = subprocess.run(
        [sys.executable, "-c", CHILD, str(folder), what, str(point)], check=False, env={**os.environ, **told}, cwd=ROOT,
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert ended.returncode in (0, -signal.SIGKILL), ended.stderr[-2000:]
    return ended.returncode != 0


@pytest.mark.parametrize("point", [1, 3, 6, 9, 12, 14])
def test_killed_while_appending(street: Street, parts_folder: Path, point: int) -> None:
    with scope.enter(house("cases").reach):
        before = street.found()
        assert before == street.expected() and len(before) == 3
        street.draw(2)
        after = street.expected()
    died = killed(parts_folder, "append", point)
    with scope.enter(house("cases").reach):
        assert street.found() in (before, after), "a half-written part is seen"
        waiting = Sighting.everything.filter(waits=True).count()
        assert waiting == (8 if died else 0), "rows are told put away before they are"
        archive.catch_up(NOW)
        assert street.found() == after


@pytest.mark.parametrize("point", [1, 3, 6, 9])
def test_killed_while_folding_parts(street: Street, parts_folder: Path, point: int) -> None:
    with scope.enter(house("cases").reach):
        street.draw(2)
        archive.catch_up(NOW)
        before = street.expected()
        assert street.found() == before
    killed(parts_folder, "merge", point)
    with scope.enter(house("cases").reach):
        assert street.found() == before
        archive.tidy(night=True)
        assert street.found() == before


def test_the_points_lie_inside_the_work(street: Street, parts_folder: Path) -> None:
    """The table of points would be empty words if the process were done before the first of them."""
    with scope.enter(house("cases").reach):
        street.draw(2)
    assert killed(parts_folder, "append", 1)
    assert not killed(parts_folder, "append", 10_000)
    assert killed(parts_folder, "merge", 1)
