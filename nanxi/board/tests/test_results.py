"""The results of a rehearsal for its score: opaque, recorded, and nowhere to be found in a real county."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.urls import reverse

from nanxi.board.tests.folk import OUBEI, Folk
from nanxi.desk import services as desk
from nanxi.foundation import acts, charter, scope
from nanxi.foundation.identifiers import uuid7
from nanxi.foundation.models import County, LedgerEntry
from nanxi.foundation.reach import EVERYWHERE
from nanxi.people.tests.county import chen
from nanxi.people.tests.lists import LIN, a_list

ADDRESS = "rehearsal-results"


@pytest.fixture
def rehearsal(folk: Folk, settings: Any) -> Folk:
    settings.NANXI_REHEARSAL = True
    with acts.set_up():
        County.objects.update(rehearsal=True)
    charter.forget()
    return folk


def read(folk: Folk, who: Any, **more: Any) -> Any:
    return folk.client(who).get(reverse(ADDRESS), **more)


def test_a_real_county_has_no_such_page_and_a_rehearsal_only_on_its_own_machine(folk: Folk, settings: Any) -> None:
    assert read(folk, folk.ou).status_code == 404
    settings.NANXI_REHEARSAL = True
    assert read(folk, folk.ou).status_code == 404


def test_another_machine_is_told_nothing(rehearsal: Folk) -> None:
    assert read(rehearsal, rehearsal.ou, REMOTE_ADDR="192.0.2.7").status_code == 404


def test_only_who_oversees_may_read_them(rehearsal: Folk) -> None:
    assert read(rehearsal, rehearsal.han).status_code == 403
    assert read(rehearsal, rehearsal.ou).status_code == 200


def test_departures_are_told_by_handle_and_silent_phones_are_not(rehearsal: Folk) -> None:
    person = uuid7()
    with scope.enter(EVERYWHERE):
        for kind, whose in (("orders.exit", person), ("orders.silent", uuid7())):
            desk.raise_alert(
                rehearsal.act(rehearsal.han), key=kind, kind=kind, severity="high", area=OUBEI, title="x", person_id=whose,
                subject=("orders.order", uuid7()), facts={},
            )  # fmt: skip
    content = read(rehearsal, rehearsal.ou).json()
    assert [row["person"] for row in content["alerts"]] == [str(person)]
    assert content["contacts"] == content["watched"] == []


def test_rows_of_a_list_carry_a_handle_and_no_word_of_the_list(rehearsal: Folk) -> None:
    from nanxi.people import list_jobs, matching
    from nanxi.people import services as people
    from nanxi.people.models import ListBatch, SourceRecord

    known = chen()
    content = a_list([known.name, known.id_no, known.phone, ""], LIN)
    act = rehearsal.act(rehearsal.tao)
    with scope.enter(act.actor.reach, user_id=act.actor.user_id):
        batch = people.stage_and_commit(act, area=OUBEI, file_name="0001-list.xlsx", content=content, sender="Oubei")
    _work(list_jobs, ListBatch, batch.id, act)
    with scope.enter(EVERYWHERE):
        matching.match_records(list(SourceRecord.everything.values_list("id", flat=True)))
    answer = read(rehearsal, rehearsal.ou)
    rows = answer.json()["rows"]
    assert [(row["file"], row["row"]) for row in rows] == [("0001-list.xlsx", 3), ("0001-list.xlsx", 4)]
    assert all(UUID(row["person"]) and row["rule"] and not row["by_officer"] and not row["review"] for row in rows)
    assert len({row["sheet"] for row in rows}) == 1
    assert not any(word in answer.content.decode() for word in (known.name, known.id_no, known.phone, "LIN[0]"))


def _work(list_jobs: Any, batches: Any, batch_id: UUID, act: Any) -> None:
    """Let the list's jobs run, one after the other."""
    from nanxi.foundation.jobs import Run

    jobs = {"people.stage_batch": list_jobs.stage_batch, "people.commit_batch": list_jobs.commit_batch}
    last = None
    while True:
        with scope.enter(EVERYWHERE):
            row = batches.everything.select_related("job").get(pk=batch_id).job
        if row is None or row.id == last:
            return
        last = row.id
        jobs[row.name].work(Run(row, act.actor), batch=str(batch_id))


def test_a_row_that_was_refused_is_told_without_a_person(rehearsal: Folk) -> None:
    from nanxi.people import list_jobs
    from nanxi.people import services as people
    from nanxi.people.models import ListBatch

    act = rehearsal.act(rehearsal.tao)
    with scope.enter(act.actor.reach, user_id=act.actor.user_id):
        content = a_list(["", "", "", ""], [LIN[0], 3.30324199001e17, LIN[2], ""])
        batch = people.stage_and_commit(act, area=OUBEI, file_name="0002-list.xlsx", content=content, sender="Oubei")
    _work(list_jobs, ListBatch, batch.id, act)
    rows = read(rehearsal, rehearsal.ou).json()["rows"]
    assert {(row["person"], row["rule"], row["outcome"]) for row in rows} == {("", "", "rejected")}


def test_the_reading_is_in_the_ledger_with_counts_only(rehearsal: Folk) -> None:
    read(rehearsal, rehearsal.ou)
    with scope.enter(EVERYWHERE):
        entry = LedgerEntry.objects.get(kind="board.results.read")
    assert entry.facts == {"files": 0, "rows": 0, "contacts": 0, "alerts": 0, "watched": 0}
