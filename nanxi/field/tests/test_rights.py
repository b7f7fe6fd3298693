"""Services ask for the right themselves: a view that forgets to is not the only lock."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.utils import translation

from nanxi.field import services
from nanxi.foundation.act import Act, Actor, Refused
from nanxi.foundation.clock import WALL
from nanxi.foundation.rights import Role


def test_a_grid_worker_records_no_passage(db: None) -> None:
    sent: dict[str, Any] = {"post": None, "area": "", "at": WALL.now(), "way": "in", "passer": services.Passer()}
    with translation.override("en"), pytest.raises(Refused, match="passages at a checkpoint"):
        services.record_passage(Act(Actor("wei", user_id=uuid4(), role=Role.GRID_WORKER)), **sent)


def test_a_post_records_no_visit(db: None) -> None:
    with translation.override("en"), pytest.raises(Refused, match="Carry out the tasks"):
        services.record_visit(Act(Actor("lan", user_id=uuid4(), role=Role.CHECKPOINT)), task=None, outcome="found")
