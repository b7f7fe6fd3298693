"""The doors on a contact's row and on the pages of cases and tracings: rooms above add buttons, this room knows none of them."""

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


@dataclass(frozen=True)
class PageAction:
    """One button on the page of an open case ("cases.case") or a finished tracing ("cases.run")."""

    kind: str
    label: Any
    address: Callable[[UUID], str]
    right: Right


_page_actions: dict[str, PageAction] = {}


def register_page_action(name: str, action: PageAction) -> None:
    """Add a button to a page; call it in `AppConfig.ready()`. The same name again replaces it."""
    _page_actions[name] = action


def page_buttons(kind: str, object_id: UUID, rights: Iterable[Right]) -> list[Button]:
    held = set(rights)
    fit = [action for action in _page_actions.values() if action.kind == kind and action.right in held]
    return [Button(action.label, action.address(object_id)) for action in fit]


def buttons_for(contact_id: UUID, rights: Iterable[Right]) -> list[Button]:
    held = set(rights)
    return [Button(action.label, action.address(contact_id)) for action in _actions.values() if action.right in held]
