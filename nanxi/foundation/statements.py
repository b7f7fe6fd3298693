"""Prepared statements for the few that run in every act: setting the scope and writing the ledger.

Django binds values on the client and plans each statement anew; for these two that was half the cost of an act.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import connection


def run(statement: str, values: Sequence[Any]) -> None:
    """Execute in Django's open transaction, prepared once per connection; errors come as Django's."""
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(statement, values, prepare=True)  # type: ignore[arg-type]

