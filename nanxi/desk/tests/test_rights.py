"""Services ask for the right themselves: a view that forgets to is not the only lock."""

from __future__ import annotations

from inspect import Parameter, signature
from uuid import uuid4

import pytest
from django.utils import translation

from nanxi.desk import services
from nanxi.foundation.act import Act, Actor, Refused
from nanxi.foundation.rights import Role

ASKED = [
    # service               right, as the person who lacks it reads it
    ("receive_directive", "triage and dispatch"),
    ("triage_directive", "triage and dispatch"),
    ("answer_directive", "triage and dispatch"),
    ("hand_out_answer", "triage and dispatch"),
    ("open_attachment", "triage and dispatch"),
    ("withdraw_directive", "triage and dispatch"),
    ("acknowledge_alert", "Acknowledge alerts"),
    ("record_call", "Acknowledge alerts"),
    ("send_somebody", "Acknowledge alerts"),
    ("close_alert", "Acknowledge alerts"),
    ("claim_task", "Carry out the tasks"),
    ("read_told", "Carry out the tasks"),
    ("assign_task", "Assign and reassign"),
    ("assign_tasks", "Assign and reassign"),
]


@pytest.mark.parametrize(("name", "right"), ASKED)
def test_without_the_right_nothing_is_looked_at(db: None, name: str, right: str) -> None:
    """The post's terminal holds none of these; what it hands in is not even read."""
    served = getattr(services, name)
    asked = [p for p in list(signature(served).parameters.values())[1:] if p.default is Parameter.empty]
    placed = [None for p in asked if p.kind is Parameter.POSITIONAL_OR_KEYWORD]
    named = {p.name: None for p in asked if p.kind is Parameter.KEYWORD_ONLY}
    post = Actor("lan", user_id=uuid4(), unit_id=uuid4(), role=Role.CHECKPOINT)
    with translation.override("en"), pytest.raises(Refused, match=right):
        served(Act(post), *placed, **named)
