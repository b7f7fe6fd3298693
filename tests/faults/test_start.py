"""Starts that go wrong: two at once, a taken port, a lost key, a full disk, a set clock. One sentence, nothing changed."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from nanxi.foundation.postgres import Cluster, roles
from tests.faults.house import Officer, RunningHouse, Writers, running

pytestmark = pytest.mark.faults
MEGABYTE = 1024 * 1024


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    """A county with one sealed record's worth of life, its desk not running."""
    with running(tmp_path_factory.mktemp("house")) as house:
        officer = Officer(house)
        officer.found_county()
        officer.found_unit("first")
        house.stop()
        yield house


def refused(house: RunningHouse) -> str:
    """The one sentence of a start that must not succeed."""
    done = house.nanxi(*house.serve_words())
    assert done.returncode == 1, (done.stdout, done.stderr)
    assert done.stderr.startswith("nanxi: ")
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def test_of_two_starts_at_once_one_runs_and_the_other_says_so(tmp_path: Path) -> None:
    with running(tmp_path) as house:
        twin = RunningHouse(tmp_path)
        assert "already runs at" in refused(twin)
        house.stop()
        # And truly at once, on a home that neither holds.
        answers: list[subprocess.CompletedProcess[str]] = []
        words = [house.serve_words(), twin.serve_words()]
        threads = [threading.Thread(target=lambda w=w: answers.append(_briefly(house, w))) for w in words]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    told = sorted((answer.returncode, "already runs" in answer.stdout) for answer in answers)
    assert told == [(0, False), (1, True)]


def _briefly(house: RunningHouse, words: list[str]) -> subprocess.CompletedProcess[str]:
    """Serve for some seconds, then Ctrl-C."""
    process = subprocess.Popen(
        [sys.executable, "-m", "nanxi.cli", *words], stdin=subprocess.DEVNULL, env=house.environment(), stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(25)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)
    out, _ = process.communicate(timeout=30)
    return subprocess.CompletedProcess(words, process.returncode, out, "")


def test_a_taken_port_is_named(stopped: RunningHouse) -> None:
    with socket.create_server(("127.0.0.1", stopped.port)):
        assert f"port {stopped.port} on 127.0.0.1 is taken" in refused(stopped)


@pytest.mark.parametrize("name", ["ledger", "master-1"])
def test_a_lost_key_is_named_and_no_new_one_is_made(stopped: RunningHouse, name: str) -> None:
    key = stopped.home.keys / f"{name}.key"
    aside = key.with_suffix(".aside")
    key.rename(aside)
    try:
        assert f"{name}.key is missing" in refused(stopped)
        assert not key.exists()
    finally:
        aside.rename(key)


def test_another_countys_keys_are_refused(stopped: RunningHouse) -> None:
    key = stopped.home.keys / "ledger.key"
    own = key.read_text(encoding="ascii")
    key.write_text(own[::-1], encoding="ascii")
    try:
        assert "ledger.key is not the key it was" in refused(stopped)
    finally:
        key.write_text(own, encoding="ascii")


def test_a_weakened_role_is_refused_and_the_doctor_mends_it(stopped: RunningHouse) -> None:
    with Cluster(stopped.home) as cluster, psycopg.connect(cluster.dsn()) as connection:
        connection.execute("ALTER ROLE nanxi_web BYPASSRLS")
    assert "nanxi_web bypasses row-level security" in refused(stopped)
    assert stopped.nanxi("doctor", "--home", str(stopped.home.root), "--setup").returncode == 0
    stopped.start()
    stopped.stop()


def test_a_clock_set_back_is_refused(stopped: RunningHouse) -> None:
    """Orders end by themselves, by the clock: a machine that believes in last week would keep people at home."""
    with Cluster(stopped.home) as cluster, psycopg.connect(cluster.dsn()) as connection:
        late = f"{int((time.time() + 7 * 86400) * 1000):012x}7{'0' * 3}8{'0' * 15}"
        connection.execute("CREATE TEMP TABLE one AS SELECT * FROM foundation_ledgerentry ORDER BY id DESC LIMIT 1")
        connection.execute("UPDATE one SET id = %s, seq = NULL, link = NULL", [late])
        connection.execute("INSERT INTO foundation_ledgerentry SELECT * FROM one")
    try:
        assert "set its clock right" in refused(stopped)
        told = stopped.nanxi("doctor", "--home", str(stopped.home.root)).stdout
        assert "BAD  clock" in told
    finally:
        with Cluster(stopped.home) as cluster, psycopg.connect(cluster.dsn()) as connection:
            connection.execute("DELETE FROM foundation_ledgerentry WHERE id = %s", [late])


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of 400 MB of its own."""
    folder = Path(tempfile.mkdtemp(prefix="nanxi-disk-"))
    folder.chmod(0o755)
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=400m,mode=0755", "tmpfs", str(folder)], check=False, capture_output=True
    )
    if made.returncode:
        folder.rmdir()
        pytest.skip("no right to mount a small disk here: run as root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=False)
    folder.rmdir()


def test_a_disk_that_fills_while_officers_write_loses_nothing(small_disk: Path) -> None:
    with running(small_disk) as house:
        officer = Officer(house)
        officer.found_county()
        filler = small_disk / "filler"
        with Writers(officer) as writers:
            time.sleep(1)
            _fill(small_disk, filler)
            time.sleep(6)
            while_full = len(officer.acknowledged)
            filler.unlink()
            deadline = time.monotonic() + 90
            while len(officer.acknowledged) < while_full + 3 and not writers.trouble:
                assert time.monotonic() < deadline, f"no write gets through after the disk was freed: {house.said[-5:]}"
                time.sleep(0.1)
        house.wait_ready()
        units = [str(name) for (name,) in house.rows("SELECT name FROM foundation_unit WHERE name LIKE 'unit-%'")]
        assert set(officer.acknowledged) <= set(units)
        assert len(units) == len(set(units))
        verified = house.nanxi("audit", "verify", "--home", str(house.home.root))
        assert verified.returncode == 0, verified.stderr
        house.stop()
        _fill(small_disk, filler)
        assert "is full" in refused(house)
        filler.unlink()
        house.start()


def _fill(disk: Path, filler: Path) -> None:
    with filler.open("wb") as stream, contextlib.suppress(OSError):
        while True:
            stream.write(b"\0" * MEGABYTE)
            stream.flush()
    assert shutil.disk_usage(disk).free < MEGABYTE


def test_the_backup_role_writes_nothing(stopped: RunningHouse) -> None:
    with (
        Cluster(stopped.home) as cluster,
        psycopg.connect(cluster.dsn(roles.BACKUP)) as connection,
        pytest.raises(psycopg.errors.ReadOnlySqlTransaction),
    ):
        connection.execute("DELETE FROM foundation_unit")
