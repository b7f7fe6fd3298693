# pyright: basic
"""What may go wrong on the disk: kills, full disks, two writers, bits that flip, keys that are gone."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from nanxi.cli import InputError
from nanxi.engines.trace import manifest, writer
from nanxi.engines.trace.ingest import ingest
from nanxi.engines.trace.seals import DaySeals
from nanxi.engines.trace.stays import Sighting, Stays
from nanxi.engines.trace.store import Store

DAY = 86_400
KEYS = {name: name.encode().ljust(32, b"k") for name in ("names", "1970-01-01", "1970-01-02", "1970-01-03")}


def stays(day: int, *entities: str) -> Stays:
    starts = {entity: day * DAY + 3600 * n for n, entity in enumerate(entities)}
    return ingest([Sighting(entity, "shop", t0, t0 + 60) for entity, t0 in starts.items()])


def seen(store: Store) -> list[tuple[str, int]]:
    return sorted((s.entity, s.t0) for s in store.stays_of(range(len(store.entities))).sightings())


FIRST = [("alice", 0), ("bob", 3600)]
ADDED = [*FIRST, ("alice", DAY), ("carol", DAY + 3600)]


class Killed(BaseException):
    """Stands for kill -9: nothing after it runs, no clean-up either."""


@pytest.mark.parametrize("change", ["append", "merge", "erase", "unite"])
def test_killed_at_any_point_the_store_is_the_old_or_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    """Dies before the n-th call to the system, for every n; then a new writer goes on as if nothing had been."""
    start = tmp_path / "start"
    writer.append(start, stays(0, "alice", "bob"))
    if change == "merge":
        writer.append(start, stays(0, "alice", "bob"))
    old = seen(Store(start))
    steps = {
        "append": lambda folder: writer.append(folder, stays(1, "alice", "carol")),
        "merge": writer.merge,
        "erase": lambda folder: writer.erase(folder, 1),
        "unite": lambda folder: writer.unite(folder, {"bob": "alice"}),
    }
    new = {"append": sorted(ADDED), "merge": FIRST, "erase": [], "unite": [("alice", 0), ("alice", 3600)]}[change]
    ended = False
    for n in range(1, 60):
        folder = tmp_path / f"{change}{n}"
        shutil.copytree(start, folder)
        with monkeypatch.context() as patch:
            left = _dies_at(patch, n)
            try:
                steps[change](folder)
                ended = left[0] > 0
            except Killed:
                pass
        store = Store(folder)
        assert not store.lost
        assert seen(store) in (old, new)
        steps[change](folder)
        assert sorted(set(seen(Store(folder)))) == new
        named = {part.name for part in manifest.read(folder).parts}
        assert {path.name for path in folder.glob("*.part")} == named
        assert not list(folder.glob(".*.draft"))
        if ended:
            return
    raise AssertionError("the change never came to its end")


APPENDING = """
import sys
from pathlib import Path
from nanxi.engines.trace import writer
from nanxi.engines.trace.ingest import ingest
from nanxi.engines.trace.stays import Sighting
for n in range(10_000):
    stays = ingest([Sighting(f"p{i}", f"shop{n}", n * 60 + i * 7200, n * 60 + i * 7200 + 50) for i in range(100)])
    writer.append(Path(sys.argv[1]), stays)
    print(n, flush=True)
    if n % 5 == 4:
        writer.merge(Path(sys.argv[1]))
"""


@pytest.mark.parametrize("wait", [0.0, 0.013, 0.031])
def test_a_process_that_is_really_killed(tmp_path: Path, wait: float) -> None:
    """Everything it said it had added is there, at most one more, and a new writer is not locked out."""
    worker = subprocess.Popen([sys.executable, "-c", APPENDING, str(tmp_path / "s")], stdout=subprocess.PIPE, text=True)
    assert worker.stdout is not None
    for line in worker.stdout:
        if int(line) == 12:
            time.sleep(wait)
            worker.kill()
            break
    said = 12 + len(worker.stdout.read().splitlines())
    worker.wait()
    store = Store(tmp_path / "s")
    added = {(t0 % 7200) // 60 for _, t0 in seen(store)}
    assert not store.lost
    assert len(seen(store)) % 100 == 0
    assert added in (set(range(said + 1)), set(range(said + 2)))
    writer.append(tmp_path / "s", stays(400, "new"))
    assert ("new", 400 * DAY) in seen(Store(tmp_path / "s"))


def _dies_at(patch: pytest.MonkeyPatch, n: int) -> list[int]:
    left = [n]

    def counted(call: Any) -> Any:
        def run(*args: Any, **kwargs: Any) -> Any:
            left[0] -= 1
            if left[0] <= 0:
                raise Killed
            return call(*args, **kwargs)

        return run

    patch.setattr(os, "fsync", counted(os.fsync))
    for name in ("replace", "unlink", "open"):
        patch.setattr(Path, name, counted(getattr(Path, name)))
    return left


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer.append(tmp_path, stays(0, "alice", "bob"))

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(InputError, match="nothing was added, the disk is full"):
            writer.append(tmp_path, stays(1, "alice", "carol"))
    assert seen(Store(tmp_path)) == FIRST
    assert len(list(tmp_path.glob("*.part"))) == 1


def test_two_writers_exclude_each_other(tmp_path: Path) -> None:
    writer.append(tmp_path, stays(0, "alice", "bob"))
    with writer._writing(tmp_path), pytest.raises(InputError, match="another writer is at work"):
        writer.append(tmp_path, stays(1, "alice"))
    writer.append(tmp_path, stays(1, "alice", "carol"))
    assert seen(Store(tmp_path)) == sorted(ADDED)


@pytest.mark.parametrize("sealed", [False, True])
@pytest.mark.parametrize("harm", ["flip", "cut", "empty", "gone"])
def test_a_damaged_part_is_named_and_the_rest_served(tmp_path: Path, harm: str, sealed: bool) -> None:
    seals = DaySeals(KEYS.__getitem__) if sealed else None
    writer.append(tmp_path, stays(0, "alice", "bob"), seals)
    writer.append(tmp_path, stays(1, "alice", "carol"), seals)
    (part,) = tmp_path.glob("1970-01-02.*.part")
    raw = bytearray(part.read_bytes())
    raw[len(raw) // 2 // 64 * 64] ^= 1
    if harm == "gone":
        part.unlink()
    else:
        part.write_bytes({"flip": bytes(raw), "cut": bytes(raw[:-1]), "empty": b""}[harm])
    store = Store(tmp_path, seals)
    assert [name for name, _ in store.lost] == [part.name]
    assert seen(store) == FIRST
    assert store.version != Store(tmp_path, seals).manifest.version


def test_a_reader_sees_what_it_opened_while_others_write(tmp_path: Path) -> None:
    writer.append(tmp_path, stays(0, "alice", "bob"))
    before = Store(tmp_path)
    writer.append(tmp_path, stays(1, "alice", "carol"))
    writer.merge(tmp_path)
    writer.erase(tmp_path, 1)
    assert seen(before) == FIRST
    assert seen(Store(tmp_path)) == [("alice", DAY), ("carol", DAY + 3600)]


def test_destroying_a_key_is_the_purge_of_its_day(tmp_path: Path) -> None:
    writer.append(tmp_path, stays(0, "alice", "bob"), DaySeals(KEYS.__getitem__))
    writer.append(tmp_path, stays(1, "alice", "carol"), DaySeals(KEYS.__getitem__))
    raw = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"alice" not in raw and b"shop" not in raw
    left = DaySeals({name: key for name, key in KEYS.items() if name != "1970-01-02"}.__getitem__)
    store = Store(tmp_path, left)
    assert seen(store) == FIRST
    assert [why for _, why in store.lost] == ["the key of its day was destroyed"]
    with pytest.raises(InputError, match="is sealed"):
        Store(tmp_path)


def test_a_sealed_chunk_opens_only_where_it_was_written() -> None:
    seals = DaySeals(KEYS.__getitem__)
    sealed = seals.seal("1970-01-01", "p_t0", 0, b"times")
    assert seals.open("1970-01-01", "p_t0", 0, sealed) == b"times"
    for elsewhere in (("1970-01-02", "p_t0", 0), ("1970-01-01", "p_dur", 0), ("1970-01-01", "p_t0", 1)):
        with pytest.raises(Exception, match="it does not open"):
            seals.open(*elsewhere, sealed)


def test_opened_parts_are_let_go_beyond_what_may_be_held(tmp_path: Path) -> None:
    seals = DaySeals(KEYS.__getitem__)
    for day in range(3):
        writer.append(tmp_path, stays(day, "alice", "bob"), seals)
    store = Store(tmp_path, seals, hold=1)
    for day in (0, 1, 2, 0):
        found = store.stays_of([0, 1], day * DAY, day * DAY + DAY - 1)
        assert len(found) == 2
        assert sum(part.held > 0 for part in store.parts) == 1


@pytest.mark.parametrize(
    ("t0", "t1", "now", "says"),
    [
        (100, 50, None, "the stay ends before it starts"),
        (2**40, 2**40, None, "lies in the future"),
        (5000, 5000, 4000, "lies in the future"),
    ],
)
def test_times_that_cannot_be(tmp_path: Path, t0: int, t1: int, now: int | None, says: str) -> None:
    from nanxi.engines.trace.stays import stays_of

    with pytest.raises(InputError, match=says):
        writer.append(tmp_path / "s", stays_of([Sighting("a", "x", t0, t1)]), now=now)
    assert not (tmp_path / "s").exists()


def test_a_changed_list_is_refused(tmp_path: Path) -> None:
    writer.append(tmp_path, stays(0, "alice"))
    path = tmp_path / manifest.FILE
    path.write_text(path.read_text().replace("1970", "1971"))
    with pytest.raises(InputError, match="was changed on the disk"):
        Store(tmp_path)
