"""Links between rooms: each room registers in `AppConfig.ready()` how the page of one of its kinds is addressed.

A task or alert keeps `kind + id` of what it is about; this room knows none of those pages.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.urls import NoReverseMatch, reverse

Address = Callable[[UUID], str]
_addresses: dict[str, Address] = {}


def register(kind: str, address: Address) -> None:
    """Declare the page of a kind: `register("orders.order", page("orders:order"))`. The same kind again replaces it."""
    _addresses[kind] = address


def page(url_name: str) -> Address:
    """The address of a page that takes the object's id."""
    return lambda object_id: reverse(url_name, args=[object_id])


def address_of(kind: str, object_id: UUID | None) -> str:
    """Where the page of an object is; empty when its room has none."""
    found = _addresses.get(kind)
    if found is None or object_id is None:
        return ""
    try:
        return found(object_id)
    except NoReverseMatch:
        return ""
