"""What expected arrivals declare when the house starts: their rules with stop conditions, their page, their line in the menu."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from nanxi.desk import generators, links
from nanxi.desk.generators import Generator
from nanxi.field.arrivals import clock, followers  # noqa: F401 - declare the clock and what follows the ledger
from nanxi.foundation.rights import Right
from nanxi.web import menu

RULES = (
    Generator(
        "field.arrival_overdue",
        _("Somebody expected has not come by the end of the day: their town calls."),
        _("ends when they are seen, are called off or are expected on another day, or after a week"),
    ),
    Generator(
        "field.arrival_early",
        _("Somebody came on an earlier day than expected: their town looks whether all is prepared."),
        _("ends a week after the expected day"),
    ),
    Generator(
        "field.arrival_unannounced",
        _("A post saw somebody come from outside whom nobody expected: the town visits them."),
        _("ends after a week"),
    ),
)


def register() -> None:
    for rule in RULES:
        generators.register(rule)
    links.register("field.arrival", lambda _id: reverse("field:arrivals"))
    menu.register(menu.Entry(_("Expected arrivals"), "field:arrivals", Right.DO_TASKS, "bus", order=61, group=menu.FIELD))
