"""Rules that make tasks: each says what it makes and when its tasks end by themselves, and can be switched off by the county.

A task made by a rule carries the rule's code; one rule makes no second open task about the same thing. Documented so, because
systems whose tasks keep coming after their reason has gone lose their users (systems notes §2.19).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Generator:
    """code: `room.rule`; what it makes, and what ends such a task besides its result."""

    code: str
    makes: Any
    stops: Any


_registry: dict[str, Generator] = {}


def register(generator: Generator) -> None:
    """Declare a rule that makes tasks; the same code again replaces it."""
    _registry[generator.code] = generator


def all_generators() -> list[Generator]:
    return [_registry[code] for code in sorted(_registry)]


def known(code: str) -> bool:
    return code in _registry


register(
    Generator(
        "desk.conflict",
        _("Two records with one ID number and different names: somebody looks at the pair."),
        _("ends when the pair is decided in the review pile"),
    )
)
register(
    Generator(
        "desk.withdrawn",
        _("A unit that had begun on a directive is told when the sender takes it back."),
        _("ends when it is taken note of, or after a day"),
    )
)
register(
    Generator(
        "desk.contradicted",
        _("A unit whose online claim did not stand is told so."),
        _("ends when it is taken note of, or after two weeks"),
    )
)
