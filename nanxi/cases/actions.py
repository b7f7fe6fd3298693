"""The door on a contact's row: rooms above add their buttons here, this room knows none of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from nanxi.foundation.rights import Right


@dataclass(frozen=True)
class ContactAction:
    """One button: its label, where it leads for a contact, who sees it. Shown on accepted contacts only."""

    label: Any
    address: Callable[[UUID], str]
    right: Right


@dataclass(frozen=True)
class Button:
    label: Any
    address: str


_actions: dict[str, ContactAction] = {}


def register_contact_action(name: str, action: ContactAction) -> None:
    """Add a button to accepted contacts; call it in `AppConfig.ready()`. The same name again replaces it."""
    _actions[name] = action


def buttons_for(contact_id: UUID, rights: Iterable[Right]) -> list[Button]:
    held = set(rights)
    return [Button(action.label, action.address(contact_id)) for action in _actions.values() if action.right in held]
