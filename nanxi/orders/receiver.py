"""What is done with a message that came in, by whatever way: whose phone, sealed, committed together with others, counted.

HTTP (ingest.py) and MQTT (mqtt.py) share one receiver, so that an acknowledgement means the same on both: the row is durable.
Positions are sealed for the public half of the day's key pair, so this process and its role can add positions and read none.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, TypeVar
from uuid import UUID

import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from nanxi.foundation.clock import county_day
from nanxi.orders import regions
from nanxi.orders.messages import Fix, Poison
from nanxi.orders.sealing import Sender, ordinal

log = logging.getLogger("nanxi.ingest")
Answer = TypeVar("Answer")
Row = tuple[Any, ...]
Reader = Callable[[datetime], tuple[list[Fix], list[Poison]]]

#: Messages that may wait for a commit before the next ones are asked to come again.
MOST_WAITING = 4000
#: Rows written by one statement.
MOST_ROWS = 2000
#: A revoked phone is refused after this many seconds at the latest.
REMEMBER_S = 5.0
#: Beyond it a fresh set of tokens is remembered: strangers guessing must not fill the memory.
MOST_REMEMBERED = 200_000
#: A phone that lost its region, or never got the answer, is told again after so long.
TELL_REGION_EVERY_S = 6 * 3600.0
TALLY_EVERY_S = 2.0
KEYS_EVERY_S = 60.0
#: Messages of one phone and one fault that are kept of a day.
MOST_SET_ASIDE = 50
#: A database that stands still closes no connection: a commit or look-up that takes longer is given up and the phone told to
#: come again. It may still be carried out; the digest makes the repetition change nothing.
WITHIN_S = 5.0
CONNECT_S = 3
#: What a commit, a look-up or the pool raises while the database is away (TimeoutError is an OSError).
AWAY = (psycopg.Error, PoolTimeout, OSError)

PHONE = """
SELECT order_id, area_code, valid_from, valid_until, revoked_at IS NOT NULL, ask_fix, region_sealed FROM orders_orderdevice
"""
ACCOUNTS = """
SELECT id, broker_hash FROM orders_orderdevice WHERE revoked_at IS NULL AND broker_hash <> '' AND valid_until > %s ORDER BY id
"""
#: One statement, so that a commit is one round trip: the fence is woken by the same transaction that makes the rows durable.
INSERT = """
WITH kept AS (
  INSERT INTO orders_position (order_id, tst, digest, area_code, rx, source, sealed)
  SELECT * FROM unnest(%b::uuid[], %b::bigint[], %b::bytea[], %b::text[], %b::timestamptz[], %b::text[], %b::bytea[])
  ON CONFLICT DO NOTHING)
SELECT pg_notify('nanxi_positions', '')
"""
DEAD = """
INSERT INTO orders_deadletter (area_code, order_id, rx, reason, sealed, digest, decision, decided_why, decided_by)
SELECT *, '', '', '' FROM unnest(%s::text[], %s::uuid[], %s::timestamptz[], %s::text[], %s::bytea[], %s::text[])
"""
TALLY = """
INSERT INTO orders_ingesttally AS t (day, what, n) VALUES (%s, %s, %s) ON CONFLICT (day, what) DO UPDATE SET n = t.n + excluded.n
"""


@dataclass(frozen=True)
class Phone:
    """What ingest may know of a device."""

    order_id: UUID
    area_code: str
    valid_from: datetime
    valid_until: datetime
    revoked: bool
    ask_fix: bool
    region: bytes | None = None

    def runs(self, now: datetime) -> bool:
        return not self.revoked and self.valid_from <= now < self.valid_until


@dataclass
class Batch:
    """Rows of one message, waiting for a commit."""

    positions: list[Row] = field(default_factory=list)
    dead: list[Row] = field(default_factory=list)
    done: asyncio.Future[None] | None = None


class Receiver:
    """One per process: a pool, a queue that one writer commits, and the counts."""

    def __init__(self, dsn: Callable[[], str]) -> None:
        self.dsn = dsn
        self.pool: AsyncConnectionPool | None = None
        self.waiting: asyncio.Queue[Batch] = asyncio.Queue()
        self.phones: dict[bytes, tuple[float, Phone | None]] = {}
        self.regions: dict[bytes, float] = {}
        #: By the ordinal of the day.
        self.senders: dict[int, Sender] = {}
        self.senders_read = 0.0
        self.set_aside: Counter[tuple[UUID, str]] = Counter()
        self.set_aside_on: date | None = None
        self.tally: Counter[tuple[date, str]] = Counter()
        self.tasks: list[asyncio.Task[None]] = []
        #: The writer's own connection, in autocommit: None until the first commit and after each failure.
        self.line: psycopg.AsyncConnection[Any] | None = None

    async def start(self) -> None:
        """Open the pool and begin writing."""
        told = {"connect_timeout": CONNECT_S}
        self.pool = AsyncConnectionPool(self.dsn(), min_size=1, max_size=4, timeout=CONNECT_S, open=False, kwargs=told)
        await self.pool.open()
        self.tasks = [asyncio.create_task(self._write()), asyncio.create_task(self._count())]

    async def stop(self) -> None:
        """Finish what waits, then close."""
        while not self.waiting.empty():
            await asyncio.sleep(0.01)
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        with contextlib.suppress(*AWAY):
            await self._flush_tally()
        await self._hang_up()
        if self.pool is not None:
            await self.pool.close()

    @property
    def overloaded(self) -> bool:
        return self.waiting.qsize() >= MOST_WAITING

    async def keep(self, phone: Phone, body: bytes, now: datetime, read: Reader, source: str = "phone") -> list[str]:
        """Make durable what a running phone said; sentences about what could not be read. AWAY promises nothing."""
        batch, sentences = await self._batch(phone, body, now, read, source)
        if batch.positions or batch.dead:
            batch.done = asyncio.get_running_loop().create_future()
            self.waiting.put_nowait(batch)
            await batch.done
        self.tell("taken", len(batch.positions))
        return sentences

    async def _batch(self, phone: Phone, body: bytes, now: datetime, read: Reader, source: str) -> tuple[Batch, list[str]]:
        today = await self._sender(now)
        batch, poison = Batch(), []
        try:
            fixes, poison = read(now)
        except Poison as problem:
            fixes, poison = [], [problem]
        for fix in fixes:
            # Of times when no order ran nothing is stored, whatever the phone kept.
            if not phone.valid_from.timestamp() <= min(fix.tst / 1000, now.timestamp()) < phone.valid_until.timestamp():
                self.tell("refused_no_order")
                continue
            # For the day of the fix, as the log is parted: what a phone kept overnight ends with its own day.
            sender = self.senders.get(ordinal(fix.tst), today)
            sealed = sender.seal(phone.order_id, fix.tst, fix.digest, fix.content)
            batch.positions.append((phone.order_id, fix.tst, fix.digest, phone.area_code, now, source, sealed))
        for problem in poison:
            self.tell(f"dead_{problem.reason}")
        # The body is kept once for each reason: a thousand bad lines in one request must not fill the disk.
        for problem in {problem.reason: problem for problem in poison}.values():
            if not self._may_set_aside(phone, problem.reason, now):
                continue
            digest = hashlib.sha256(body).digest()[:16]
            sealed = today.seal(
                phone.order_id, 0, digest, {"body": body[:4096].decode("utf-8", "replace"), "digest": digest.hex()}
            )
            batch.dead.append((phone.area_code, phone.order_id, now, problem.reason, sealed, digest.hex()))
        return batch, [str(problem) for problem in poison]

    async def phone_of(self, token: str) -> Phone | None:
        """The phone that holds this token."""
        digest = hashlib.sha256(token.encode()).digest()
        return await self._phone(digest, "token_digest", digest)

    async def phone_named(self, name: str) -> Phone | None:
        """The phone with this id, whose name the broker has checked."""
        try:
            device = UUID(name)
        except ValueError:
            return None
        return await self._phone(device.bytes, "id", device)

    async def broker_accounts(self, now: datetime) -> list[tuple[str, str]]:
        """(device, hash) of the devices that may sign in at the broker now."""
        assert self.pool is not None
        async with self.pool.connection() as connection:
            cursor = await connection.execute(ACCOUNTS, [now])
            return [(device.hex, word) for device, word in await cursor.fetchall()]

    async def _phone(self, key: bytes, column: str, value: Any) -> Phone | None:
        kept = self.phones.get(key)
        if kept is not None and time.monotonic() - kept[0] < REMEMBER_S:
            return kept[1]
        rows = await within(WITHIN_S, self._rows(f"{PHONE} WHERE {column} = %s", [value]))
        phone = Phone(*rows[0]) if rows else None
        if len(self.phones) > MOST_REMEMBERED:
            self.phones.clear()
        self.phones[key] = (time.monotonic(), phone)
        return phone

    def commands(self, phone: Phone, token: str, now: datetime) -> list[dict[str, Any]]:
        """What the phone is asked to do: a fresh fix while the fence is in doubt, and to watch its region, now and then anew."""
        asked: list[dict[str, Any]] = [{"_type": "cmd", "action": "reportLocation"}] if phone.ask_fix else []
        if phone.region is None or not token:
            return asked
        key, at = hashlib.sha256(phone.region).digest(), now.timestamp()
        if at - self.regions.get(key, 0.0) < TELL_REGION_EVERY_S:
            return asked
        if len(self.regions) > MOST_REMEMBERED:
            self.regions.clear()
        self.regions[key] = at
        told = regions.command(token, bytes(phone.region))
        return [*asked, told] if told else asked

    def _may_set_aside(self, phone: Phone, reason: str, now: datetime) -> bool:
        """A phone that sends the same fault all day fills no disk: what goes beyond is counted only."""
        day = county_day(now)
        if self.set_aside_on != day:
            self.set_aside, self.set_aside_on = Counter(), day
        self.set_aside[(phone.order_id, reason)] += 1
        if self.set_aside[(phone.order_id, reason)] <= MOST_SET_ASIDE:
            return True
        self.tell("dead_beyond")
        return False

    async def _sender(self, now: datetime) -> Sender:
        """Today's sender. Those of the other days are read with it, again each minute: keys are made ahead and destroyed."""
        today = ordinal(int(now.timestamp() * 1000))
        if today not in self.senders or time.monotonic() - self.senders_read > KEYS_EVERY_S:
            rows = await within(WITHIN_S, self._rows("SELECT day, public FROM orders_positionkey", []))
            known = {sender.day: sender for sender in self.senders.values()}
            self.senders = {day.toordinal(): known.get(day) or Sender.to(day, bytes(public)) for day, public in rows}
            self.senders_read = time.monotonic()
        if today not in self.senders:
            raise psycopg.OperationalError("the day's key is not made yet")
        return self.senders[today]

    async def _rows(self, question: str, values: list[Any]) -> list[Row]:
        assert self.pool is not None
        async with self.pool.connection() as connection:
            cursor = await connection.execute(question, values)  # type: ignore[arg-type]
            return await cursor.fetchall()

    async def _write(self) -> None:
        """Commit what waits, together."""
        while True:
            batches = [await self.waiting.get()]
            rows = len(batches[0].positions)
            while rows < MOST_ROWS and not self.waiting.empty():
                batches.append(self.waiting.get_nowait())
                rows += len(batches[-1].positions)
            try:
                await self._commit(batches)
            except Exception as problem:
                # Whoever came meanwhile would wait as long for the same; the phones come again by themselves.
                while not self.waiting.empty():
                    batches.append(self.waiting.get_nowait())
                _settle(batches, problem)
            else:
                _settle(batches, None)

    async def _commit(self, batches: list[Batch]) -> None:
        positions = [row for batch in batches for row in batch.positions]
        dead = [row for batch in batches for row in batch.dead]
        line = await within(2 * CONNECT_S, self._dial())
        try:
            await within(WITHIN_S, self._carry_out(line, positions, dead))
        except BaseException:
            self.line = None
            raise

    async def _dial(self) -> psycopg.AsyncConnection[Any]:
        if self.line is None or self.line.closed:
            self.line = await psycopg.AsyncConnection.connect(self.dsn(), autocommit=True, connect_timeout=CONNECT_S)
        return self.line

    async def _carry_out(self, line: psycopg.AsyncConnection[Any], positions: list[Row], dead: list[Row]) -> None:
        """Without messages set aside a commit is one round trip."""
        try:
            async with line.transaction() if dead else contextlib.nullcontext():
                if dead:
                    await line.execute(DEAD, [list(column) for column in zip(*dead, strict=True)])
                if positions:
                    await line.execute(INSERT, [list(column) for column in zip(*positions, strict=True)], prepare=True)
        finally:
            # Given up meanwhile, or failed: nobody else uses this line.
            if self.line is not line or line.broken:
                await line.close()

    async def _hang_up(self) -> None:
        if self.line is not None:
            with contextlib.suppress(*AWAY):
                await self.line.close()
            self.line = None

    def tell(self, what: str, n: int = 1) -> None:
        """Count; nothing more is kept of what was refused."""
        self.tally[(county_day(datetime.now(UTC)), what)] += n

    async def _count(self) -> None:
        while True:
            await asyncio.sleep(TALLY_EVERY_S)
            try:
                await self._flush_tally()
            except AWAY:
                log.warning("tally: database away")

    async def _flush_tally(self) -> None:
        counted, self.tally = self.tally, Counter()
        counted = Counter({key: n for key, n in counted.items() if n})
        if not counted or self.pool is None:
            return
        try:
            async with self.pool.connection() as connection, connection.cursor() as cursor:
                await cursor.executemany(TALLY, [(day, what, n) for (day, what), n in sorted(counted.items())])
        except AWAY:
            self.tally.update(counted)
            raise


def _settle(batches: list[Batch], problem: Exception | None) -> None:
    for batch in batches:
        if batch.done is None or batch.done.done():
            continue
        if problem is None:
            batch.done.set_result(None)
        else:
            batch.done.set_exception(problem)


#: What was given up and still waits for a database that stands; kept so that it is not collected while it waits.
_given_up: set[asyncio.Task[Any]] = set()


async def within(seconds: float, asked: Coroutine[Any, Any, Answer]) -> Answer:
    """The answer, or TimeoutError. What takes longer is left to itself: to cancel it would wait for the same database."""
    task = asyncio.create_task(asked)
    done, _ = await asyncio.wait({task}, timeout=seconds)
    if done:
        return task.result()
    _given_up.add(task)
    task.add_done_callback(_forget)
    raise TimeoutError("the database does not answer")


def _forget(task: asyncio.Task[Any]) -> None:
    _given_up.discard(task)
    if not task.cancelled():
        task.exception()
