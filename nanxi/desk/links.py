"""Links between rooms: each room registers in `AppConfig.ready()` how the page of one of its kinds is addressed and called.

A task or alert keeps `kind + id` of what it is about; this room knows none of those pages.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.urls import NoReverseMatch, reverse

Address = Callable[[UUID], str]


@dataclass(frozen=True)
class Spoken:
    """What officers call an object by phone. name_of: "" outside the scope. find: None unless exactly one answers."""

    name_of: Callable[[UUID], str]
    find: Callable[[str], UUID | None]


_addresses: dict[str, Address] = {}
_spoken: dict[str, Spoken] = {}


def register(kind: str, address: Address, spoken: Spoken | None = None) -> None:
    """Declare the page of a kind: `register("orders.order", page("orders:order"))`. The same kind again replaces it."""
    _addresses[kind] = address
    if spoken is not None:
        _spoken[kind] = spoken


def name_of(kind: str, object_id: UUID | None) -> str:
    """What officers call an object in the current scope; empty when it has no name or lies outside."""
    return _spoken[kind].name_of(object_id) if object_id and kind in _spoken else ""


def find(kind: str, name: str) -> UUID | None:
    """The object in the current scope that officers call so."""
    return _spoken[kind].find(name) if kind in _spoken else None


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
