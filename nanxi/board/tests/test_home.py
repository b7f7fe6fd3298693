"""The desk home: own scope, own rights, live tiles, few queries, and a beginning for every role."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from nanxi.board import rules, tiles
from nanxi.board.tests.folk import NANXI, OUBEI, Folk
from nanxi.desk import services as desk
from nanxi.foundation import accounts, acts, scope, units
from nanxi.foundation.act import Act, house
from nanxi.foundation.models import JobRun
from nanxi.foundation.reach import EVERYWHERE
from nanxi.foundation.rights import Right, Role

HOUSE = Path(tiles.__file__).resolve().parent.parent
#: Session, officer, areas of the unit, scope (6); tiles: alerts 3, tasks 3, directives 2, contests 2, duty 3, jobs 1,
#: today 1, towns 3.
HOME_QUERIES = 25


def page(folk: Folk, user: Any) -> str:
    return folk.client(user).get(reverse("home")).content.decode()


BEGINS = [
    (Role.HQ_DESK, "home"), (Role.HQ_LEADER, "home"), (Role.TOWN_DUTY, "home"), (Role.EPIDEMIOLOGIST, "home"),
    (Role.CONFIRMER, "home"), (Role.LIAISON, "home"), (Role.GRID_WORKER, "field:home"), (Role.CHECKPOINT, "field:post"),
    (Role.SITE_MANAGER, "field:home"), (Role.OVERSIGHT, "ledger"), (Role.OPERATOR, "units"), (Role.ENTERPRISE, ""),
    (Role.COUNTER_CLERK, ""), (Role.VENUE, "check-in"),
]  # fmt: skip


@pytest.mark.parametrize(("role", "name"), BEGINS)
def test_where_a_role_begins(role: Role, name: str) -> None:
    assert rules.begins_at(role) == name


def test_every_role_begins_somewhere() -> None:
    assert {role for role, _name in BEGINS} == set(Role)


@pytest.mark.parametrize(("who", "place"), [("wei", "/field/"), ("ou", "/ledger/")])
def test_roles_without_a_desk_are_led_to_their_work(folk: Folk, who: str, place: str) -> None:
    answer = folk.client(getattr(folk, who)).get(reverse("home"))
    assert answer.status_code == 302
    assert answer.url == place


def test_a_town_sees_its_own_and_nothing_of_the_other(folk: Folk) -> None:
    folk.alert(OUBEI, "Left home in Oubei")
    folk.alert(NANXI, "Left home in Nanxi")
    folk.task(NANXI, "Verify in Nanxi")
    text = page(folk, folk.tao)
    assert "Left home in Oubei" in text
    assert "in Nanxi" not in text
    assert "Left home in Nanxi" in page(folk, folk.han)


def test_the_unacknowledged_alert_stands_first(folk: Folk) -> None:
    first, _second = folk.alert(title="Answered"), folk.alert(title="Waiting")
    with scope.enter(EVERYWHERE):
        desk.acknowledge_alert(folk.act(folk.tao), first)
    text = page(folk, folk.tao)
    assert text.index("Waiting") < text.index("Answered")
    assert "1 not acknowledged" in text


def test_every_empty_tile_says_what_to_do(folk: Folk) -> None:
    text = page(folk, folk.han)
    for sentence in (
        "No open alert", "No open task", "No directive waits", "No contest waits", "Nobody stands on the roster now",
        "Nothing is running",
    ):  # fmt: skip
        assert sentence in text


def test_directives_duty_and_jobs_are_shown(folk: Folk) -> None:
    folk.directive("YJ-12")
    with scope.enter(EVERYWHERE), acts.set_up():
        JobRun(area_code=OUBEI, name="x", title="Import of list 7", asked_at=folk.clock.now(), state="running").save()
    now = folk.clock.now()
    with scope.enter(EVERYWHERE):
        desk.set_duty(
            folk.act(folk.han), user=folk.han, part="duty", starts=now - timedelta(hours=1), ends=now + timedelta(hours=7)
        )
    text = page(folk, folk.han)
    assert "YJ-12" in text
    assert "Import of list 7" in text
    assert "Han (you)" in text


def test_a_tile_is_asked_for_alone_and_says_the_same(folk: Folk) -> None:
    folk.alert()
    client = folk.client(folk.tao)
    whole = page(folk, folk.tao)
    for tile in tiles.TILES:
        if not any(right in folk.tao.role.rights for right in tile.rights):
            continue
        part = client.get(reverse("home-part", args=[tile.name]), headers={"HX-Request": "true"}).content.decode()
        assert f'id="tile-{tile.name}"' in part
        assert "<html" not in part
        assert f'hx-get="{reverse("home-part", args=[tile.name])}"' in whole


def test_a_tile_of_a_right_one_lacks_is_not_there(folk: Folk) -> None:
    client = folk.client(folk.bao)
    assert client.get(reverse("home-part", args=["alerts"])).status_code == 404
    assert client.get(reverse("home-part", args=["nothing"])).status_code == 404
    assert client.get(reverse("home-part", args=["tasks"])).status_code == 200
    assert 'id="tile-alerts"' not in page(folk, folk.bao)


def test_tiles_listen_for_entries_that_somebody_writes() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in HOUSE.rglob("*.py") if "board" not in path.parts)
    written = set(re.findall(r'f?"([a-z]+\.[a-z_]+(?:\.[a-z_{}]+)?)"', code))
    for tile in tiles.TILES:
        for event in tile.events:
            assert any(kind == event or kind.startswith(f"{event}.") for kind in written), f"{tile.name}: {event}"


def test_few_queries_however_much_there_is(folk: Folk, django_assert_max_num_queries: Any) -> None:
    for number in range(12):
        folk.alert()
        folk.task()
        folk.directive(str(number))
    client = folk.client(folk.han)
    client.get(reverse("home"))
    with django_assert_max_num_queries(HOME_QUERIES):
        client.get(reverse("home"))


def test_the_map_shows_exact_figures_on_duty_and_holds_small_ones_back_otherwise(folk: Folk) -> None:
    for _ in range(3):
        folk.alert(OUBEI)
    assert 'aria-label="Oubei: 3 open alerts"' in page(folk, folk.han)
    told = page(folk, folk.bao)
    assert "Oubei: * open alerts" in told
    assert "Nanxi: * open alerts" in told
    assert "3 open alerts" not in told
    assert "held back" in told


def test_a_town_outside_ones_scope_is_drawn_without_figure_or_link(folk: Folk) -> None:
    folk.alert(NANXI)
    text = page(folk, folk.tao)
    assert "Nanxi: – open alerts" in text
    assert 'aria-label="Nanxi' not in text


def test_the_map_can_be_walked_by_keyboard(folk: Folk) -> None:
    text = page(folk, folk.han)
    assert re.search(r'<a href="[^"]+" aria-label="Oubei: 0 open alerts">', text)
    assert re.search(r'<th scope="row">Oubei</th>', text)


def test_exact_figures_follow_the_duty() -> None:
    assert rules.sees_exactly(Role.TOWN_DUTY, rules.ANSWERS_ALERTS)
    assert not rules.sees_exactly(Role.CONFIRMER, rules.ANSWERS_ALERTS)
    assert not rules.sees_exactly(Role.EPIDEMIOLOGIST, rules.ANSWERS_ALERTS)
    assert rules.sees_exactly(Role.EPIDEMIOLOGIST, rules.ANSWERS_ORDERS)
    assert not rules.sees_exactly(None, frozenset(Right))


def test_the_days_small_figures_of_one_town_are_for_those_on_duty(folk: Folk) -> None:
    with scope.enter(EVERYWHERE):
        act = Act(actor=house("setup"))
        hospital = units.found_unit(act, name="Oubei hospital", kind="hospital", areas=[OUBEI])
        chen = accounts.open_account(act, username="chen", display_name="Chen", unit=hospital, role=Role.CONFIRMER)
    folk.alert(OUBEI)
    raised = "<dt>Alerts raised</dt><dd>{}</dd>"
    assert raised.format("1") in page(folk, folk.tao)
    assert raised.format("1") in page(folk, folk.bao)
    assert raised.format("*") in page(folk, chen)


def test_no_link_of_the_home_leads_where_its_reader_may_not_go(folk: Folk) -> None:
    with scope.enter(EVERYWHERE):
        act = Act(actor=house("setup"))
        station = units.found_unit(act, name="Oubei station", kind="police", areas=[OUBEI])
        lin = accounts.open_account(act, username="lin", display_name="Lin", unit=station, role=Role.LIAISON)
    folk.alert(OUBEI)
    for officer in (folk.han, folk.tao, folk.bao, lin):
        client = folk.client(officer)
        for link in sorted(set(re.findall(r'href="(/[^"#]*)"', page(folk, officer)))):
            assert "/static/" in link or client.get(link.replace("&amp;", "&")).status_code != 403, f"{officer.username}: {link}"
