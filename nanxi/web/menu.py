"""The menu and the corner of the top bar: rooms register entries in `AppConfig.ready()`; officers see those of their rights."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any

from django.contrib.staticfiles import finders
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from nanxi.foundation.rights import Right, Role

#: Headings of the menu, in this order.
DESK, PEOPLE, CASES, FIELD, HOUSE = _("Desk"), _("People"), _("Cases and orders"), _("In the field"), _("House")
GROUPS = (DESK, PEOPLE, CASES, FIELD, HOUSE)
#: Named npm files that a set-up copies; pages stay usable without them.
VENDOR = {"tabler": "vendor/tabler.min.css", "htmx": "vendor/htmx.min.js"}
#: The same for pages that draw charts; a phone keeps none of it for when it is offline.
CHARTS = {"echarts": "vendor/echarts.min.js"}


@dataclass(frozen=True)
class Entry:
    """One line of the menu. `icon` is a name in nanxi.web.icons; `right` (or one of `also`) decides who sees it."""

    label: Any
    url_name: str
    right: Right
    icon: str = "dot"
    order: int = 50
    group: Any = DESK
    also: tuple[Right, ...] = ()

    def shown_to(self, role: Role) -> bool:
        return not role.rights.isdisjoint((self.right, *self.also))

    def address(self) -> str | None:
        try:
            return reverse(self.url_name)
        except NoReverseMatch:
            return None


@dataclass(frozen=True)
class Corner:
    """A small live fragment in the top bar, fetched from `url_name` and again on each of `events` (prefixes of ledger kinds)."""

    url_name: str
    right: Right
    events: tuple[str, ...]
    order: int = 50

    def address(self) -> str | None:
        try:
            return reverse(self.url_name)
        except NoReverseMatch:
            return None

    @property
    def trigger(self) -> str:
        return ", ".join(["load", "nx:again from:body", *(f"nx:{name} from:body" for name in self.events)])


@dataclass(frozen=True)
class Companion:
    """A template at the end of every page of those who work by a bound phone and have the right: what their phone has to know
    wherever they are, such as that signing out wipes it."""

    template: str
    right: Right


@dataclass(frozen=True)
class Line:
    label: Any
    address: str
    icon: str
    here: bool


@dataclass
class Group:
    label: Any
    lines: list[Line] = field(default_factory=list)


_entries: dict[str, Entry] = {}
_corners: dict[str, Corner] = {}
_companions: dict[str, Companion] = {}


def register(entry: Entry) -> None:
    """Add an entry; the same url name again replaces it."""
    _entries[entry.url_name] = entry


def register_corner(corner: Corner) -> None:
    """Add a live fragment to the top bar."""
    _corners[corner.url_name] = corner


def register_companion(companion: Companion) -> None:
    """Add a template to every page of a phone."""
    _companions[companion.template] = companion


def companions_for(role: Role | None) -> list[str]:
    if role is None or not role.works_by_device:
        return []
    return [one.template for one in _companions.values() if one.right in role.rights]


def entries() -> list[Entry]:
    return sorted(_entries.values(), key=lambda entry: entry.order)


def groups_for(role: Role | None, path: str) -> list[Group]:
    """The menu of one role; the entry whose address is the longest beginning of `path` is marked."""
    if role is None:
        return []
    seen = [(entry, address) for entry in entries() if entry.shown_to(role) and (address := entry.address())]
    here = _here((address for _, address in seen), path)
    groups = [Group(label) for label in GROUPS]
    for entry, address in seen:
        group = next(g for g in groups if g.label is entry.group)
        group.lines.append(Line(entry.label, address, entry.icon, address == here))
    return [group for group in groups if group.lines]


def _here(addresses: Iterable[str], path: str) -> str | None:
    fits = [a for a in addresses if path == a or (a != "/" and path.startswith(a))]
    return max(fits, key=len, default=None)


def corners_for(role: Role | None) -> list[Corner]:
    ordered = sorted(_corners.values(), key=lambda corner: corner.order)
    return [corner for corner in ordered if role is not None and corner.right in role.rights and corner.address()]


@lru_cache(maxsize=1)
def vendor() -> dict[str, str]:
    """Which of the named npm files are there: name → static path."""
    return {name: path for name, path in (VENDOR | CHARTS).items() if finders.find(path)}


def context(request: HttpRequest) -> dict[str, Any]:
    """What the shell's templates ask for; the menu is built only when a template shows it."""
    user = getattr(request, "user", None)
    role = user.role if user is not None and user.is_authenticated else None
    return {
        "menu": partial(groups_for, role, request.path),
        "corners": partial(corners_for, role),
        "companions": partial(companions_for, role),
        "vendor": vendor(),
        "vendor_missing": [path for path in (VENDOR | CHARTS).values() if path not in vendor().values()],
        "theme": "dark" if request.COOKIES.get("nanxi_theme") == "dark" else "light",
        "large_type": request.COOKIES.get("nanxi_type") == "large",
        # htmx asks for a part of a page; errors then come as that part, not as a page inside a page.
        "frame": "web/bare.html" if request.headers.get("HX-Request") else "web/base.html" if role else "web/plain.html",
    }
