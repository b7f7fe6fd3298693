"""Addresses in other rooms by name; empty when this program runs without that room."""

from __future__ import annotations

from django.urls import NoReverseMatch, reverse

from nanxi.foundation.rights import Right, Role
from nanxi.web import menu


def address(name: str, *values: object) -> str:
    try:
        return reverse(name, args=values)
    except NoReverseMatch:
        return ""


def offered(name: str, role: Role | None) -> str:
    """The same for a page of the menu, empty when this role's menu does not offer it."""
    return address(name) if role and any(entry.url_name == name and entry.shown_to(role) for entry in menu.entries()) else ""


def page_of(right: Right) -> str:
    """The page that the menu offers for a right."""
    return next((place for entry in menu.entries() if entry.right is right and (place := entry.address())), "")


def first_page(role: Role) -> str:
    """The first line of a role's menu."""
    return next((place for entry in menu.entries() if entry.right in role.rights and (place := entry.address())), "")
