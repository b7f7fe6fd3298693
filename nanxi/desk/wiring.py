"""What this room declares when the house starts: how its objects open persons, where their pages are, its lines in the menu."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext_lazy as _

from nanxi.desk import knowing, links, queries
from nanxi.foundation import grants
from nanxi.foundation.act import Act
from nanxi.foundation.rights import Right
from nanxi.people import panels, task_check
from nanxi.web import menu


def register() -> None:
    task_check.register(queries.area_of_open_task, _chosen)
    panels.register_opener(queries.opened_for)
    grants.register("desk.task", queries.task_opens)
    grants.register("desk.alert", queries.alert_opens)
    grants.register("desk.directive", queries.directive_opens)
    grants.register("desk.part", queries.part_opens)
    from nanxi.desk.services.prechecks import other_lists

    knowing.register("desk.task", _("another list"), other_lists)
    for kind, url_name in (
        ("desk.task", "task"),
        ("desk.alert", "alert"),
        ("desk.directive", "directive"),
        ("desk.part", "part"),
    ):
        links.register(kind, links.page(url_name))
    for kind, url_name in (("people.batch", "list"), ("people.pair", "review-pair"), ("people.lead", "people-lead")):
        links.register(kind, links.page(url_name))
    menu.register(menu.Entry(_("Alerts"), "alerts", Right.HANDLE_ALERTS, "bell", order=10))
    menu.register(menu.Entry(_("Directives"), "directives", Right.TRIAGE_DIRECTIVES, "inbox", order=20))
    menu.register(menu.Entry(_("Checked lists"), "batches", Right.TRIAGE_DIRECTIVES, "list", order=25))
    menu.register(menu.Entry(_("Tasks"), "tasks", Right.DO_TASKS, "task", order=30))
    menu.register(menu.Entry(_("Forms and rules"), "task-forms", Right.KEEP_FORMS, "list", order=32))
    menu.register(menu.Entry(_("Phoned-in lead"), "lead-new", Right.LOOK_UP_PERSON, "call", order=35))
    menu.register(menu.Entry(_("Report"), "report-new", Right.DO_TASKS, "upload", order=37))
    menu.register(menu.Entry(_("Shift"), "shift", Right.HANDLE_ALERTS, "shift", order=40))
    menu.register(menu.Entry(_("Webhooks"), "webhooks", Right.RUN_SYSTEM, "chain", order=92, group=menu.HOUSE))
    menu.register_corner(menu.Corner("alerts-corner", Right.HANDLE_ALERTS, ("desk.alert", "desk.duty"), order=10))


def _chosen(act: Act, task_id: UUID, record_id: UUID, person_id: UUID) -> None:
    from nanxi.desk import services

    services.take_person(act, task_id, record_id, person_id)
