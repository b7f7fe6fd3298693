"""What this room declares to the desk: the rules by which it opens tasks, and the pages of its objects."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _


def register() -> None:
    from nanxi.desk import generators, links

    generators.register(
        generators.Generator(
            "field.late",
            _("A visit that came in from a phone too late to close its task: the town looks at it."),
            _("ends when the town has taken note of it, or after two weeks"),
        )
    )
    links.register("field.handed_in", links.page("field:handed-in"))
