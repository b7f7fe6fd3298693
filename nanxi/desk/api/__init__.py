"""JSON for programs of officers at the desk: directives, parts, reports, lists, tasks, forms and the roster, with the officer's
rights, scope and audit.

`/desk/api/v1/…` with `Authorization: Bearer <token>`; errors are RFC 9457, every write carries an `Idempotency-Key`. Lists are
masked like the pages; a person opens by `POST …/open` only, which is granted, budgeted and recorded like a click.
"""

from __future__ import annotations

from typing import Any

from nanxi.desk.api import bulk, directives, forms, lists, parts, reports, shifts, tasks
from nanxi.foundation import programs, terminals

#: Where these addresses begin; the description names whole paths.
PREFIX = "/desk/api/v1/"
api = programs.new_api("Nanxi desk", "desk-api")
for part in (tasks, bulk, directives, parts, reports, lists, forms, shifts):
    api.add_router("", part.router)


def addresses() -> list[Any]:
    return terminals.addresses(api, PREFIX)
