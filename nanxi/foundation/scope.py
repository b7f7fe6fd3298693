"""The row scope: whose rows the current transaction may see, told to the query layer and to PostgreSQL alike.

Set once in the outermost transaction with SET LOCAL, so that nothing survives to the next borrower of a pooled
connection. It guards against a forgotten filter, not against SQL injection (docs/THREAT_MODEL).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from uuid import UUID

from django.db import transaction

from nanxi.foundation import statements
from nanxi.foundation.reach import NOWHERE, Reach

_current: ContextVar[Reach] = ContextVar("reach", default=NOWHERE)


def current() -> Reach:
    """The reach of the running transaction; NOWHERE outside one."""
    return _current.get()


@contextmanager
def enter(reach: Reach, *, user_id: UUID | None = None, at: datetime | None = None, then: bytes = b"") -> Iterator[None]:
    """Open the outermost transaction and set its scope. Inside another scope it is refused: widening is a new act.

    `then`: statements of the house that go with the first (`statements.opened`).
    """
    if transaction.get_connection().in_atomic_block and _current.get() is not NOWHERE:
        raise RuntimeError("A scope is already set; open the wider one before the transaction begins.")
    if transaction.get_connection().in_atomic_block:
        with transaction.atomic():
            _tell(reach, user_id, at)
            if then:
                statements.also(then)
            with _telling(reach):
                yield
            # SET LOCAL outlives a savepoint's release; only a rollback would undo it.
            _tell(NOWHERE, None, None)
    else:
        with statements.opened(_settings(reach, user_id, at), then), _telling(reach):
            yield


@contextmanager
def _telling(reach: Reach) -> Iterator[None]:
    token = _current.set(reach)
    try:
        yield
    finally:
        _current.reset(token)


def _tell(reach: Reach, user_id: UUID | None, at: datetime | None) -> None:
    statements.set_local(_settings(reach, user_id, at))


def _settings(reach: Reach, user_id: UUID | None, at: datetime | None) -> statements.Settings:
    low, high = reach.ranges[0] if reach.ranges else ("", "")
    return (
        ("lo", low),
        ("hi", high),
        ("more", reach.more),
        ("user", str(user_id or "")),
        ("now", at.isoformat() if at else ""),
    )
