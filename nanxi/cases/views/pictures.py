"""The pictures of a case: the drawing the server sends, and the same as plain data for the chart that takes its place.

Both say nothing that the tables beside them do not say. Times go to the chart as the county's wall clock counted as UTC, so that
a browser elsewhere draws the same days.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from nanxi.cases import drawn, queries, wording
from nanxi.cases.models import Case
from nanxi.cases.rules import Decision
from nanxi.cases.views import shown
from nanxi.foundation import vault
from nanxi.foundation.clock import COUNTY
from nanxi.web.templatetags.nanxi import stamp


def chain_of(case: Case) -> dict[str, Any]:
    """The chain as rows, as a drawing and as data; empty when the case stands alone."""
    links = queries.network(case)
    cases = {one.id: one for link in links for one in (link.source, link.case)}
    order = sorted(cases, key=lambda key: (cases[key].reported_at, key))
    graph = drawn.chain([(link.source.id, link.case.id) for link in links], order)
    vault.load_keys(link.contact.record_id for link in links)
    rows = [
        {
            "source": link.source, "case": link.case, "words": shown.evidence_of(link.contact), "first": link.contact.first,
            "status": wording.STATUS[link.case.status],
        }
        for link in links
    ]  # fmt: skip
    nodes: list[dict[str, Any]] = []
    for node in graph.nodes:
        one = cases[node.key]
        nodes.append({"node": node, "case": one, "here": one.id == case.id, "tone": wording.STATUS[one.status][1]})
    return {"rows": rows, "graph": graph, "nodes": nodes, "data": _chain_data(graph, nodes, rows)} if links else {}


def _chain_data(graph: drawn.Graph, nodes: Sequence[dict[str, Any]], rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "width": graph.width, "height": graph.height,
        "nodes": [
            {
                "name": one["case"].reference, "x": one["node"].x, "y": one["node"].y, "tone": one["tone"], "here": one["here"],
                "address": reverse("case", args=[one["case"].pk]),
                "lines": [
                    f"{one['case'].reference} · {wording.STATUS[one['case'].status][0]}",
                    f"{_('Reported')} {stamp(one['case'].reported_at)}",
                    *([_("this case")] if one["here"] else []),
                ],
            }
            for one in nodes
        ],
        "links": [
            {
                "source": row["source"].reference, "target": row["case"].reference,
                "lines": [
                    f"{row['source'].reference} → {row['case'].reference}",
                    f"{_('First exposure')} {stamp(row['first'])}", *row["words"],
                ],
            }
            for row in rows
        ],
    }  # fmt: skip


def timeline_of(contacts: Sequence[shown.ContactLine], period: tuple[datetime, datetime], case: Case) -> dict[str, Any]:
    """Exposures of the contacts that stand on a line of days, accepted ones first; empty when there is none."""
    rows = [row for row in contacts if row.contact.retracted_at is None and row.contact.decision is not Decision.REJECTED]
    if not rows:
        return {}
    rows.sort(key=lambda row: (row.contact.decision is not Decision.ACCEPTED, row.contact.first))
    talk = case.interviews.order_by("at", "id").last()
    onset = datetime.combine(talk.onset, time(), COUNTY) if talk and talk.onset else None
    period = (period[0].astimezone(COUNTY), period[1].astimezone(COUNTY))
    spans = [(row.contact.pk, row.contact.first.astimezone(COUNTY), row.contact.last.astimezone(COUNTY)) for row in rows]
    line = drawn.timeline(spans, period, onset)
    by_key = {row.contact.pk: row for row in rows}
    begin, end = drawn.stretch(spans, period)
    data = {
        "from": _wall(begin), "until": _wall(end), "band": [_wall(at) for at in period], "onset": _wall(onset) if onset else None,
        "words": {"onset": _("onset")}, "rows": [_row(row) for row in rows],
    }  # fmt: skip
    return {"line": line, "bars": [{"bar": bar, "row": by_key[bar.key]} for bar in line.bars], "data": data}


def _row(row: shown.ContactLine) -> dict[str, Any]:
    contact = row.contact
    told = [f"{stamp(contact.first)} – {stamp(contact.last)}", f"{row.klass} · {row.decision}"]
    return {
        "label": str(row.label or "–"), "tone": _tone(row), "first": _wall(contact.first), "last": _wall(contact.last),
        "meets": [[_wall_s(one.first), _wall_s(one.last)] for one in row.facts if one.first],
        "lines": [*told, *row.evidence[:5]],
    }  # fmt: skip


def _tone(row: shown.ContactLine) -> str:
    if row.contact.decision is Decision.ACCEPTED:
        return "danger"
    return "warn" if row.contact.klass == "close" else "quiet"


def _wall(at: datetime) -> int:
    """Milliseconds of the county's clock, as though it were UTC."""
    return round(at.astimezone(COUNTY).replace(tzinfo=UTC).timestamp() * 1000)


def _wall_s(second: int) -> int:
    return _wall(datetime.fromtimestamp(second, UTC))
