"""The database roles: who may own, write, ingest, match and back up. The web role owns nothing and bypasses nothing.

`nanxi_owner` changes structure; `nanxi_web`, `nanxi_worker` and `nanxi_system` read and write rows under the policies;
`nanxi_ingest` gets only what a migration grants it; `nanxi_backup` reads everything and writes nothing.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import LiteralString, cast
from urllib.parse import parse_qsl, unquote, urlsplit

import psycopg
from psycopg import sql

from nanxi.foundation.postgres.home import KINDS, DeskError, Home, current_home, write_private
from nanxi.foundation.postgres.places import PORT, socket_folder

DATABASE = "nanxi"
SUPERUSER = "nanxi_superuser"
OWNER = "nanxi_owner"
WEB = "nanxi_web"
INGEST = "nanxi_ingest"
WORKER = "nanxi_worker"
SYSTEM = "nanxi_system"
BACKUP = "nanxi_backup"

#: Attributes of each role that signs in. Every one is stated, so that a role weakened by hand is set right again.
ROLES: dict[str, LiteralString] = {
    OWNER: "NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS",
    WEB: "NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS",
    INGEST: "NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS",
    WORKER: "NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS",
    SYSTEM: "NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS",
    BACKUP: "NOSUPERUSER NOCREATEDB NOCREATEROLE BYPASSRLS",
}

#: What the structure's owner gives away on each table it makes from now on; a migration takes back where less is right.
DEFAULTS: tuple[LiteralString, ...] = (
    "GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO nanxi_web, nanxi_worker, nanxi_system",
    "GRANT SELECT ON TABLES TO nanxi_backup",
    "GRANT USAGE, SELECT ON SEQUENCES TO nanxi_web, nanxi_worker, nanxi_system",
    "GRANT SELECT ON SEQUENCES TO nanxi_backup",
    "GRANT EXECUTE ON FUNCTIONS TO nanxi_web, nanxi_worker, nanxi_system",
)


def passwords(home: Home, *, found: bool = False) -> dict[str, str]:
    """Role → password from the private file outside the database. `found=True` writes the file when there is none."""
    file = home.secrets_file
    try:
        return cast("dict[str, str]", json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        if not found:
            raise DeskError(
                f"{file} is missing, and with it the passwords of the database: put it back, or restore the last backup "
                "into a new home with `nanxi restore`."
            ) from None
    except json.JSONDecodeError:
        raise DeskError(f"{file} is damaged: put back the copy that belongs to this database.") from None
    fresh = {role: secrets.token_urlsafe(24) for role in (SUPERUSER, *ROLES)}
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(file, json.dumps(fresh, indent=1))
    return fresh


def connection_settings(
    role: str | None = None, home: Home | Path | None = None, environment: Mapping[str, str] = os.environ
) -> dict[str, object]:
    """Django's HOST, PORT, USER, PASSWORD, NAME and OPTIONS for a role (default: NANXI_DB_ROLE, else the web role).

    Reads NANXI_HOME, NANXI_DB_NAME and DATABASE_URL. Never raises for a home that is not founded yet: Django must be able to
    print its help without a database.
    """
    role = role or environment.get("NANXI_DB_ROLE") or WEB
    place = home if isinstance(home, Home) else Home(home.absolute()) if home else current_home(environment)
    try:
        password = passwords(place).get(role, "")
    except DeskError:
        password = ""
    external = environment.get("DATABASE_URL")
    if external:
        return {**_external(external), "USER": role, "PASSWORD": password}
    return {
        "HOST": str(socket_folder(place)),
        "PORT": str(PORT),
        "NAME": environment.get("NANXI_DB_NAME") or DATABASE,
        "USER": role,
        "PASSWORD": password,
        "OPTIONS": {},
    }


def connection_string(role: str | None = None, home: Home | Path | None = None) -> str:
    """The same as a libpq string, for psycopg, pg_dump and psql."""
    found = connection_settings(role, home)
    return psycopg.conninfo.make_conninfo(
        host=found["HOST"],
        port=found["PORT"],
        dbname=found["NAME"],
        user=found["USER"],
        password=found["PASSWORD"],
        **cast("dict[str, str]", found["OPTIONS"]),
    )


def for_program(dsn: str) -> tuple[str, dict[str, str]]:
    """A connection string for another program's words, where everybody on the machine can read it, and what its environment
    holds instead: the password."""
    parts = psycopg.conninfo.conninfo_to_dict(dsn)
    password = parts.pop("password", None)
    return psycopg.conninfo.make_conninfo(**parts), {"PGPASSWORD": str(password)} if password else {}


def _external(url: str) -> dict[str, object]:
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql") or not parts.hostname or not parts.path.strip("/"):
        raise DeskError("DATABASE_URL must read postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with ?sslmode=… if wanted.")
    return {
        "HOST": parts.hostname,
        "PORT": str(parts.port or 5432),
        "NAME": unquote(parts.path.strip("/")),
        "OPTIONS": dict(parse_qsl(parts.query)),
    }


def provision(admin_dsn: str, secret: Mapping[str, str], kind: str, database: str = DATABASE) -> None:
    """Create or set right the roles, the database, its grants and its kind. Idempotent; `admin_dsn` may create roles."""
    with psycopg.connect(admin_dsn, dbname="postgres", autocommit=True) as connection:
        for role, attributes in ROLES.items():
            _set_role(connection, role, attributes, secret[role])
        present = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone()
        if not present:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'").format(
                    sql.Identifier(database), sql.Identifier(OWNER)
                )
            )
        admit(connection, database)
    with psycopg.connect(admin_dsn, dbname=database) as connection:
        _set_defaults(connection)
        mark_kind(connection, kind)


def _set_role(connection: psycopg.Connection, role: str, attributes: LiteralString, password: str) -> None:
    present = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    verb = sql.SQL("ALTER ROLE {} ") if present else sql.SQL("CREATE ROLE {} ")
    connection.execute(
        verb.format(sql.Identifier(role))
        + sql.SQL("LOGIN INHERIT NOREPLICATION " + attributes + " PASSWORD {}").format(sql.Literal(password))
    )
    if role == BACKUP:
        connection.execute("GRANT pg_read_all_data TO nanxi_backup")
        connection.execute("ALTER ROLE nanxi_backup SET default_transaction_read_only = on")


def admit(connection: psycopg.Connection, database: str) -> None:
    """Who may enter a database: our roles only, temporary tables for the background roles. Grants do not follow a clone."""
    name = sql.Identifier(database)
    everyone = sql.SQL(", ").join(sql.Identifier(role) for role in ROLES)
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
    connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, everyone))
    connection.execute(sql.SQL("GRANT TEMPORARY ON DATABASE {} TO nanxi_owner, nanxi_worker, nanxi_system").format(name))


def _set_defaults(connection: psycopg.Connection) -> None:
    connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    connection.execute("GRANT USAGE ON SCHEMA public TO nanxi_web, nanxi_ingest, nanxi_worker, nanxi_system, nanxi_backup")
    # PUBLIC's right to run every new function is given per owner, not per schema.
    connection.execute("ALTER DEFAULT PRIVILEGES FOR ROLE nanxi_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC")
    for default in DEFAULTS:
        connection.execute(sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE nanxi_owner IN SCHEMA public ") + sql.SQL(default))


def mark_kind(connection: psycopg.Connection, kind: str) -> None:
    """Write `county` or `rehearsal` into a new database; refuse one that says the other. Only the superuser can change it."""
    if kind not in KINDS:
        raise DeskError(f"a database is marked {' or '.join(KINDS)}, not {kind!r}.")
    connection.execute(
        "CREATE TABLE IF NOT EXISTS public.installation ("
        " only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),"
        " kind text NOT NULL CHECK (kind IN ('county', 'rehearsal')))"
    )
    connection.execute("GRANT SELECT ON public.installation TO PUBLIC")
    connection.execute("INSERT INTO public.installation (kind) VALUES (%s) ON CONFLICT DO NOTHING", [kind])
    found = connection.execute("SELECT kind FROM public.installation").fetchone()
    if found is None or found[0] != kind:
        raise DeskError(
            f"this database is marked {found[0] if found else 'nothing'} and the home is that of a {kind}: "
            "the two are never mixed; point the home at its own database."
        )
