"""Start-up check: a process that answers people must not be able to step over row-level security (safeguard 6)."""

from __future__ import annotations

from typing import Any, Protocol

from nanxi.foundation.postgres.home import DeskError


class UnsafeRole(DeskError):
    """The database role can read or change rows that the policies would withhold."""


class HasCursor(Protocol):
    """A Django or a psycopg connection: both hand out DB-API cursors, whose types share no ancestor."""

    def cursor(self) -> Any: ...


#: One row of plain facts about the signed-in role; membership counts, since SET ROLE needs no password.
FACTS = """
SELECT current_user,
       r.rolsuper OR EXISTS (SELECT FROM pg_roles s WHERE s.rolsuper AND pg_has_role(r.oid, s.oid, 'MEMBER')),
       r.rolbypassrls OR EXISTS (SELECT FROM pg_roles s WHERE s.rolbypassrls AND pg_has_role(r.oid, s.oid, 'MEMBER')),
       r.rolcreaterole,
       EXISTS (SELECT FROM pg_database d WHERE d.datname = current_database() AND pg_has_role(r.oid, d.datdba, 'MEMBER')),
       EXISTS (SELECT FROM pg_class c WHERE c.relkind IN ('r', 'p', 'v', 'm') AND pg_has_role(r.oid, c.relowner, 'MEMBER'))
  FROM pg_roles r
 WHERE r.rolname = current_user
"""
FAULTS = ("is a superuser", "bypasses row-level security", "may create roles", "owns the database", "owns tables")


def refuse_unsafe_role(connection: HasCursor) -> None:
    """Raise UnsafeRole when the connection's role is owner, superuser, BYPASSRLS, may create roles, or can become such."""
    with connection.cursor() as cursor:
        cursor.execute(FACTS)
        row: tuple[object, ...] | None = cursor.fetchone()
    if row is None:
        raise UnsafeRole("the database does not tell who we are: check NANXI_DB_ROLE.")
    faults = [fault for fault, present in zip(FAULTS, row[1:], strict=True) if present]
    if faults:
        raise UnsafeRole(
            f"the database role {row[0]} {' and '.join(faults)}, so row scope would not hold: "
            "start the web with NANXI_DB_ROLE=nanxi_web; `nanxi doctor --setup` sets the roles right."
        )
