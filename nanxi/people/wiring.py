"""What the room declares when the house starts."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _


def ready() -> None:
    """Menu entries of the register. The intake adds its own below."""
    from nanxi.foundation.rights import Right
    from nanxi.people import list_jobs, relink, training  # noqa: F401 - declares the jobs of the room to the worker
    from nanxi.web import menu

    menu.register(menu.Entry(_("Register"), "people", Right.READ_PERSON, "people", order=20, group=menu.PEOPLE))
    menu.register(menu.Entry(_("Review pile"), "review", Right.REVIEW_IDENTITY, "pair", order=24, group=menu.PEOPLE))
    menu.register(menu.Entry(_("One person"), "people-new", Right.HAND_IN_LISTS, "plus", order=26, group=menu.PEOPLE))
    menu.register(menu.Entry(_("Lists"), "lists", Right.HAND_IN_LISTS, "list", order=22, group=menu.PEOPLE))
