from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CasesConfig(AppConfig):
    name = "nanxi.cases"
    label = "cases"
    verbose_name = _("Cases")

    def ready(self) -> None:
        from nanxi.cases import followers, jobs, timers  # noqa: F401 - declares what follows the ledger and the clock, and the jobs
        from nanxi.cases.knowing import last_check_ins
        from nanxi.cases.queries import case_called, may_open, reference_of
        from nanxi.cases.services.following import RULE
        from nanxi.desk import generators, knowing, links
        from nanxi.foundation import grants
        from nanxi.foundation.rights import Right
        from nanxi.web import menu

        grants.register("cases.case", may_open)
        links.register("cases.case", links.page("case"), links.Spoken(reference_of, case_called))
        links.register("cases.contact", links.page("contact"))
        makes = _("Every day of the fourteen after the last exposure: somebody looks at each accepted contact.")
        stops = _("ends with the day, when the person has reported, when the contact falls, or when he is a case himself")
        generators.register(generators.Generator(RULE, makes, stops))
        knowing.register("cases.sighting", _("a check-in"), last_check_ins)
        sees = (Right.CONFIRM_CASE, Right.INTERVIEW_CASE, Right.APPROVE_WIDE_TRACE)
        menu.register(menu.Entry(_("Cases"), "cases", Right.ISSUE_ORDERS, "case", order=30, group=menu.CASES, also=sees))
        menu.register(
            menu.Entry(_("Report a suspected case"), "case-report", Right.REPORT_SUSPECT, "plus", order=32, group=menu.CASES)
        )
        menu.register(
            menu.Entry(
                _("Follow-up of contacts"), "contact-schedule", Right.TRACE_CONTACTS, "check", order=31, group=menu.CASES,
                also=(Right.ISSUE_ORDERS,),
            )
        )
        menu.register(
            menu.Entry(
                _("Editions of the definition"), "editions", Right.TRACE_CONTACTS, "list", order=37, group=menu.CASES,
                also=(Right.APPROVE_WIDE_TRACE,),
            )
        )
        menu.register(
            menu.Entry(_("Registers and passenger lists"), "stay-list", Right.TRACE_CONTACTS, "list", order=36, group=menu.CASES)
        )
        menu.register(menu.Entry(_("Laboratory results"), "lab-results", Right.ENTER_RESULTS, "lab", order=34, group=menu.CASES))
