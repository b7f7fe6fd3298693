from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from django.utils.translation.reloader import translation_file_changed


class WebConfig(AppConfig):
    name = "nanxi.web"
    label = "web"
    verbose_name = "web"

    def ready(self) -> None:
        from nanxi.foundation.rights import Right
        from nanxi.web import catalogue, menu

        for built in catalogue.refresh():
            # Words were asked for while the apps loaded; without this the first process after a change would speak English.
            translation_file_changed(sender=None, file_path=built)
        # The ground floor lies below the shell and cannot register by itself.
        menu.register(menu.Entry(_("Phones and posts"), "devices", Right.BIND_DEVICES, "phone", order=80, group=menu.HOUSE))
        menu.register(menu.Entry(_("Units"), "units", Right.KEEP_UNITS, "building", order=82, group=menu.HOUSE))
        menu.register(menu.Entry(_("Officers"), "officers", Right.KEEP_UNITS, "badge", order=84, group=menu.HOUSE))
        menu.register(menu.Entry(_("Ledger"), "ledger", Right.SEE_AUDIT, "chain", order=90, group=menu.HOUSE))
