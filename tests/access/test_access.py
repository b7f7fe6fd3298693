"""Every address × every role × own and foreign area, against the hand-written tables.

Positive controls stand beside it: an address without a line and a view without a declared right are both found.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from nanxi.foundation.gate import Declared
from nanxi.foundation.models import User
from nanxi.foundation.rights import Role
from tests.access.objects import World, make_world
from tests.access.table import Line, lines

TABLE = lines()
#: Addresses of the sign-in library carry their own rules and show nothing of ours.
LIBRARY = ("account_", "mfa_")


def patterns(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            space = f"{entry.namespace}:" if entry.namespace else ""
            yield from patterns(entry, prefix + space)
        else:
            yield f"{prefix}{entry.name or ''}", entry


def ours() -> dict[str, URLPattern]:
    return {name: entry for name, entry in patterns(get_resolver()) if not Declared(entry.callback).library}


def test_every_address_is_listed() -> None:
    unlisted = sorted(name for name in ours() if name not in TABLE)
    assert not unlisted, f"Add a line to tests/spec/access for: {', '.join(unlisted)}"


def test_every_line_is_an_address() -> None:
    assert not sorted(set(TABLE) - set(ours()))


def test_every_view_declares_its_right() -> None:
    assert not [name for name, entry in ours().items() if not Declared(entry.callback).known]


def test_an_undeclared_view_is_refused_by_the_gate(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def planted(request: HttpRequest) -> HttpResponse:
        return HttpResponse("open")

    entry = ours()["units"]
    monkeypatch.setattr(entry, "callback", planted)
    assert world.client(Role.OPERATOR).get(reverse("units")).status_code == 403


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: object) -> Iterator[World]:
    """Two towns with an officer of every role in the first, laid out once for the whole module and rolled back."""
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():  # type: ignore[attr-defined]
        yield make_world()
        transaction.set_rollback(True)


def answer(client: Client, address: str) -> int:
    return client.get(address).status_code


@pytest.mark.parametrize("name", sorted(TABLE))
def test_who_may_open(world: World, name: str, django_db_blocker: object) -> None:
    line: Line = TABLE[name]
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        own = world.address(name, foreign=False)
        assert answer(Client(), own) == (line.own if line.is_open else 302)
        for role in Role:
            expected = line.answer_for(role) if line.is_open or role in line.roles else 403
            assert answer(world.client(role), own) == expected, f"{role.code} at {name}"
        if line.foreign is None or line.is_open:
            return
        foreign = world.address(name, foreign=True)
        for role in line.roles:
            # The county's own desks answer for both towns: nothing is foreign to them.
            wanted = line.answer_for(role) if world.county_wide(role) else line.foreign
            assert answer(world.client(role), foreign) == wanted, f"{role.code} at a foreign {name}"


def test_a_closed_account_is_out_at_once(db: None) -> None:
    world = make_world()
    client = world.client(Role.TOWN_DUTY)
    User.objects.filter(role_code="town_duty").update(is_active=False)
    assert client.get(reverse("devices")).status_code == 302
