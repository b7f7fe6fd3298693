"""The few statements that run in every act — its scope, its ledger entries — and in every match, by libpq itself, in as few round
trips as can be.

Django binds values on the client and plans each statement anew, and each goes through the driver's cursor; for these that was
more than half the cost of an act. Everything else in a transaction goes the usual way.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import psycopg
from django.db import connection, transaction

from nanxi.foundation.postgres.engine.base import check, send

Settings = Sequence[tuple[str, str]]
#: Connection → statement text → the name it was prepared under. Names live as long as their connection.
_prepared: WeakKeyDictionary[psycopg.Connection, dict[str, bytes]] = WeakKeyDictionary()
_numbers = itertools.count()


def run(statement: str, values: Sequence[Any]) -> None:
    """Execute in Django's open transaction, prepared once per connection; `$1 …` stand for the values.

    Errors come as Django's. Values: None, str, int, float, UUID, bytes, datetime with an offset, and lists of these.
    """
    _executed(statement, values, 0)


def ask(statement: str, values: Sequence[Any]) -> list[list[bytes | None]]:
    """The rows of a question, prepared like `run`; each value in PostgreSQL's binary form: bytea as it is, text as UTF-8."""
    result = _executed(statement, values, 1)
    return [[result.get_value(row, at) for at in range(result.nfields)] for row in range(result.ntuples)]


def _executed(statement: str, values: Sequence[Any], form: int) -> Any:
    connection.ensure_connection()
    with connection.wrap_database_errors:
        driver = connection.connection
        result = driver.pgconn.exec_prepared(_name(driver, statement), [_text(value) for value in values], result_format=form)
        check(driver, result)
        return result


@contextmanager
def opened(settings: Settings, then: bytes = b"") -> Iterator[None]:
    """The outermost transaction, begun with `nanxi.<name>` set until it ends: one round trip for both. An empty one is unset.

    `then`: statements of the house itself that go with it, each ended by a semicolon.
    """
    connection.opening = _set_local([pair for pair in settings if pair[1]]) + b";" * bool(then) + then  # type: ignore[attr-defined]
    try:
        with transaction.atomic():
            yield
    finally:
        # Never left for a later transaction, even when this one could not begin.
        connection.opening = b""  # type: ignore[attr-defined]


def also(then: bytes) -> None:
    """Statements of the house itself in the running transaction, in one round trip."""
    with connection.wrap_database_errors:
        send(connection.connection, then)


def set_local(settings: Settings) -> None:
    """Set `nanxi.<name>` in the running transaction until it ends or rolls back to a savepoint before this."""
    with connection.wrap_database_errors:
        send(connection.connection, _set_local(settings))


def _set_local(settings: Settings) -> bytes:
    return "; ".join(f'SET LOCAL nanxi."{name}" = {_quoted(value)}' for name, value in settings).encode()


def _name(driver: psycopg.Connection, statement: str) -> bytes:
    names = _prepared.setdefault(driver, {})
    if statement not in names:
        name = b"nanxi_%d" % next(_numbers)
        check(driver, driver.pgconn.prepare(name, statement.encode()))
        names[statement] = name
    return names[statement]


def _text(value: Any) -> bytes | None:
    """A value as PostgreSQL reads it in text form."""
    if value is None:
        return None
    if isinstance(value, list):
        return b"{%s}" % b",".join([_ELEMENTS[type(item)](item) for item in value])
    return _VALUES[type(value)](value)


def _plain(value: object) -> bytes:
    return str(value).encode()


def _uuid(value: UUID) -> bytes:
    return b"%032x" % value.int


def _bytes(value: bytes) -> bytes:
    return b"\\x" + value.hex().encode()


def _time(value: datetime) -> bytes:
    return value.isoformat().encode()


def _quotes(text: bytes) -> bytes:
    """Text inside an array. It may hold anything: it stands in quotes."""
    return b'"%s"' % text.replace(b"\\", b"\\\\").replace(b'"', b'\\"')


class _Forms(dict[type, Callable[[Any], bytes]]):
    """Type → how its values are written; a type of its own that is a text or a number is written like that."""

    def __missing__(self, kind: type) -> Callable[[Any], bytes]:
        for known in kind.__mro__[1:]:
            if known in self:
                return self[known]
        raise TypeError(f"No text form for {kind.__name__}.")


_VALUES = _Forms({str: str.encode, int: _plain, float: _plain, UUID: _uuid, bytes: _bytes, datetime: _time})
_ELEMENTS = _Forms(
    {
        **_VALUES,
        str: lambda text: _quotes(text.encode()),
        bytes: lambda data: _quotes(_bytes(data)),
        type(None): lambda _: b"NULL",
    }
)


def _quoted(value: str) -> str:
    """A literal. The settings hold area codes, ids and times: anything else is a mistake of ours, and refused."""
    if not value.isascii() or not all(letter.isalnum() or letter in ":-+,._ " for letter in value):
        raise ValueError("A setting of the transaction holds a character it never should.")
    return f"'{value}'"
