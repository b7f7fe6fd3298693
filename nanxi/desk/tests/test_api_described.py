"""Every operation of the desk's interface answers as its description says (schemathesis), about objects that exist and others."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from nanxi.desk import queries, services
from nanxi.desk.api import PREFIX
from nanxi.desk.api import api as desk_api
from nanxi.desk.tests.folk import OUBEI, VILLAGE, County
from nanxi.desk.tests.test_api import token
from nanxi.foundation import scope, terminals
from nanxi.foundation.models import Unit
from nanxi.foundation.reach import EVERYWHERE
from nanxi.foundation.tests import described

OPERATIONS = described.operations_of(terminals.described(desk_api, PREFIX))


def known_objects(county: County) -> dict[str, str]:
    """One object for each path parameter, in reach of headquarters."""
    hua = county.act("hua")
    later = county.clock.now() + timedelta(hours=3)
    directive = county.directive(VILLAGE, VILLAGE)
    unit = Unit.objects.get(name="Headquarters")
    part = services.split_directive(hua, directive, given=[services.Given(unit, "Check.", ("Says",))], deadline=later)[0]
    chosen = queries.Chosen(kind="verification")
    task = county.task(area=VILLAGE)
    slot = services.set_duty(hua, user=county.users["hua"], part="duty", starts=county.clock.now(), ends=later)
    return {
        "task_id": str(task.id),
        "directive_id": str(directive.id),
        "part_id": str(part.id),
        "bulk_id": str(services.ask_bulk(hua, chosen, deed="close", area=OUBEI, reason="moot").id),
        "filter_id": str(services.keep_filter(hua, chosen, name="mine", for_unit=False).id),
        "slot_id": str(slot.id),
        "note_id": str(services.write_note(hua, area=OUBEI, text="Nothing open.").id),
        "ref": "visit@1",
        "code": "desk.withdrawn",
    }


@pytest.mark.parametrize("operation", OPERATIONS, ids=described.named)
def test_whatever_fits_the_description_is_answered_as_described(county: County, operation: Any) -> None:
    hua = token(county, "hua")
    with scope.enter(EVERYWHERE, at=county.clock.now()):
        known = known_objects(county)
    described.probe(operation, hua, known)


def test_the_probe_finds_an_answer_that_is_not_described(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    hua = token(county, "hua")
    listed = next(one for one in OPERATIONS if described.named(one) == "get /desk/api/v1/tasks")
    monkeypatch.setattr("nanxi.desk.api.tasks.told", lambda rows, now: [{"id": "x"}])
    with pytest.raises(BaseException, match=r"(?i)server error|status code|schema"):
        described.answer_fits(hua, listed.Case())
