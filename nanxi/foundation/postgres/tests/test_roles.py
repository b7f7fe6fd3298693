"""The roles as they really are in a migrated database, and the check that refuses a web process with too much power."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import psycopg
import pytest
from psycopg import sql

from nanxi.foundation.postgres import roles
from nanxi.foundation.postgres.safety import UnsafeRole, refuse_unsafe_role

Connect = Callable[[str], AbstractContextManager[psycopg.Connection]]


@pytest.mark.parametrize("role", [roles.WEB, roles.INGEST, roles.WORKER, roles.SYSTEM])
def test_roles_that_answer_people_are_safe(role: str, as_role: Connect) -> None:
    with as_role(role) as connection:
        refuse_unsafe_role(connection)


@pytest.mark.parametrize(
    ("role", "fault"),
    [(roles.OWNER, "owns"), (roles.BACKUP, "bypasses"), (roles.SUPERUSER, "superuser")],
)
def test_start_is_refused_with_a_role_that_steps_over_row_security(role: str, fault: str, as_role: Connect) -> None:
    with as_role(role) as connection, pytest.raises(UnsafeRole, match=fault):
        refuse_unsafe_role(connection)


@pytest.mark.parametrize(
    ("weakening", "fault"),
    [
        ("ALTER ROLE nanxi_web BYPASSRLS", "bypasses"),
        ("ALTER ROLE nanxi_web SUPERUSER", "superuser"),
        ("GRANT nanxi_owner TO nanxi_web", "owns"),
        ("GRANT nanxi_backup TO nanxi_web", "bypasses"),
    ],
)
def test_a_weakened_web_role_is_noticed(weakening: str, fault: str, as_role: Connect) -> None:
    with as_role(roles.SUPERUSER) as connection:
        connection.execute(weakening)  # pyright: ignore[reportArgumentType]
        connection.execute("SET LOCAL ROLE nanxi_web")
        with pytest.raises(UnsafeRole, match=fault):
            refuse_unsafe_role(connection)
        connection.rollback()


def test_the_web_role_changes_no_structure(as_role: Connect) -> None:
    for statement in ("CREATE TABLE mine (a int)", "CREATE TEMP TABLE mine (a int)", "TRUNCATE django_migrations"):
        with as_role(roles.WEB) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement)


def test_ingest_reads_no_table_that_no_migration_gave_it(as_role: Connect) -> None:
    with as_role(roles.INGEST) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("SELECT * FROM django_migrations")


def test_backup_reads_everything_and_writes_nothing(as_role: Connect) -> None:
    with as_role(roles.BACKUP) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in tables:
            connection.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier(table)))
    with as_role(roles.BACKUP) as connection, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        connection.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('a', 'b', '2020-01-01')")
    with as_role(roles.BACKUP) as connection:
        connection.read_only = False
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('a', 'b', '2020-01-01')")


def test_no_role_can_change_the_kind_of_a_database(as_role: Connect) -> None:
    for role in roles.ROLES:
        with as_role(role) as connection, pytest.raises(psycopg.Error):
            connection.execute("UPDATE installation SET kind = 'rehearsal'")
