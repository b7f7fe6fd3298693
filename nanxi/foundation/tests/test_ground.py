"""The ground floor's promises, each with the test that goes red when it is taken out."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest
from django.apps import apps
from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from nanxi.foundation import accounts, acts, areas, grants, ledger, scope, units, vault
from nanxi.foundation.act import Act, Refused, SilentWrite, house, service
from nanxi.foundation.areas import AreaRecord
from nanxi.foundation.clock import SetClock
from nanxi.foundation.kept import KeptModel, ScopedModel
from nanxi.foundation.models import AccessGrant, Area, JobRun, LedgerEntry, Unit, User
from nanxi.foundation.models.grants import Purpose
from nanxi.foundation.reach import EVERYWHERE, NOWHERE, Reach
from nanxi.foundation.relay import Relay
from nanxi.foundation.rights import Right, Role

NOON = datetime(2020, 2, 3, 4, 0, tzinfo=UTC)
COUNTY, EAST, WEST = "330324000000", "330324101000", "330324102000"


def act(name: str = "setup") -> Act:
    return Act(actor=house(name), clock=SetClock(NOON))


@pytest.fixture
def county(db: None) -> dict[str, Unit]:
    """Two towns and their duty desks."""
    with scope.enter(EVERYWHERE, at=NOON):
        areas.found_areas(
            act(), [AreaRecord(COUNTY, "County"), AreaRecord(EAST, "East"), AreaRecord(WEST, "West")], origin="test"
        )
        return {code: units.found_unit(act(), name=f"Desk {code}", kind="town", areas=[code]) for code in (COUNTY, EAST, WEST)}


def officer(unit: Unit, name: str = "alice", role: Role = Role.TOWN_DUTY) -> User:
    return accounts.open_account(act(), username=name, display_name=name.title(), unit=unit, role=role)


def job_row(area: str) -> JobRun:
    with acts.set_up():
        row = JobRun(area_code=area, name="x", title="x", asked_at=NOON)
        row.save()
    return row


def test_without_scope_no_rows(county: dict[str, Unit]) -> None:
    with scope.enter(EVERYWHERE):
        job_row(EAST)
    assert JobRun.objects.count() == 0
    assert JobRun.everything.count() == 0, "row-level security must hide what the query layer forgot"


@pytest.mark.parametrize(("codes", "seen"), [([COUNTY], 2), ([EAST], 1), ([EAST, WEST], 2), ([], 0)])
def test_scope_shows_its_area_in_both_layers(county: dict[str, Unit], codes: list[str], seen: int) -> None:
    with scope.enter(EVERYWHERE):
        job_row(EAST)
        job_row(WEST)
    with scope.enter(Reach.over(codes)):
        assert JobRun.objects.count() == seen
        assert JobRun.everything.count() == seen


def scoped_models() -> list[type[ScopedModel]]:
    return [model for model in apps.get_models() if issubclass(model, ScopedModel)]


@pytest.mark.parametrize("model", scoped_models(), ids=lambda model: model._meta.label)
def test_the_query_layer_alone_keeps_each_room_s_rows_inside_the_scope(county: dict[str, Unit], model: type[ScopedModel]) -> None:
    """Row security must not be the only one that remembers: the statement itself names the range, or is not sent at all."""
    with scope.enter(Reach.over([EAST])):
        statement, values = model.objects.all().query.sql_with_params()
    assert [value for value in values if value in ("330324101", "330324102")] == ["330324101", "330324102"]
    assert '"area_code" >= %s' in statement
    with scope.enter(NOWHERE), pytest.raises(EmptyResultSet):
        model.objects.all().query.sql_with_params()


def test_a_row_for_a_foreign_area_is_refused_by_the_database(county: dict[str, Unit]) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"), scope.enter(Reach.over([EAST])):
        job_row(WEST)


def test_nothing_of_a_scope_survives(county: dict[str, Unit]) -> None:
    with scope.enter(EVERYWHERE):
        job_row(EAST)
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('nanxi.lo', true), count(*) FROM foundation_jobrun")
        assert cursor.fetchone() == ("", 0)
    assert scope.current() is NOWHERE


def test_a_write_outside_a_service_is_refused(db: None) -> None:
    with pytest.raises(acts.WriteOutsideService):
        Unit(name="x", kind="town").save()
    with pytest.raises(acts.WriteOutsideService):
        Unit.objects.update(name="y")


def test_a_silent_service_is_rolled_back(county: dict[str, Unit]) -> None:
    @service
    def quiet(act: Act) -> Unit:
        unit = Unit(name="Quiet", kind="town")
        unit.save()
        return unit

    with pytest.raises(SilentWrite):
        quiet(act())
    assert not Unit.objects.filter(name="Quiet").exists()


def test_a_repeated_key_changes_nothing(county: dict[str, Unit]) -> None:
    first = units.found_unit(Act(actor=house("t"), clock=SetClock(NOON), key="k1"), name="Once", kind="post", areas=[EAST])
    again = units.found_unit(Act(actor=house("t"), clock=SetClock(NOON), key="k1"), name="Once", kind="post", areas=[EAST])
    assert first == again
    assert Unit.objects.filter(name="Once").count() == 1


def test_a_repeated_offer_shows_the_same_code_until_the_phone_used_it(county: dict[str, Unit]) -> None:
    """A double click or a reload must show the QR again, not an error and not a second device."""
    alice = officer(county[EAST])
    offers = [Act(actor=accounts.actor_of(alice), clock=SetClock(NOON), key="k1") for _ in range(2)]
    with scope.enter(offers[0].actor.reach, user_id=alice.id, at=NOON):
        first, again = (accounts.offer_device(one, user=alice, label="phone") for one in offers)
        assert first == again
        code = accounts.enrol_code(first)
        assert code == accounts.enrol_code(again)
        bound, _token = accounts.bind_device(act(), code=code, pin="4711")
        with pytest.raises(Refused, match=r"used already|已使用"):
            accounts.enrol_code(bound)


def test_web_cannot_change_or_delete_the_ledger(county: dict[str, Unit]) -> None:
    for statement in ("UPDATE foundation_ledgerentry SET kind='x'", "DELETE FROM foundation_ledgerentry"):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_ledger_facts_hold_no_free_text(county: dict[str, Unit]) -> None:
    with pytest.raises(ledger.NotAFact):
        act().log("x.y.z", note="a" * 201)


@pytest.fixture
def allow() -> None:
    grants.register("test.case", lambda actor, object_id, person_id, now: grants.Opening(True, area_code=EAST))
    grants.register("test.closed", lambda actor, object_id, person_id, now: grants.Opening(False, "The case is closed."))


def test_a_read_is_granted_budgeted_and_audited(county: dict[str, Unit], allow: None) -> None:
    alice = officer(county[EAST])
    person = uuid4()
    mine = Act(actor=accounts.actor_of(alice), clock=SetClock(NOON))
    with scope.enter(mine.actor.reach, user_id=alice.id, at=NOON):
        grant = grants.open_person(mine, person, via=("test.case", uuid4()), purpose=Purpose.ALERT)
        entry = LedgerEntry.objects.get(kind="people.person.read", person_id=person)
    assert entry.grant_id == grant.id and entry.purpose == "alert" and entry.actor == f"user:{alice.id}"
    with pytest.raises(Refused, match=r"closed|关闭"):
        grants.open_person(mine, person, via=("test.closed", uuid4()), purpose=Purpose.ALERT)
    with pytest.raises(Refused, match=r"no person|不能打开"):
        grants.open_person(mine, person, via=("test.unknown", uuid4()), purpose=Purpose.ALERT)


def test_the_sixty_first_person_of_a_day_is_refused(county: dict[str, Unit], allow: None) -> None:
    alice = officer(county[EAST])
    mine = Act(actor=accounts.actor_of(alice), clock=SetClock(NOON))
    with acts.set_up():
        AccessGrant.objects.bulk_create(
            AccessGrant(
                user_id=alice.id, person_id=uuid4(), via_kind="t", via_id=uuid4(), purpose="alert", given_at=NOON, expires_at=NOON
            )
            for _ in range(grants.DAILY_BUDGET)
        )
    with pytest.raises(Refused, match="60"):
        grants.open_person(mine, uuid4(), via=("test.case", uuid4()), purpose=Purpose.ALERT)


def test_sealed_values_open_only_where_they_belong(db: None) -> None:
    one, two = uuid4(), uuid4()
    with acts.set_up():
        vault.make_keys([one, two])
    sealed = vault.seal("people_record", "name", one, "陈伟民")
    assert "陈伟民".encode() not in sealed and vault.unseal("people_record", "name", one, sealed) == "陈伟民"
    for table, column, record in (("other", "name", one), ("people_record", "phone", one), ("people_record", "name", two)):
        with pytest.raises(vault.Sealed):
            vault.unseal(table, column, record, sealed)


def test_destroying_the_key_is_the_purge(db: None) -> None:
    one = uuid4()
    with acts.set_up():
        vault.make_keys([one])
        sealed = vault.seal("t", "c", one, "x")
        assert vault.destroy_keys([one]) == 1
    with pytest.raises(vault.Sealed, match="destroyed"):
        vault.unseal("t", "c", one, sealed)


def test_every_role_names_its_rights_in_a_sentence() -> None:
    assert all(right.sentence.endswith(".") and len(right.sentence) > 15 for right in Right)
    assert Right.ENTER_RESULTS not in Role.OPERATOR.rights and Right.READ_PERSON not in Role.OPERATOR.rights
    assert {right for role in Role for right in role.rights} == set(Right), "a right nobody holds is dead"


def numbered(dsn: str, count: int) -> list[dict]:
    """Write entries, let the relay number them, and read them back as the verifier does."""
    with scope.enter(EVERYWHERE):
        for number in range(count):
            act().log("test.entry.made", area=EAST, number=number)
    with psycopg.connect(dsn, autocommit=True) as system:
        head = Relay._head(system)
        while moved := Relay.number(system, *head):
            head = moved
    with scope.enter(EVERYWHERE):
        return sorted(ledger.rows_in_order(), key=lambda row: row["seq"] or 10**9)


@pytest.mark.parametrize("damage", ["none", "changed", "removed", "swapped", "truncated", "added"])
def test_verify_finds_every_kind_of_damage(fresh_db: object, damage: str) -> None:
    from django.conf import settings

    from nanxi.foundation.postgres.roles import connection_string

    rows = numbered(connection_string("nanxi_system", settings.HOME), 5)
    witness = {rows[-1]["seq"]: bytes(rows[-1]["link"])}
    if damage == "changed":
        rows[2]["facts"] = {"number": 99}
    elif damage == "removed":
        del rows[2]
    elif damage == "swapped":
        rows[1]["mac"], rows[2]["mac"] = rows[2]["mac"], rows[1]["mac"]
    elif damage == "truncated":
        rows = rows[:-1]
    elif damage == "added":
        rows.append({**rows[-1], "seq": rows[-1]["seq"] + 1})
    found = list(ledger.verify(rows, witness, NOON))
    assert bool(found) == (damage != "none"), found


def test_an_unnumbered_row_is_reported_after_ten_seconds() -> None:
    row = dict.fromkeys(ledger.COLUMNS, "") | {"id": uuid4(), "at": NOON, "facts": {}, "seq": None, "link": None}
    row["mac"] = ledger.mac_of(row)
    assert not list(ledger.verify([row], {}, NOON + timedelta(seconds=5)))
    assert "relay" in next(ledger.verify([row], {}, NOON + timedelta(seconds=11))).sentence


def test_areas_need_their_parents(db: None) -> None:
    from nanxi.cli import InputError

    with pytest.raises(InputError, match="330324101000: its parent 330324000000"):
        areas.found_areas(act(), [AreaRecord(EAST, "East")], origin="t")


def test_nearest_unit_serves(county: dict[str, Unit]) -> None:
    found = units.serving("330324101003", "town")
    assert found is not None and found.name == f"Desk {EAST}"
    county_wide = units.serving("330324103000", "town")
    assert county_wide is not None and county_wide.name == f"Desk {COUNTY}"


def test_a_charter_longer_than_half_a_year_is_refused(county: dict[str, Unit]) -> None:
    from nanxi.foundation import charter

    with pytest.raises(Refused, match="180"):
        charter.found_county(
            act(), name="C", area=Area.objects.get(code=COUNTY), rehearsal=True, until=date(2021, 2, 3), legal_basis="x"
        )


def test_kept_models_sort_by_time_of_making() -> None:
    from nanxi.foundation.identifiers import uuid7

    made = [uuid7() for _ in range(500)]
    assert [m.version for m in made[:3]] == [7, 7, 7]
    assert sorted(m.int >> 64 for m in made) == [m.int >> 64 for m in made]
    assert issubclass(Unit, KeptModel)
