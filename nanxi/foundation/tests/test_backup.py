"""A backup that really comes back: the restored county verifies, its sealed record opens, and its desk's roles hold."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from nanxi.foundation import acts, backup, scope, vault
from nanxi.foundation.act import Act, house
from nanxi.foundation.identifiers import uuid7
from nanxi.foundation.postgres import Cluster, Home, roles
from nanxi.foundation.postgres.binaries import server_user
from nanxi.foundation.postgres.home import COUNTY, DeskError
from nanxi.foundation.postgres.places import place_of_data
from nanxi.foundation.reach import EVERYWHERE
from nanxi.foundation.relay import Relay
from nanxi.foundation.restore import check, restore
from nanxi.foundation.supervisor.database import unfinished

ROOT = Path(__file__).resolve().parents[3]
SECRET = "陈伟民 330399199001011234"


def nanxi(*words: str, database: str = "") -> subprocess.CompletedProcess[str]:
    """A command of the house in a process of its own; it must not inherit this test's database unless named."""
    environment = {name: value for name, value in os.environ.items() if name not in ("NANXI_DB_NAME", "NANXI_DB_ROLE")}
    environment |= {"PYTHONPATH": str(ROOT), **({"NANXI_DB_NAME": database} if database else {})}
    command = [sys.executable, "-m", "nanxi.cli", *words]
    return subprocess.run(command, env=environment, cwd=ROOT, check=False, capture_output=True, text=True, timeout=120)


@pytest.fixture
def archive(fresh_db: str, home: Home, tmp_path: Path) -> Path:
    """A backup of a county that holds one sealed record and five numbered acts."""
    record = uuid7()
    act = Act(actor=house("test"))
    with scope.enter(EVERYWHERE, at=act.now), acts.writing():
        vault.make_keys([record])
        for number in range(5):
            act.log("test.thing.happened", area="330324101000", number=number)
    sealed = vault.seal("people_record", "name", record, SECRET)
    (tmp_path / "record").write_text(f"{record} {sealed.hex()}", encoding="ascii")
    with psycopg.connect(roles.connection_string(roles.SYSTEM, home), autocommit=True) as system:
        Relay.number(system, *Relay._head(system))
    file = tmp_path / "county.nanxi"
    done = nanxi("backup", "--home", str(home.root), str(file), database=fresh_db)
    assert done.returncode == 0, done.stderr
    assert "5 ledger entries, 1 sealed records" in done.stdout
    return file


@pytest.fixture
def new_home(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path / "restored")
    yield home
    if home.postgres.exists():
        data = place_of_data(home, server_user())
        if not data.is_relative_to(home.root):
            shutil.rmtree(data.parent, ignore_errors=True)


OPEN = """
import sys
from pathlib import Path
from uuid import UUID
from nanxi.foundation.postgres import Home, roles
from nanxi.foundation.supervisor.database import enter_django
enter_django(Home(Path(sys.argv[1])), roles.WEB)
from nanxi.foundation import vault
print(vault.unseal("people_record", "name", UUID(sys.argv[2]), bytes.fromhex(sys.argv[3])))
"""


def test_a_restored_county_verifies_opens_and_holds_its_roles(archive: Path, new_home: Home) -> None:
    assert archive.stat().st_mode & 0o777 == 0o600, "a backup holds the keys: nobody else may read it"
    done = nanxi("restore", str(archive), "--home", str(new_home.root))
    assert done.returncode == 0, done.stderr
    assert "5 ledger entries verify, 1 of 1 sealed records tried open" in done.stdout
    record, sealed = (archive.parent / "record").read_text(encoding="ascii").split()
    with Cluster(new_home) as cluster:
        environment = {name: value for name, value in os.environ.items() if name not in ("NANXI_DB_NAME", "NANXI_DB_ROLE")}
        shown = subprocess.run(
            [sys.executable, "-c", OPEN, str(new_home.root), record, sealed], env=environment | {"PYTHONPATH": str(ROOT)},
            cwd=ROOT, check=False, capture_output=True, text=True,
        )  # fmt: skip
        assert shown.stdout.strip() == SECRET, shown.stderr
        with psycopg.connect(cluster.dsn(roles.WEB)) as web:
            assert web.execute("SELECT count(*) FROM foundation_ledgerentry").fetchone() == (0,), "no scope, no rows: as before"
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                web.execute("DELETE FROM foundation_ledgerentry")
    assert "BAD" not in nanxi("doctor", "--home", str(new_home.root)).stdout


def test_no_identifier_stands_readable_in_the_archive(archive: Path) -> None:
    with tarfile.open(archive) as tar:
        content = b"".join(stream.read() for entry in tar if (stream := tar.extractfile(entry)))
    assert b"PGDMP" in content
    assert SECRET.encode() not in content


def test_a_damaged_archive_is_noticed_wherever_it_is_damaged(archive: Path, new_home: Home) -> None:
    whole = archive.read_bytes()
    # Behind the manifest a tar is padding; a changed byte there changes nothing.
    end = len(whole.rstrip(b"\0")) - 1
    for place in (*range(100, end, end // 40), end):
        broken = bytearray(whole)
        broken[place] ^= 0x41
        archive.write_bytes(broken)
        try:
            facts = check(archive)
        except DeskError:
            continue
        # Padding between two parts, or the name of nobody who wrote the archive.
        assert facts["ledger_entries"] == 5
        assert whole[place] == 0, f"byte {place} was changed and nobody noticed"
    archive.write_bytes(whole[: end // 2])
    with pytest.raises(DeskError, match=r"not a whole backup|damaged"):
        restore(archive, new_home)
    assert not new_home.root.exists()


def test_a_restore_overwrites_nothing_and_a_backup_neither(archive: Path, home: Home, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.docx").touch()
    assert "is not empty" in nanxi("restore", str(archive), "--home", str(tmp_path / "full")).stderr
    assert "exists already" in nanxi("backup", "--home", str(home.root), str(archive)).stderr


def test_a_restore_that_was_cut_short_is_no_home(new_home: Home) -> None:
    new_home.found(COUNTY)
    unfinished(new_home).touch()
    for command in (["serve"], ["doctor"], ["audit", "verify"]):
        assert "cut short" in nanxi(*command, "--home", str(new_home.root)).stderr


def test_no_password_stands_in_the_list_of_processes(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is on the machine may read every program's words; its environment is its own."""
    seen: dict[str, str] = {}

    def run(words: list[str], *, env: dict[str, str], **_options: object) -> subprocess.CompletedProcess[str]:
        seen.update(words=" ".join(words), password=env.get("PGPASSWORD", ""))
        return subprocess.CompletedProcess(words, 0, "", "")

    monkeypatch.setattr(backup.subprocess, "run", run)
    backup._dump(home, tmp_path / "database.dump")
    secret = roles.passwords(home)[roles.BACKUP]
    assert secret not in seen["words"]
    assert seen["password"] == secret
