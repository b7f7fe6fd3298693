"""Every operation of the field's interface but the phones' answers as its description says (schemathesis)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from nanxi.field.api import PREFIX
from nanxi.field.api import api as field_api
from nanxi.field.arrivals.models import Arrival
from nanxi.field.mobilisation.tests.squad import Squad
from nanxi.field.sweep.tests.village import OUBEI, street
from nanxi.foundation import accounts, acts, charter, scope, terminals, tokens, units, vault
from nanxi.foundation.act import Act, house
from nanxi.foundation.clock import WALL, county_day
from nanxi.foundation.identifiers import uuid7
from nanxi.foundation.models import Unit
from nanxi.foundation.reach import EVERYWHERE
from nanxi.foundation.rights import Role
from nanxi.foundation.tests import described

OPERATIONS = described.operations_of(terminals.described(field_api, PREFIX), but=lambda path: "/phone/" in path)


@pytest.fixture
def squad(db: Any) -> Iterator[Squad]:
    vault.forget()
    charter.forget()
    yield Squad()
    vault.forget()
    charter.forget()


def token(squad: Squad, name: str) -> str:
    with scope.enter(EVERYWHERE, at=WALL.now()):
        return tokens.make_token(Act(actor=accounts.actor_of(squad.users[name])), label="bench", days=30)[1]


def post_token(squad: Squad) -> str:
    """A terminal bound at a post."""
    with scope.enter(EVERYWHERE, at=WALL.now()):
        act = Act(actor=house("setup"))
        post = units.found_unit(act, name="Bridge post", kind=Unit.Kind.POST, areas=[OUBEI])
        lan = accounts.open_account(act, username="lan", display_name="Lan", unit=post, role=Role.CHECKPOINT)
        device = accounts.offer_device(Act(actor=accounts.actor_of(squad.users["qian"])), user=lan, label="terminal")
        return accounts.bind_device(Act(actor=accounts.actor_of(lan)), code=accounts.enrol_code(device), pin="4711")[1]


def known_objects(squad: Squad) -> dict[str, str]:
    """One object for each path parameter, in reach of the town's desk."""
    squad.take(*street(2))
    row = squad.plan()
    home = squad.homes(row)[0]
    squad.give(home, "qian")
    shift = squad.shift(3)
    with scope.enter(EVERYWHERE), acts.set_up():
        arrival = Arrival(
            area_code=OUBEI, record_id=uuid7(), source_kind="field.declared", day=county_day(WALL.now()), told_at=WALL.now()
        )  # fmt: skip
        arrival.save()
    return {
        "round_id": str(row.id), "household_id": str(home.id), "volunteer_id": str(squad.bai.id), "shift_id": str(shift.id),
        "arrival_id": str(arrival.id),
    }  # fmt: skip


@pytest.mark.parametrize("operation", OPERATIONS, ids=described.named)
def test_whatever_fits_the_description_is_answered_as_described(squad: Squad, operation: Any) -> None:
    known = known_objects(squad)
    text = post_token(squad) if operation.path.endswith("/passages") else token(squad, "qian")
    described.probe(operation, text, known)
