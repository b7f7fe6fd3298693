"""Addresses of this room."""

from __future__ import annotations

from django.urls import path

from nanxi.desk.views import alerts, directives, shifts, task_bulk, task_forms, tasks

urlpatterns = [
    path("directives/", directives.directives, name="directives"),
    path("directives/new/", directives.directive_new, name="directive-new"),
    path("directives/<uuid:pk>/", directives.directive, name="directive"),
    path("directives/<uuid:pk>/triage/", directives.triage, name="directive-triage"),
    path("directives/<uuid:pk>/answer/", directives.answer_page, name="directive-answer"),
    path("directives/<uuid:pk>/answer/file/", directives.answer_file, name="directive-answer-file"),
    path("directives/<uuid:pk>/attachment/", directives.attachment, name="directive-attachment"),
    path("directives/<uuid:pk>/withdraw/", directives.withdraw, name="directive-withdraw"),
    path("tasks/", tasks.tasks, name="tasks"),
    path("tasks/assign/", tasks.tasks_assign, name="tasks-assign"),
    path("tasks/bulk/", task_bulk.tasks_bulk, name="tasks-bulk"),
    path("tasks/bulk/<uuid:pk>/", task_bulk.bulk, name="bulk"),
    path("tasks/bulk/<uuid:pk>/undo/", task_bulk.bulk_undo, name="bulk-undo"),
    path("tasks/filters/", task_bulk.filter_keep, name="filter-keep"),
    path("tasks/filters/<uuid:pk>/drop/", task_bulk.filter_drop, name="filter-drop"),
    path("forms/", task_forms.task_forms, name="task-forms"),
    path("forms/new/", task_forms.task_form_new, name="task-form-new"),
    path("forms/rules/", task_forms.task_rule_switch, name="task-rule-switch"),
    path("forms/<str:ref>/", task_forms.task_form, name="task-form"),
    path("forms/<str:ref>/json/", task_forms.task_form_json, name="task-form-json"),
    path("tasks/<uuid:pk>/", tasks.task, name="task"),
    path("tasks/<uuid:pk>/decide/", tasks.task_decide, name="task-decide"),
    path("tasks/<uuid:pk>/open/", tasks.task_open, name="task-open"),
    path("tasks/<uuid:pk>/claim/", tasks.task_claim, name="task-claim"),
    path("tasks/<uuid:pk>/assign/", tasks.task_assign, name="task-assign"),
    path("tasks/<uuid:pk>/close/", tasks.task_close, name="task-close"),
    path("leads/new/", tasks.lead_new, name="lead-new"),
    path("alerts/", alerts.alerts, name="alerts"),
    path("alerts/corner/", alerts.corner, name="alerts-corner"),
    path("alerts/<uuid:pk>/", alerts.alert, name="alert"),
    path("alerts/<uuid:pk>/open/", alerts.alert_open, name="alert-open"),
    path("alerts/<uuid:pk>/ack/", alerts.alert_ack, name="alert-ack"),
    path("alerts/<uuid:pk>/call/", alerts.alert_call, name="alert-call"),
    path("alerts/<uuid:pk>/send/", alerts.alert_send, name="alert-send"),
    path("alerts/<uuid:pk>/close/", alerts.alert_close, name="alert-close"),
    path("shift/", shifts.shift, name="shift"),
    path("shift/duty/", shifts.shift_duty, name="shift-duty"),
    path("shift/duty/<uuid:pk>/off/", shifts.shift_off, name="shift-off"),
    path("shift/notes/", shifts.shift_note, name="shift-note"),
    path("shift/notes/<uuid:pk>/read/", shifts.shift_read, name="shift-read"),
]
