"""What wipes a phone at signing out is on every page a worker can sign out from, once, and on nobody else's."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from nanxi.field.tests.folk import Folk
from nanxi.field.tests.test_visits import phone

pytestmark = pytest.mark.skipif(
    not {"nanxi.people", "nanxi.desk", "nanxi.cases", "nanxi.orders"} <= set(settings.ROOMS),
    reason="this run loads only some rooms",
)


def companions(page: bytes) -> tuple[int, int]:
    return page.count(b'id="field-words"'), page.count(b"field/phone/online")


def test_every_page_of_a_worker_has_the_companion_once(folk: Folk) -> None:
    client = phone(folk)
    found = {}
    for address in menu_of(client):
        answer = client.get(address, follow=True)
        assert answer.status_code == 200, address
        found[address] = companions(answer.content)
    assert len(found) >= 4
    assert set(found.values()) == {(1, 1)}, found


def menu_of(client: Client) -> list[str]:
    from nanxi.foundation.rights import Role
    from nanxi.web import menu

    return [line.address for group in menu.groups_for(Role.GRID_WORKER, "/") for line in group.lines]


def test_the_shell_is_the_same_for_everybody(folk: Folk, client: Any) -> None:
    mine, nobodys = (one.get("/field/phone/").content for one in (phone(folk), client))
    assert companions(mine) == companions(nobodys) == (1, 0)


def test_a_desk_keeps_nothing(folk: Folk) -> None:
    answer = phone(folk, "xia").get("/field/late/")
    assert answer.status_code == 200
    assert companions(answer.content) == (0, 0)
