"""Days of positions: made ahead, dropped when no order and no hold needs them, their keys destroyed in every process."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.db.utils import ProgrammingError

from nanxi.foundation import acts, scope
from nanxi.foundation.act import Refused
from nanxi.foundation.clock import county_day
from nanxi.foundation.identifiers import uuid7
from nanxi.foundation.models import LedgerEntry
from nanxi.foundation.postgres.roles import INGEST, SYSTEM, connection_settings, connection_string
from nanxi.foundation.reach import EVERYWHERE
from nanxi.foundation.rights import Role
from nanxi.orders import daykeys, days, housekeeping, opened, services
from nanxi.orders.models import DeadLetter, FenceEvent, IsolationOrder, Position, PositionHold, PositionKey
from nanxi.orders.sealing import Unreadable, day_of, ordinal
from nanxi.orders.tests.folk import NOW, TOWN, officer


@pytest.fixture
def system(as_worker: None) -> Iterator[None]:
    """The house's own role, which alone may make and drop days."""
    found = connection_settings(SYSTEM)
    usual = {name: connection.settings_dict[name] for name in ("USER", "PASSWORD")}
    connection.close()
    connection.settings_dict.update({name: found[name] for name in usual})
    yield
    connection.close()
    connection.settings_dict.update(usual)


def order(until: Any, *, synthetic: bool = False) -> IsolationOrder:
    row = IsolationOrder(
        area_code=TOWN, number=f"K-{uuid.uuid4().hex[:12]}", record_id=uuid7(), kind="home", reason="walk", legal_basis="none",
        rule_version="1", page_digest=uuid.uuid4().bytes, made_at=NOW, open_until=until, synthetic=synthetic,
    )  # fmt: skip
    row.save()
    return row


def position(of: IsolationOrder, at: Any, rx: Any = None) -> Position:
    ms = int(at.timestamp() * 1000)
    digest = uuid.uuid4().bytes
    sealed = daykeys.sender_for(ms, rx or at).seal(of.pk, ms, digest, {"lon": 1.0, "lat": 2.0, "acc": 5, "src": "phone"})
    row = Position(order_id=of.pk, tst=ms, digest=digest, area_code=TOWN, rx=rx or at, source="phone", sealed=sealed)
    Position.objects.bulk_create([row])
    return row


def county() -> Any:
    return scope.enter(EVERYWHERE)


def begin(clock: Any) -> None:
    with county(), acts.set_up():
        daykeys.ensure(clock.now())
        days.open_ahead(clock.now())


def stored(day: date) -> int:
    low = days_low(day)
    with county():
        return Position.objects.filter(tst__gte=low, tst__lt=low + 86_400_000).count()


def days_low(day: date) -> int:
    return ((day - date(1970, 1, 1)).days * 86_400 - 8 * 3600) * 1000


def test_a_day_is_the_countys_day() -> None:
    late, early = NOW.replace(hour=15, minute=59), NOW.replace(hour=16, minute=0)
    assert date.fromordinal(ordinal(int(late.timestamp() * 1000))) == county_day(late)
    assert date.fromordinal(ordinal(int(early.timestamp() * 1000))) == county_day(early) == county_day(late) + timedelta(days=1)


def test_days_are_made_ahead_and_take_what_came_before_them(system: None, clock: Any) -> None:
    with county(), acts.set_up():
        daykeys.ensure(clock.now())
        position(order(NOW + timedelta(days=3)), NOW)
    begin(clock)
    today = county_day(NOW)
    with county():
        assert days.kept_days() == [today + timedelta(days=ahead) for ahead in range(days.AHEAD + 1)]
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*), max(tableoid::regclass::text) FROM orders_position")
            assert cursor.fetchone() == (1, f"orders_position_{today:%Y%m%d}")
        assert days.open_ahead(NOW) == 0


def test_a_day_is_dropped_with_its_key_when_its_last_order_ended_and_its_time_is_over(system: None, clock: Any) -> None:
    begin(clock)
    today = county_day(NOW)
    with county(), acts.set_up():
        short, long = order(NOW + timedelta(hours=1)), order(NOW + timedelta(days=4))
        kept = position(short, NOW)
        position(long, NOW)
    assert day_of(bytes(kept.sealed)) == today
    clock.forward(days=4)
    assert today not in housekeeping.one_round(clock), "the longer order runs"
    clock.forward(hours=23)
    assert today not in housekeeping.one_round(clock), "the time after its end is not over"
    assert stored(today) == 2
    clock.forward(hours=2)
    assert today in housekeeping.one_round(clock)
    assert stored(today) == 0
    with county():
        assert not PositionKey.objects.filter(day=today).exists()
        assert LedgerEntry.objects.filter(kind="orders.day.dropped", facts__day=today.isoformat()).count() == 1
        with pytest.raises(Unreadable):
            daykeys.private_of(today)


def test_another_process_forgets_a_destroyed_day_within_a_minute(system: None, clock: Any, monkeypatch: Any) -> None:
    begin(clock)
    today = county_day(NOW)
    with county(), acts.set_up():
        row = position(order(NOW + timedelta(days=1)), NOW)
        told = (0, row.order_id, row.tst, bytes(row.digest), row.rx, bytes(row.sealed))
        assert len(opened.pings([told])) == 1
        # As another process does it: this one is told nothing.
        PositionKey.objects.filter(day=today).delete()
        assert len(opened.pings([told])) == 1
        assert daykeys.private_of(today)
        monkeypatch.setattr(daykeys, "_asked_at", daykeys._asked_at - daykeys.ASK_AGAIN_S - 1)
        assert daykeys.look_again()
        assert len(opened.pings([told])) == 0
        with pytest.raises(Unreadable):
            daykeys.private_of(today)


def test_a_hold_of_two_stops_the_drop_and_ends_by_itself(system: None, clock: Any) -> None:
    begin(clock)
    today = county_day(NOW)
    with county(), acts.set_up():
        position(order(NOW + timedelta(hours=1)), NOW)
    asks, opens = officer(Role.HQ_DESK, clock), officer(Role.HQ_LEADER, clock)
    with county():
        hold = services.ask_hold(asks, first=today, last=today, reason="contest", days=10)
        with pytest.raises(Refused, match="another officer"):
            services.open_hold(asks, hold.pk)
        services.open_hold(opens, hold.pk)
    clock.forward(days=5)
    assert today not in housekeeping.one_round(clock)
    with county():
        assert {one.day: one.why for one in days.days(clock.now())}[today] == "held"
        assert not days.drop(today, clock.now()), "PostgreSQL asks itself"
        assert PositionKey.objects.filter(day=today).exists()
    clock.forward(days=6)
    assert today in housekeeping.one_round(clock)


def test_a_hold_that_nobody_else_opened_or_that_was_lifted_holds_nothing(system: None, clock: Any) -> None:
    begin(clock)
    today = county_day(NOW)
    with county(), acts.set_up():
        position(order(NOW + timedelta(hours=1)), NOW)
    asks, opens = officer(Role.HQ_DESK, clock), officer(Role.HQ_LEADER, clock)
    with county():
        services.ask_hold(asks, first=today, last=today, reason="court", days=10)
        lifted = services.ask_hold(asks, first=today, last=today, reason="court", days=10)
        services.open_hold(opens, lifted.pk)
        services.lift_hold(opens, lifted.pk)
    clock.forward(days=5)
    assert today in housekeeping.one_round(clock)


@pytest.mark.parametrize(
    ("first", "last", "reason", "length"), [(1, 0, "court", 5), (0, 1, "court", 5), (0, 0, "because", 5), (0, 0, "court", 91)]
)
def test_holds_that_are_refused(system: None, clock: Any, first: int, last: int, reason: str, length: int) -> None:
    today = county_day(clock.now())
    days_of = {"first": today + timedelta(days=first), "last": today + timedelta(days=last)}
    with county(), pytest.raises(Refused):
        services.ask_hold(officer(Role.HQ_DESK, clock), **days_of, reason=reason, days=length)


def test_the_time_after_the_end_is_set_within_bounds(system: None, clock: Any) -> None:
    begin(clock)
    today = county_day(NOW)
    act = officer(Role.HQ_LEADER, clock)
    with county():
        assert days.after_end() == 1
        with pytest.raises(Refused):
            services.set_keeping(act, days=22)
        services.set_keeping(act, days=6)
        assert days.after_end() == 6
    with county(), acts.set_up():
        position(order(NOW + timedelta(hours=1)), NOW)
    clock.forward(days=5)
    assert today not in housekeeping.one_round(clock)
    clock.forward(days=2)
    assert today in housekeeping.one_round(clock)


def test_no_role_reads_or_drops_a_day_past_the_door(system: None, clock: Any) -> None:
    begin(clock)
    part = f"orders_position_{county_day(NOW):%Y%m%d}"
    for question in (f"SELECT * FROM {part}", f"DROP TABLE {part}"):
        with pytest.raises(ProgrammingError), county(), connection.cursor() as cursor:
            cursor.execute(question)
    with psycopg.connect(connection_string(INGEST)) as line:
        for question in (f"SELECT * FROM {part}", f"SELECT orders_drop_day('{county_day(NOW)}', now())", f"DELETE FROM {part}"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), line.transaction():
                line.execute(question)


def test_the_worker_neither_makes_nor_drops_days(as_worker: None, clock: Any) -> None:
    for question in ("SELECT orders_drop_day(%s, %s)", "SELECT orders_open_day(%s), %s"):
        with pytest.raises(ProgrammingError), county(), connection.cursor() as cursor:
            cursor.execute(question, [county_day(NOW), NOW])


def test_a_clock_far_ahead_has_no_day_of_its_own_and_ends_with_its_order(system: None, clock: Any) -> None:
    begin(clock)
    with county(), acts.set_up():
        row = position(order(NOW + timedelta(hours=1)), NOW + timedelta(days=400), NOW)
    assert day_of(bytes(row.sealed)) == county_day(NOW), "sealed for the day it came"
    clock.forward(hours=20)
    housekeeping.one_round(clock)
    with county():
        assert Position.objects.count() == 1
    clock.forward(days=2)
    housekeeping.one_round(clock)
    with county():
        assert Position.objects.count() == 0
        assert not PositionKey.objects.filter(day=county_day(NOW)).exists()


def test_messages_set_aside_end_and_keep_their_days_key_until_then(system: None, clock: Any) -> None:
    begin(clock)
    with county(), acts.set_up():
        sealed = daykeys.sender_for(int(NOW.timestamp() * 1000), NOW).seal(uuid7(), 0, b"", {"body": "x"})
        DeadLetter(area_code=TOWN, order_id=uuid7(), rx=NOW, reason="not_json", sealed=sealed).save()
    clock.forward(days=20)
    housekeeping.one_round(clock)
    with county():
        assert DeadLetter.objects.count() == 1
        assert PositionKey.objects.filter(day=county_day(NOW)).exists()
    clock.forward(days=2)
    housekeeping.one_round(clock)
    with county():
        told = LedgerEntry.objects.filter(kind="orders.leftovers.ended").order_by("-at").first()
        assert told and told.facts["letters"] == 1
        assert DeadLetter.objects.count() == 0
        assert not PositionKey.objects.filter(day=county_day(NOW)).exists()


def test_what_walks_were_told_ends_and_what_persons_were_told_stays(system: None, clock: Any) -> None:
    begin(clock)
    with county(), acts.set_up():
        for synthetic in (True, False):
            told = {"event": "SUSPECT", "reason": "x", "severity": "low", "at": NOW, "said_at": NOW, "policy_version": "1"}
            figures = {"distance_m": 1, "acc_m": 1, "fixes": 1, "dwell_s": 1, "episode": 1}
            of = order(NOW + timedelta(hours=1), synthetic=synthetic)
            FenceEvent(area_code=TOWN, order=of, key="SUSPECT:1", **told, **figures).save()
    clock.forward(days=3)
    housekeeping.one_round(clock)
    with county():
        assert list(FenceEvent.everything.values_list("order__synthetic", flat=True)) == [False]
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM orders_fenceevent")
            assert cursor.rowcount == 0, "the policy holds whatever is asked"


def test_a_hold_by_one_is_refused_by_the_database_too(system: None, clock: Any) -> None:
    today = county_day(NOW)
    hold = PositionHold(
        first_day=today, last_day=today, reason="court", until=NOW, asked_by="a", asked_at=NOW, opened_by="a", opened_at=NOW
    )
    with county(), acts.set_up(), pytest.raises(Exception, match="hold_by_two"):
        hold.save()
