from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FieldConfig(AppConfig):
    name = "nanxi.field"
    label = "field"
    verbose_name = "field"

    def ready(self) -> None:
        from nanxi.field import followers  # noqa: F401 - declares what follows the ledger
        from nanxi.foundation.rights import Right
        from nanxi.web import menu

        menu.register(menu.Entry(_("My tasks today"), "field:home", Right.DO_TASKS, "phone", order=60, group=menu.FIELD))
        menu.register(menu.Entry(_("Checkpoint"), "field:post", Right.RECORD_PASSAGES, "gate", order=62, group=menu.FIELD))
