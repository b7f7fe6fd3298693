"""The relay: the one process that gives committed ledger rows their number and hash link, and tells the readers.

Leader by advisory lock, role nanxi_system, own connection. Numbering outside the acts' transactions lets sixteen writers run
without waiting for one another; a row that commits late is simply numbered late.
"""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from nanxi.foundation.ledger import GENESIS, link_of

log = logging.getLogger("nanxi.relay")
LOCK = 7_330_324
BATCH = 5000
WAITING = "SELECT id, mac FROM foundation_ledgerentry WHERE seq IS NULL ORDER BY id LIMIT %s"
#: Ids and links travel as two long byte strings: an array of five thousand texts cost more than the hashing.
NUMBER = """
UPDATE foundation_ledgerentry AS e SET seq = n.seq, link = n.link FROM (
  SELECT %s + n + 1 AS seq, encode(substr(ids, 16 * n + 1, 16), 'hex')::uuid AS id, substr(links, 32 * n + 1, 32) AS link
  FROM (SELECT %b::bytea AS ids, %b::bytea AS links) AS sent, generate_series(0, %s - 1) AS n
) AS n WHERE e.id = n.id"""
#: Longest wait before the relay looks again; an event is on screen well within a second.
PAUSE_S = 0.05
#: How often the head goes to the witness file that `audit verify` compares with.
ANCHOR_EVERY = timedelta(minutes=10)


class Relay:
    """Numbers what is committed, batch by batch, while it holds the lock."""

    def __init__(self, dsn: str, witness: Path) -> None:
        self.dsn = dsn
        self.witness = witness
        self.anchored_at = datetime.min.replace(tzinfo=UTC)

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop; reconnects with back-off when the database goes away."""
        wait = 0.2
        while not stop.is_set():
            try:
                with psycopg.connect(self.dsn, autocommit=True) as connection:
                    self._lead(connection, stop)
                wait = 0.2
            except psycopg.OperationalError as problem:
                log.warning("relay: database away (%s); trying again", type(problem).__name__)
                stop.wait(wait)
                wait = min(wait * 2, 5.0)

    def _lead(self, connection: psycopg.Connection, stop: threading.Event) -> None:
        while not stop.is_set():
            row = connection.execute("SELECT pg_try_advisory_lock(%s)", [LOCK]).fetchone()
            if row and row[0]:
                break
            stop.wait(1)
        head = self._head(connection)
        while not stop.is_set():
            moved = self.number(connection, *head)
            if moved is not None:
                full = moved[0] - head[0] == BATCH
                head = moved
                self._anchor(*head)
                if full:
                    continue
            # Also after a batch: under load, rounds without a pause found ten rows each and spent themselves on commits.
            stop.wait(PAUSE_S)

    @staticmethod
    def _head(connection: psycopg.Connection) -> tuple[int, bytes]:
        row = connection.execute(
            "SELECT seq, link FROM foundation_ledgerentry WHERE seq IS NOT NULL ORDER BY seq DESC LIMIT 1"
        ).fetchone()
        return (row[0], bytes(row[1])) if row else (0, GENESIS)

    @staticmethod
    def number(connection: psycopg.Connection, seq: int, link: bytes) -> tuple[int, bytes] | None:
        """Number one batch after (seq, link); the new head, or None when nothing waits."""
        with connection.transaction():
            rows = connection.execute(WAITING, [BATCH], binary=True).fetchall()
            if not rows:
                return None
            first, ids, links = seq, [], []
            for row_id, mac in rows:
                seq += 1
                link = link_of(link, seq, mac)
                ids.append(row_id.bytes)
                links.append(link)
            connection.execute(NUMBER, [first, b"".join(ids), b"".join(links), len(ids)])
            connection.execute("SELECT pg_notify('nanxi_ledger', %s)", [str(seq)])
        return seq, link

    def _anchor(self, seq: int, link: bytes) -> None:
        now = datetime.now(UTC)
        if now - self.anchored_at < ANCHOR_EVERY:
            return
        self.anchored_at = now
        self.witness.mkdir(parents=True, exist_ok=True)
        with (self.witness / "anchors.log").open("a") as file:
            file.write(f"{now.isoformat()} {seq} {link.hex()}\n")


def anchors(witness: Path) -> dict[int, bytes]:
    """Number → link as the witness file holds it."""
    try:
        lines = (witness / "anchors.log").read_text().splitlines()
    except FileNotFoundError:
        return {}
    return {int(seq): bytes.fromhex(link) for _, seq, link in (line.split() for line in lines)}
