"""What the desk keeps: directives, tasks, alerts with calls and places, rosters and handover notes.

Free text about a person is sealed: a task's and an alert's under the person's source record, a directive's and a handover
note's under a key of their own. State is read from what happened, never stored as a word somebody could set.
"""

from nanxi.desk.models.alerts import Alert, AlertPlace, AlertStep
from nanxi.desk.models.directives import Directive
from nanxi.desk.models.hooks import Hook, HookMessage
from nanxi.desk.models.lists import HandOver
from nanxi.desk.models.outgoing import Outgoing
from nanxi.desk.models.parts import Incident, Part, PartCell, PartStep
from nanxi.desk.models.shifts import DutySlot, HandoverNote, NoteRead
from nanxi.desk.models.tasks import (
    BulkAct,
    BulkItem,
    Finding,
    FormVersion,
    RuleSwitch,
    Ruling,
    SavedFilter,
    Task,
)

__all__ = [
    "Alert",
    "AlertPlace",
    "AlertStep",
    "BulkAct",
    "BulkItem",
    "Directive",
    "DutySlot",
    "Finding",
    "FormVersion",
    "HandOver",
    "HandoverNote",
    "Hook",
    "HookMessage",
    "Incident",
    "NoteRead",
    "Outgoing",
    "Part",
    "PartCell",
    "PartStep",
    "RuleSwitch",
    "Ruling",
    "SavedFilter",
    "Task",
]
