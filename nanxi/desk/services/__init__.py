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
from nanxi.desk.services.bulk import ask_bulk, ask_undo, drop_filter, keep_filter
from nanxi.desk.services.directives import (
    REASONS,
    answer_directive,
    hand_out_answer,
    open_attachment,
    receive_directive,
    triage_directive,
    withdraw_directive,
)
from nanxi.desk.services.evidence import decide_between, keep_claim
from nanxi.desk.services.forms import check_answers, faults_of_text, hand_in, publish_form
from nanxi.desk.services.generated import open_generated, stop_overrun, switch_rule
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
    "ask_bulk",
    "ask_undo",
    "assign_task",
    "assign_tasks",
    "check_answers",
    "claim_task",
    "close_alert",
    "close_task",
    "decide_between",
    "drop_filter",
    "ease_alert",
    "end_duty",
    "escalate_alert",
    "faults_of_text",
    "hand_in",
    "hand_out_answer",
    "keep_claim",
    "keep_filter",
    "open_attachment",
    "open_generated",
    "open_task",
    "open_tasks",
    "publish_form",
    "raise_alert",
    "read_note",
    "read_told",
    "receive_directive",
    "record_call",
    "send_somebody",
    "set_duty",
    "stop_overrun",
    "switch_rule",
    "take_person",
    "triage_directive",
    "withdraw_directive",
    "write_note",
]
