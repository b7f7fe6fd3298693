"""The launcher under the events that a county office really sees: two starts, kill -9, a lost file, a full disk, long paths."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from nanxi.foundation.postgres import AlreadyRunning, Cluster, DeskError, Home
from nanxi.foundation.postgres import launcher as launching
from nanxi.foundation.postgres.binaries import server_user
from nanxi.foundation.postgres.home import COUNTY, REHEARSAL
from nanxi.foundation.postgres.places import place_of_data, socket_folder
from tests.database import FAST

STARTER = """
import sys, time
from pathlib import Path
from nanxi.foundation.postgres import Cluster
cluster = Cluster(Path(sys.argv[1]), {"fsync": "off"})
cluster.start()
print("up", cluster.process.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """One home with a cluster inside, shared: each test starts and stops it."""
    folder = tmp_path_factory.mktemp("desk")
    home = Home(folder / "home")
    home.found(COUNTY)
    with Cluster(home, FAST):
        pass
    yield home
    data = place_of_data(home, server_user())
    if not data.is_relative_to(home.root):
        shutil.rmtree(data.parent)


def test_checksums_scram_and_no_tcp(founded: Home) -> None:
    with Cluster(founded, FAST) as cluster, psycopg.connect(cluster.dsn(dbname="postgres")) as connection:
        shown = {name: connection.execute(f"SHOW {name}").fetchone()[0] for name in  # type: ignore[index]
                 ("data_checksums", "password_encryption", "listen_addresses", "server_encoding")}  # fmt: skip
        # PostgreSQL 16 took the setting lc_collate away; each database says it of itself.
        collation = connection.execute("SELECT datcollate FROM pg_database WHERE datname = current_database()").fetchone()
        methods = {row[0] for row in connection.execute("SELECT auth_method FROM pg_hba_file_rules")}
    assert shown == {
        "data_checksums": "on",
        "password_encryption": "scram-sha-256",
        "listen_addresses": "",
        "server_encoding": "UTF8",
    }
    assert collation == ("C",)
    assert methods == {"scram-sha-256"}


def test_settings_keep_what_was_acknowledged(founded: Home) -> None:
    for name in ("fsync", "synchronous_commit", "full_page_writes"):
        assert launching.SETTINGS[name] == "on"


def test_second_start_names_the_first(founded: Home) -> None:
    with Cluster(founded, FAST) as cluster:
        cluster.lock.announce("http://127.0.0.1:8000")
        with pytest.raises(AlreadyRunning, match=rf"http://127\.0\.0\.1:8000 \(process {os.getpid()}\)"):
            Cluster(founded, FAST).start()
        assert cluster.running()
    assert not cluster.running()


def test_the_server_dies_with_a_killed_starter_and_the_next_start_works(founded: Home) -> None:
    starter = subprocess.Popen([sys.executable, "-c", STARTER, str(founded.root)], stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    server = int(starter.stdout.readline().split()[1])
    starter.kill()
    starter.wait()
    with Cluster(founded, FAST) as cluster:
        assert cluster.process is not None
        assert cluster.process.pid != server


def test_a_killed_server_leaves_no_obstacle(founded: Home) -> None:
    first = Cluster(founded, FAST)
    first.start()
    assert first.process is not None
    first.process.kill()
    first.process.wait()
    first.stop()
    with Cluster(founded, FAST) as second:
        assert second.running()


def test_a_leftover_pid_file_with_a_strangers_number_is_no_obstacle(founded: Home) -> None:
    user = server_user()
    stranger = subprocess.Popen(["sleep", "60"], user=user.pw_uid if user else None)
    pid_file = place_of_data(founded, user) / "postmaster.pid"
    pid_file.write_text(f"{stranger.pid}\n{pid_file.parent}\n{int(time.time())}\n5432\n\n\n0 0\n")
    try:
        with Cluster(founded, FAST) as cluster:
            assert cluster.running()
    finally:
        stranger.kill()
        stranger.wait()


def test_full_disk_is_one_sentence_before_anything_is_touched(founded: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launching, "LEAST_FREE_BYTES", 1 << 62)
    with pytest.raises(DeskError, match=r"is full .* free at least") as raised:
        Cluster(founded, FAST).start()
    assert "\n" not in str(raised.value)
    monkeypatch.undo()
    with Cluster(founded, FAST) as cluster:
        assert cluster.running()


def test_lost_password_file_says_how_to_go_on(founded: Home) -> None:
    aside = founded.root / "aside.json"
    founded.secrets_file.rename(aside)
    try:
        with pytest.raises(DeskError, match=r"db\.json is missing"):
            Cluster(founded, FAST).start()
    finally:
        aside.rename(founded.secrets_file)


def test_a_home_keeps_its_kind(founded: Home) -> None:
    with pytest.raises(DeskError, match="home of a county, not of a rehearsal"):
        founded.found(REHEARSAL)


def test_a_folder_with_other_things_in_it_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").touch()
    with pytest.raises(DeskError, match="not empty"):
        Home(tmp_path).found(COUNTY)


def test_a_long_path_moves_the_socket_to_a_short_private_folder(tmp_path: Path) -> None:
    home = Home(tmp_path / ("long" * 30))
    home.found(COUNTY)
    folder = socket_folder(home)
    assert len(str(folder / ".s.PGSQL.5432")) <= 107
    with Cluster(home, FAST) as cluster:
        assert cluster.running()
        assert folder.stat().st_mode & 0o777 == 0o700
    folder.rmdir()


def test_ctrl_c_on_the_terminal_does_not_reach_the_server_first(founded: Home) -> None:
    with Cluster(founded, FAST) as cluster:
        assert cluster.process is not None
        assert os.getpgid(cluster.process.pid) != os.getpgrp()
        cluster.process.send_signal(signal.SIGINT)
        cluster.process.wait(10)
        assert cluster.process.returncode == 0
