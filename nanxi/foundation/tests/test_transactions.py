"""The house's own BEGIN, scope and COMMIT: what is set dies with its transaction, and every error arrives as Django's."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction

from nanxi.foundation import ledger, scope, statements
from nanxi.foundation.act import Act, house
from nanxi.foundation.identifiers import uuid7
from nanxi.foundation.models import LedgerEntry
from nanxi.foundation.reach import EVERYWHERE, Reach

TOWN = Reach.over(["330324101000"])


def setting(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting(%s, true), '')", [f"nanxi.{name}"])
        return cursor.fetchone()[0]


def test_a_scope_dies_with_its_transaction(fresh_db: str) -> None:
    user = uuid7()
    with scope.enter(TOWN, user_id=user):
        assert (setting("lo"), setting("hi"), setting("user")) == ("330324101", "330324102", str(user))
    with transaction.atomic():
        assert (setting("lo"), setting("hi"), setting("user")) == ("", "", "")


def test_a_scope_that_could_not_begin_is_not_left_for_the_next(fresh_db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise OperationalError("away")

    with monkeypatch.context() as patch:
        patch.setattr(connection, "ensure_connection", away)
        with pytest.raises(OperationalError), scope.enter(EVERYWHERE):
            pass
    with transaction.atomic():
        assert setting("lo") == ""


def test_a_scope_inside_a_savepoint_ends_with_it(fresh_db: str) -> None:
    with transaction.atomic():
        with scope.enter(TOWN):
            assert setting("lo") == "330324101"
        assert setting("lo") == ""
        with pytest.raises(KeyError), scope.enter(TOWN):
            raise KeyError
        assert setting("lo") == ""


def note() -> None:
    Act(actor=house("test")).log("test.act.made")


def stumble() -> None:
    """A statement that fails and whose error somebody swallowed."""
    with connection.cursor() as cursor, contextlib.suppress(DatabaseError):
        cursor.execute("SELECT 1/0")


def lose_the_connection() -> None:
    with connection.cursor() as cursor, contextlib.suppress(DatabaseError):
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")


def give_up() -> None:
    raise KeyError


def in_one_transaction(*steps: Callable[[], None]) -> None:
    with scope.enter(EVERYWHERE):
        for step in steps:
            step()


def noted() -> int:
    with scope.enter(EVERYWHERE):
        return LedgerEntry.objects.filter(kind="test.act.made").count()


def test_an_act_that_fails_leaves_nothing(fresh_db: str) -> None:
    with pytest.raises(KeyError):
        in_one_transaction(note, give_up)
    assert noted() == 0


def test_a_broken_statement_is_djangos_error_and_the_transaction_goes_back(fresh_db: str) -> None:
    entry = ledger.entry_of(Act(actor=house("test")), "test.act.made")

    def add() -> None:
        statements.run(*ledger.statement_for([entry]))

    with pytest.raises(IntegrityError):
        in_one_transaction(add, add)
    assert noted() == 0
    in_one_transaction(add)
    assert noted() == 1


def test_a_connection_that_dies_is_an_operational_error_and_the_next_transaction_works(fresh_db: str) -> None:
    with pytest.raises(OperationalError):
        in_one_transaction(lose_the_connection, note)
    connection.close()
    in_one_transaction(note)
    assert noted() == 1


def test_what_follows_a_swallowed_error_is_refused(fresh_db: str) -> None:
    with pytest.raises(DatabaseError):
        in_one_transaction(note, stumble, note)
    assert noted() == 0


def test_a_swallowed_error_never_passes_for_a_commit(fresh_db: str) -> None:
    with pytest.raises(DatabaseError, match="nothing of it was kept"):
        in_one_transaction(note, stumble)
    assert noted() == 0


def test_long_reads_in_a_transaction_stay_in_it(fresh_db: str) -> None:
    with scope.enter(EVERYWHERE):
        Act(actor=house("test")).log_many("test.act.made", [{"number": n} for n in range(1200)])
        numbers = [row.facts["number"] for row in LedgerEntry.objects.order_by("id").iterator(chunk_size=100)]
    assert sorted(numbers) == list(range(1200))


@pytest.mark.parametrize("value", ["'; DROP TABLE x; --", "a\\b", "浙"])
def test_a_setting_with_a_strange_character_is_refused(db: None, value: str) -> None:
    with pytest.raises(ValueError, match="character"):
        statements.set_local([("lo", value)])
