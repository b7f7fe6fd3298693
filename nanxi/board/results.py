"""What a rehearsal desk found, for the score: rows with opaque person handles, accepted contacts, alerts, times watched.

Only in a rehearsal, only on loopback, only for whoever may read the ledger; no identifier leaves, and the reading itself is
an entry of the ledger. A real county has no truth to be held against and no such page.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, JsonResponse
from django.views.decorators.http import require_GET

from nanxi.cases import queries as cases
from nanxi.desk import queries as desk
from nanxi.foundation import charter
from nanxi.foundation.accounts import act_of
from nanxi.foundation.act import Act, service
from nanxi.foundation.rights import Right, requires
from nanxi.orders import queries as orders
from nanxi.people import queries as people

#: An alert of this kind says that somebody left; a silent phone or a wrong map says something else.
LEFT = "orders.exit"


@requires(Right.SEE_AUDIT)
@require_GET
def rehearsal_results(request: HttpRequest) -> JsonResponse:
    """The whole rehearsal's results as JSON (`nanxi rehearse --score --from`)."""
    county = charter.county()
    here = request.META.get("REMOTE_ADDR", "") in {"127.0.0.1", "::1"}
    if not settings.NANXI_REHEARSAL or county is None or not county.rehearsal or not here:
        raise Http404
    act = act_of(request)
    found = results(act.now)
    note_export(act, counts={name: len(rows) for name, rows in found.items()})
    return JsonResponse({"at": act.now.isoformat(), **found})


def results(at: datetime) -> dict[str, list[Any]]:
    """Files and their rows, contacts, alerts and times watched in the caller's scope."""
    files = people.rows_of_files()
    return {
        "files": list(files),
        "rows": [_row(file, row) for file, rows in files.items() for row in rows],
        "contacts": [{"case": _handle(case), "contact": _handle(other)} for case, other in cases.accepted_pairs()],
        "alerts": [{"person": _handle(person), "at": when.isoformat()} for person, when in desk.raised_alerts(LEFT)],
        "watched": list(_watched(at)),
    }


def _row(file: str, row: people.FileRow) -> dict[str, Any]:
    return {
        "file": file,
        "sheet": row.sheet,
        "row": row.row,
        "person": _handle(row.person),
        "rule": row.rule,
        "by_officer": row.by_officer,
        "bits": row.bits,
        "review": row.review,
        "outcome": row.outcome,
    }


def _watched(at: datetime) -> Iterator[dict[str, str]]:
    for person, begin, until in orders.times_watched(at):
        yield {"person": _handle(person), "from": begin.isoformat(), "until": until.isoformat()}


def _handle(person: UUID | None) -> str:
    return str(person) if person else ""


@service
def note_export(act: Act, *, counts: dict[str, int]) -> None:
    """Say in the ledger that the rehearsal's results were read, and how many they were."""
    act.log("board.results.read", **counts)
