"""What the database itself holds to: the timer as the worker's role, and lists of a town that read an index."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from nanxi.desk import queries, timers
from nanxi.desk.models import Alert, HandoverNote, Task
from nanxi.desk.tests.folk import NOW, County, Register
from nanxi.foundation import scope, vault
from nanxi.foundation.models import LedgerEntry
from nanxi.foundation.postgres.roles import WORKER, connection_settings
from nanxi.foundation.reach import EVERYWHERE


def test_the_timer_climbs_as_the_worker(fresh_db: str, django_db_blocker: Any, register: Register) -> None:
    """Committed rows, the worker's own role and row policies: what the running house does every five seconds."""
    vault.forget()
    with django_db_blocker.unblock():
        vault.mac("desk.tests", b"")
        county = County(register)
        with scope.enter(EVERYWHERE, at=NOW):
            alert = county.alert()
        found, usual = connection_settings(WORKER), {name: connection.settings_dict[name] for name in ("USER", "PASSWORD")}
        connection.close()
        connection.settings_dict.update({name: found[name] for name in usual})
        try:
            county.clock.forward(minutes=6)
            assert timers.one_round(county.clock) == 1
            assert timers.one_round(county.clock) == 0
            county.clock.forward(minutes=10)
            assert timers.one_round(county.clock) == 1
            with scope.enter(EVERYWHERE, at=NOW):
                assert Alert.objects.get(pk=alert.pk).level == "LEADER"
                steps = LedgerEntry.objects.filter(kind="desk.alert.escalated").order_by("id")
                assert [row.facts["level"] for row in steps] == ["DEPUTY", "HEADQUARTERS", "LEADER"]
                assert {row.actor for row in steps} == {"service:desk"}
        finally:
            connection.close()
            connection.settings_dict.update(usual)
    vault.forget()


@pytest.mark.parametrize(
    ("name", "index"),
    [("tasks", "task_"), ("worker", "task_"), ("subject", "task_subject"), ("alerts", "alert_open"), ("notes", "note_of_unit")],
)
def test_a_towns_list_reads_an_index(county: County, name: str, index: str) -> None:
    actor = county.actor("ailian")
    with scope.enter(actor.reach, user_id=actor.user_id, at=NOW), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        rows = {
            "tasks": queries.open_tasks(actor)[:50],
            "worker": queries.tasks_of_worker(county.users["ailian"].id, actor.unit_id)[:50],
            "subject": Task.objects.filter(subject_id=county.users["ailian"].id),
            "alerts": queries.open_alerts()[:50],
            "notes": HandoverNote.objects.filter(unit_id=actor.unit_id).order_by("-at")[:20],
        }
        plan = rows[name].explain()
    assert index in plan, plan
    assert "Seq Scan" not in plan
