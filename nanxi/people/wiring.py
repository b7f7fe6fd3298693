"""What the room declares when the house starts."""

from __future__ import annotations


def ready() -> None:
    """Menu entries of the register. The intake adds its own below."""
