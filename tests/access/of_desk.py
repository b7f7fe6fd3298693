"""One directive, task, alert and handover note per town. The note is old: it keeps nobody from the alerts."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from nanxi.desk import services
from nanxi.desk.models import BulkAct, Directive, DutySlot, HandoverNote, Part
from nanxi.foundation import acts, vault
from nanxi.foundation.act import Act, house
from nanxi.foundation.clock import WALL
from nanxi.foundation.identifiers import uuid7
from nanxi.foundation.models import User
from nanxi.foundation.rights import Role
from tests.access.objects import OWN, World, made_by

DAY = timedelta(days=1)


@made_by(
    "directive",
    "directive-triage",
    "directive-answer",
    "directive-answer-file",
    "directive-attachment",
    "directive-withdraw",
    "directive-split",
    "directive-join",
    "directive-snooze",
    "desk-api:directive",
    "desk-api:directive-triage",
    "desk-api:directive-snooze",
    "desk-api:directive-join",
    "desk-api:directive-withdraw",
    "desk-api:directive-reply",
    "desk-api:directive-answer",
    "desk-api:directive-attachment",
    "desk-api:directive-answer-sheet",
    "desk-api:parts",
    "desk-api:checks",
)
def some_directive(world: World, area: str, number: str = "") -> UUID:
    made = services.receive_directive(
        world.act(Role.HQ_DESK), kind="order", number=number or area, sender="City", deadline=WALL.now() + DAY, text="x",
        area=area,
    )  # fmt: skip
    return made.id  # pyright: ignore[reportReturnType]


@made_by("webhook-do")
def no_hook(world: World, area: str) -> UUID:
    return uuid7()


@made_by("batch", "batch-look-up", "batch-hand-over", "desk-api:list-look-up", "desk-api:list-hand-over")
def some_checked_list(world: World, area: str) -> UUID:
    directive = some_directive(world, area, number=f"list {area}")
    with acts.set_up():
        Directive.everything.filter(pk=directive).update(batch_id=uuid7())
    return directive


@made_by(
    "task", "task-open", "task-claim", "task-assign", "task-close", "task-decide", "desk-api:task", "desk-api:task-open",
    "desk-api:task-claim", "desk-api:task-assign", "desk-api:task-close", "desk-api:task-answers", "desk-api:task-evidence",
    "desk-api:task-decide",
)  # fmt: skip
def some_task(world: World, area: str) -> UUID:
    return services.open_task(world.act(Role.HQ_DESK), kind="call", area=area, title="x", due=WALL.now() + DAY).id  # pyright: ignore[reportReturnType]


@made_by(
    "part", "part-acknowledge", "part-fill", "part-report", "part-return", "desk-api:part", "desk-api:part-acknowledge",
    "desk-api:part-fill", "desk-api:part-report", "desk-api:part-return",
)  # fmt: skip
def some_part(world: World, area: str) -> UUID:
    directive = Directive.everything.get(pk=some_directive(world, f"{area[:9]}001"))
    officer = User.objects.get(username="town_duty" if area == OWN else "west_duty")
    with acts.set_up():
        part = Part(
            area_code=area, directive=directive, unit_id=officer.unit_id, number="1", sender="City", deadline=WALL.now() + DAY,
            given_at=WALL.now(), given_by=officer.id, text=b"",
        )  # fmt: skip
        vault.make_keys([part.id])
        part.text = vault.seal("desk_part", "text", part.id, "x")
        part.save()
    return part.id  # pyright: ignore[reportReturnType]


@made_by("bulk", "bulk-undo", "desk-api:bulk", "desk-api:bulk-undo")
def some_bulk(world: World, area: str) -> UUID:
    officer = User.objects.get(username="town_duty" if area == OWN else "west_duty")
    with acts.set_up():
        row = BulkAct(area_code=area, deed="close", chosen={}, reason="moot", asked_by=officer.id, asked_at=WALL.now())
        row.save()
    return row.id  # pyright: ignore[reportReturnType]


@made_by("desk-api:rule-switch")
def some_rule(world: World, area: str) -> str:
    return "desk.withdrawn"


@made_by("task-form", "task-form-json", "desk-api:form")
def some_form(world: World, area: str) -> str:
    return "visit@1"


@made_by("filter-drop", "desk-api:filter-drop")
def some_filter(world: World, area: str) -> UUID:
    return uuid7()


@made_by("alert", "alert-open", "alert-ack", "alert-call", "alert-send", "alert-close", "alert-assign", "alert-snooze")
def some_alert(world: World, area: str) -> UUID:
    made = services.raise_alert(
        Act(actor=house("tests")),
        key=f"x:{area}",
        kind="x",
        severity="high",
        area=area,
        subject=("x", uuid7()),
        title="x",
        facts={},
    )
    return made.id  # pyright: ignore[reportReturnType]


@made_by("shift-read", "desk-api:note-read")
def some_note(world: World, area: str) -> UUID:
    author = User.objects.get(username="town_duty" if area == OWN else "west_duty")
    with acts.set_up():
        note = HandoverNote(area_code=area, unit_id=author.unit_id, written_by=author.id, at=WALL.now() - 3 * DAY, text=b"")
        vault.make_keys([note.id])
        note.save()
    return note.id  # pyright: ignore[reportReturnType]


@made_by("shift-off", "desk-api:roster-off")
def some_slot(world: World, area: str) -> UUID:
    officer = User.objects.get(username="town_duty" if area == OWN else "west_duty")
    with acts.set_up():
        slot = DutySlot(unit_id=officer.unit_id, user_id=officer.id, part="duty", starts=WALL.now(), ends=WALL.now() + DAY)
        slot.save()
    return slot.id  # pyright: ignore[reportReturnType]
