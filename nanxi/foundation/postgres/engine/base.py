"""Django's PostgreSQL engine, its BEGIN and COMMIT sent by libpq itself.

Django opens a transaction by switching the driver's autocommit off and on again, and each switch, like each commit, goes through
the driver's waiting loop: a fifth of a short act. Here the driver stays in autocommit and a transaction is begun in the open,
together with what `opening` holds (the row scope): one round trip for both. A savepoint, which every service within a scope is,
goes the same way. Cursors and errors stay Django's.
"""

from __future__ import annotations

from typing import Any

import psycopg
from django.db.backends.postgresql import base
from django.db.backends.utils import debug_transaction
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus

_FINE = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK)


def send(driver: psycopg.Connection, statements: bytes) -> None:
    """Run statements without values, in one round trip. Raises the driver's error for the first that fails."""
    check(driver, driver.pgconn.exec_(statements))


def check(driver: psycopg.Connection, result: Any) -> None:
    """Raise the driver's error when a result is one."""
    if result.status not in _FINE:
        if driver.pgconn.status != ConnStatus.OK:
            raise psycopg.OperationalError(driver.pgconn.get_error_message())
        raise psycopg.errors.error_from_result(result, encoding=driver.info.encoding)


class DatabaseWrapper(base.DatabaseWrapper):
    """One connection. `opening`: statements that the next outermost transaction begins with."""

    opening: bytes = b""

    def _start_transaction_under_autocommit(self) -> None:
        begin, self.opening = b"BEGIN; " + self.opening, b""
        if not self.connection.autocommit:
            self.connection.autocommit = True
        with self.wrap_database_errors:
            send(self.connection, begin)

    def _set_autocommit(self, autocommit: bool) -> None:
        if self.connection.autocommit != autocommit:
            super()._set_autocommit(autocommit)

    def _savepoint(self, sid: str) -> None:
        self._mark(self.ops.savepoint_create_sql(sid))

    def _savepoint_rollback(self, sid: str) -> None:
        self._mark(self.ops.savepoint_rollback_sql(sid))

    def _savepoint_commit(self, sid: str) -> None:
        self._mark(self.ops.savepoint_commit_sql(sid))

    def _mark(self, statement: str) -> None:
        with debug_transaction(self, statement), self.wrap_database_errors:
            send(self.connection, statement.encode())

    def _commit(self) -> None:
        if self.connection is not None and self.connection.pgconn.transaction_status != TransactionStatus.IDLE:
            with debug_transaction(self, "COMMIT"), self.wrap_database_errors:
                result = self.connection.pgconn.exec_(b"COMMIT")
                check(self.connection, result)
                if result.command_status != b"COMMIT":
                    # After a swallowed error PostgreSQL rolls back and calls that fine; the caller believes it is written.
                    raise psycopg.errors.InFailedSqlTransaction("The transaction had failed; nothing of it was kept.")
