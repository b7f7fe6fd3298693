"""What the room declares when the house starts: jobs and menu entries, of the register and of the intake."""

from __future__ import annotations


def ready() -> None:
    pass
