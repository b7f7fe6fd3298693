from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CasesConfig(AppConfig):
    name = "nanxi.cases"
    label = "cases"
    verbose_name = _("Cases")

    def ready(self) -> None:
        from nanxi.cases import followers, jobs  # noqa: F401 - declares what follows the ledger, and the tracing job
        from nanxi.cases.queries import may_open
        from nanxi.foundation import grants

        grants.register("cases.case", may_open)
