"""The plain answer to a run: every sighting opened, entities their persons, every stay compared. For tests only."""

from __future__ import annotations

from nanxi.cases import persons, stays
from nanxi.cases.asking import Question
from nanxi.cases.models import Sighting
from nanxi.engines.trace import brute
from nanxi.engines.trace import stays as engine
from nanxi.engines.trace.ingest import ingest


def contacts(question: Question) -> dict[str, brute.Contact]:
    """Person (or record nobody is linked to) → contact, over all rows of the scope."""
    rows = list(Sighting.objects.order_by("id"))
    person = persons.persons_of({row.record_id for row in rows})
    told = (
        engine.Sighting(
            str(person.get(stay.record_id, stay.record_id)), stay.place, int(stay.t0.timestamp()),
            int(stay.t1.timestamp()) if stay.t1 else None, stay.source, stay.conf, stay.row,
        )
        for stay in stays.opened(rows)
    )  # fmt: skip
    case = question.case.record_id
    seed = brute.Seed(str(person.get(case, case)), *question.spans[0])
    found = brute.contacts(ingest(told), [seed], question.edition, question.slack_s)
    return {contact.entity: contact for contact in found}
