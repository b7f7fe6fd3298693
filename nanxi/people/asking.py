"""Rows that are not kept, as the key index is asked for them: digests of what they say, and no word of it.

A row needs some ninety digests, a second for every seven thousand rows. They need no database, so a long list has them made by a
process of its own, while this one asks about the rows before.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import zip_longest
from multiprocessing import connection, get_context, parent_process

from nanxi.foundation import vault
from nanxi.people.identity import Identity
from nanxi.people.rules.traits import PROBES, keys_of, said_by, strip_of

#: Bytes of a file from which on a process is worth the second that it takes to start: some two thousand rows.
LONG = 150_000

Rows = Sequence[tuple[str, Identity]]


@dataclass(frozen=True)
class Asking:
    """Rows in digests: their areas, strips and lookup keys (n, kind, value)."""

    areas: list[str]
    strips: bytes
    keys: list[tuple[int, int, int]]


def asking(rows: Rows) -> Asking:
    """The digests of rows (area, identity)."""
    said = [said_by(identity, area) for area, identity in rows]
    keys = [(n, int(kind), value) for n, one in enumerate(said) for kind, value in keys_of(one, vault.block) if kind in PROBES]
    return Asking([one.area for one in said], b"".join(strip_of(one, vault.block) for one in said), keys)


@contextmanager
def helper(content: bytes) -> Iterator[Executor]:
    """Who makes the digests of a file's rows: begun before the file is read, so that it is ready when the rows are."""
    maker = ProcessPoolExecutor(1, get_context("spawn"), _end_with_parent) if len(content) >= LONG else ThreadPoolExecutor(1)
    with maker:
        maker.submit(asking, [])
        yield maker


def _end_with_parent() -> None:
    """A worker that is killed takes its helper along: the pool itself would wait for orders for ever."""
    parent = parent_process()
    assert parent is not None

    def end() -> None:
        connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=end, daemon=True).start()


def one_ahead(maker: Executor, parts: Sequence[Rows]) -> Iterator[Asking]:
    """The digests of each part; the next part's are made while the caller has this one's in hand."""
    coming: Future[Asking] | None = maker.submit(asking, parts[0]) if parts else None
    for _part, after in zip_longest(parts, parts[1:]):
        assert coming is not None
        made = coming.result()
        coming = maker.submit(asking, after) if after is not None else None
        yield made
