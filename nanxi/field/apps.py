from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FieldConfig(AppConfig):
    name = "nanxi.field"
    label = "field"
    verbose_name = "field"

    def ready(self) -> None:
        from nanxi.desk import knowing, links, turns
        from nanxi.field import followers, wiring  # followers declares what follows the ledger
        from nanxi.field.arrivals import wiring as arrivals
        from nanxi.field.knowing import last_passages
        from nanxi.field.mobilisation.queries import turns_of_officers
        from nanxi.field.sweep import planning, queries  # noqa: F401 - planning declares a job
        from nanxi.foundation import grants
        from nanxi.foundation.rights import Right
        from nanxi.web import menu

        arrivals.register()
        turns.register("field.turn", turns_of_officers)
        knowing.register("field.passage", _("a passage at a post"), last_passages)
        menu.register(menu.Entry(_("My tasks today"), "field:home", Right.DO_TASKS, "phone", order=60, group=menu.FIELD))
        menu.register(menu.Entry(_("Checkpoint"), "field:post", Right.RECORD_PASSAGES, "gate", order=62, group=menu.FIELD))
        menu.register(menu.Entry(_("Household sweep"), "field:sweeps", Right.ASSIGN_TASKS, "home", order=64, group=menu.FIELD))
        menu.register(menu.Entry(_("My households"), "field:doors", Right.DO_TASKS, "people", order=61, group=menu.FIELD))
        menu.register(menu.Entry(_("Entrances"), "field:control", Right.DO_TASKS, "gate", order=65, group=menu.FIELD))
        menu.register_companion(menu.Companion("field/phone_companion.html", Right.DO_TASKS))
        grants.register("field.household", queries.household_opens)
        links.register("field.household", links.page("field:door"))
        menu.register(
            menu.Entry(_("Late from phones"), "field:handed-ins", Right.ASSIGN_TASKS, "phone", order=61, group=menu.FIELD)
        )
        assert followers
        wiring.register()
        menu.register(menu.Entry(_("Mobilisation"), "field:mobilisation", Right.KEEP_ROSTER, "shift", order=66, group=menu.FIELD))
        menu.register(menu.Entry(_("My shifts"), "field:duty-own", Right.DO_TASKS, "shift", order=67, group=menu.FIELD))
