from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BoardConfig(AppConfig):
    name = "nanxi.board"
    label = "board"
    verbose_name = "board"

    def ready(self) -> None:
        from nanxi.foundation.rights import Right
        from nanxi.web import menu

        menu.register(menu.Entry(_("Desk home"), "home", Right.SEE_DESK, "home", order=1))
        menu.register(menu.Entry(_("Daily brief"), "brief", Right.SEE_BRIEF, "brief", order=45))
