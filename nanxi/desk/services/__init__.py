"""The desk's only writers."""

from nanxi.desk.services.alerts import (
    Place,
    acknowledge_alert,
    close_alert,
    ease_alert,
    escalate_alert,
    raise_alert,
    record_call,
    send_somebody,
)
from nanxi.desk.services.directives import (
    REASONS,
    answer_directive,
    hand_out_answer,
    open_attachment,
    receive_directive,
    triage_directive,
    withdraw_directive,
)
from nanxi.desk.services.shifts import SHIFT, end_duty, read_note, set_duty, write_note
from nanxi.desk.services.tasks import (
    assign_task,
    assign_tasks,
    claim_task,
    close_task,
    open_task,
    open_tasks,
    read_told,
    take_person,
)

__all__ = [
    "REASONS",
    "SHIFT",
    "Place",
    "acknowledge_alert",
    "answer_directive",
    "assign_task",
    "assign_tasks",
    "claim_task",
    "close_alert",
    "close_task",
    "ease_alert",
    "end_duty",
    "escalate_alert",
    "hand_out_answer",
    "open_attachment",
    "open_task",
    "open_tasks",
    "raise_alert",
    "read_note",
    "read_told",
    "receive_directive",
    "record_call",
    "send_somebody",
    "set_duty",
    "take_person",
    "triage_directive",
    "withdraw_directive",
    "write_note",
]
