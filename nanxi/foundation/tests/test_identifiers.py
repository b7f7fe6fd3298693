"""Ids: in order of their making, never twice, not even from a child that was forked between two of them."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from nanxi.foundation.identifiers import uuid7


def test_ids_of_many_threads_are_all_different_and_version_7() -> None:
    with ThreadPoolExecutor(8) as crew:
        made = [number for some in crew.map(lambda _: [uuid7() for _ in range(2000)], range(8)) for number in some]
    assert len(set(made)) == 16_000
    assert {number.version for number in made} == {7}


def test_a_forked_child_makes_no_id_of_its_parent() -> None:
    uuid7()
    reading, writing = os.pipe()
    if not (child := os.fork()):
        os.write(writing, b"".join(uuid7().bytes for _ in range(100)))
        os._exit(0)
    mine = {uuid7().int & ((1 << 62) - 1) for _ in range(100)}
    os.waitpid(child, 0)
    told = os.read(reading, 1600)
    theirs = {UUID(bytes=told[start : start + 16]).int & ((1 << 62) - 1) for start in range(0, 1600, 16)}
    assert len(theirs) == 100
    assert not mine & theirs
