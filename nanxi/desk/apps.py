from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeskConfig(AppConfig):
    name = "nanxi.desk"
    label = "desk"
    verbose_name = _("Desk")

    def ready(self) -> None:
        from nanxi.desk import followers, hooks, outbox, stops, wiring  # noqa: F401 - declares what follows the ledger and the clock

        wiring.register()
