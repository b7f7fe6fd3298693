"""A list from its handing in to its answer: preview, taking in, correcting, withdrawing."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from nanxi.foundation import acts, scope
from nanxi.foundation.act import Refused
from nanxi.foundation.grants import Purpose
from nanxi.foundation.jobs import Run, Stopped
from nanxi.foundation.models import JobRun
from nanxi.foundation.reach import EVERYWHERE
from nanxi.people import list_jobs, list_queries, matching, queries, services
from nanxi.people.intake.tests.workbooks import workbook
from nanxi.people.list_sealing import content_of_text, layout_of
from nanxi.people.models import ListBatch, SourceRecord, StagedRow
from nanxi.people.sealing import raw_of
from nanxi.people.services import staging
from nanxi.people.tests.county import COUNTY, NANXI, OUBEI, VILLAGE, County, chen
from nanxi.people.tests.lists import LIN, LOST, WANG, a_list, again, hand_in, rows_of, staged, taken_in, work

CHEN = ["陈伟明", chen().id_no, "13800000001", ""]


def records() -> int:
    with scope.enter(EVERYWHERE):
        return SourceRecord.everything.filter(withdrawn_at=None).count()


def stop_job(batch: ListBatch) -> None:
    job = again(batch).job_id
    with scope.enter(EVERYWHERE), acts.set_up():
        JobRun.everything.filter(pk=job).update(state="stopped")


def test_the_preview_says_what_each_row_would_become_and_keeps_nothing(county: County) -> None:
    county.take(chen())
    batch = staged(county, CHEN, LIN, ["王小小", chen().id_no, "", ""], LOST)
    assert batch.state == ListBatch.State.READY
    assert [row.outcome for row in rows_of(batch)] == ["linked", "new", "conflict", "rejected"]
    assert [row.number for row in rows_of(batch)] == [3, 4, 5, 6]
    assert batch.counts == {"linked": 1, "new": 1, "conflict": 1, "rejected": 1}
    assert records() == 1


def test_taking_in_links_traces_and_leaves_the_rejected_out(county: County) -> None:
    (known,) = county.take(chen())
    batch = taken_in(county, CHEN, LIN, LOST)
    assert batch.state == ListBatch.State.COMMITTED
    first, second, lost = rows_of(batch)
    assert first.record_id
    assert second.record_id
    assert lost.record_id is None
    assert county.person(first.record_id) == county.person(known)
    record = county.row(second.record_id)
    assert (record.area_code, record.source_kind, record.source_ref) == (VILLAGE, "people.batch", f"{batch.id}:0:4")
    assert content_of_text(raw_of(record)).cells[0] == "林小红"
    (entry,) = county.entries("people.batch.committed")
    assert (entry.subject_kind, entry.subject_id, entry.area_code) == ("people.batch", batch.id, OUBEI)
    assert entry.facts["linked"] == 1


def test_nothing_readable_lies_in_the_tables(county: County) -> None:
    batch = taken_in(county, LIN, LOST)
    with scope.enter(EVERYWHERE):
        held = ListBatch.everything.filter(pk=batch.pk).values().get()
        rows = list(StagedRow.everything.values()) + list(SourceRecord.everything.values())
    assert held["file"] is None
    for row in [held, *rows]:
        text = str({name: bytes(value) if isinstance(value, memoryview) else value for name, value in row.items()})
        assert LIN[0] not in text
        assert LIN[1] not in text
        assert "list.xlsx" not in text
    for entry in county.entries("people.batch.staged"):
        assert LIN[0] not in str(entry.facts)


def test_the_same_file_twice_changes_nothing_and_says_so(county: County) -> None:
    first = taken_in(county, LIN)
    second = hand_in(county, a_list(LIN))
    assert second.pk == first.pk
    assert records() == 1
    assert len(county.entries("people.batch.repeated")) == 1


def test_the_same_file_may_come_again_after_it_was_withdrawn(county: County) -> None:
    batch = taken_in(county, LIN)
    with county.as_officer("lin") as act:
        services.withdraw_batch(act, batch)
    work(county, batch)
    assert taken_in(county, LIN).pk != batch.pk
    assert records() == 1


def test_a_withdrawn_list_leaves_the_persons_it_joined(county: County) -> None:
    (known,) = county.take(chen())
    batch = taken_in(county, CHEN, WANG)
    mine = [row.record_id for row in rows_of(batch) if row.record_id]
    with county.as_officer("lin") as act:
        services.withdraw_batch(act, batch)
    batch = work(county, batch)
    assert batch.state == ListBatch.State.WITHDRAWN
    assert county.person(mine[0]) != county.person(known)
    assert [entry.facts["before"] for entry in county.entries("people.link.changed")] == [str(county.person(known))]
    with county.as_officer("lin"):
        assert queries.rows_of_batch(batch.id) == []
        assert [record.id for record in queries.persons()] == [known]
    (again_known,) = county.take(chen(name="陈炜明"))
    assert county.person(again_known) == county.person(known)
    with county.as_officer("lin") as act, pytest.raises(Refused, match="withdrawn already"):
        services.withdraw_batch(act, batch)


def test_a_corrected_file_replaces_the_list_and_equal_rows_keep_their_records(county: County) -> None:
    old = taken_in(county, LIN, WANG, LOST)
    before = [row.record_id for row in rows_of(old)]
    mended = ["赵六", chen().id_no, "13800000004", ""]
    with county.as_officer("lin") as act:
        new = services.correct_file(
            act, old, file_name="mended.xlsx", content=a_list(LIN, [*WANG[:2], "13900000009", ""], mended)
        )
    new = work(county, new)
    assert again(old).state == ListBatch.State.COMMITTED
    with county.as_officer("lin") as act:
        services.commit_batch(act, new)
    new = work(county, new)
    after = [row.record_id for row in rows_of(new)]
    assert after[0] == before[0]
    assert after[1] not in (None, before[1])
    assert after[2] is not None
    assert again(old).state == ListBatch.State.SUPERSEDED
    assert records() == 3
    with county.as_officer("lin") as act:
        assert services.open_batch(act, batch_id=new.id, via=("test", uuid4()), purpose=Purpose.VERIFICATION).rows[0].cells == LIN
        with pytest.raises(Refused, match="corrected file"):
            services.withdraw_batch(act, old)


def test_columns_corrected_once_are_remembered_for_the_sender(county: County) -> None:
    content = workbook([["人", "证号", "身份证号"], ["林小红", f"A{LIN[2]}", LIN[1]]])
    batch = work(county, hand_in(county, content, area=OUBEI))
    assert layout_of(batch).sheets[0].keys == ("name", "", "id_no")
    with county.as_officer("lin") as act, pytest.raises(Refused, match="cannot both be"):
        services.choose_columns(act, batch, sheet=0, keys=["name", "name", "id_no"])
    with county.as_officer("lin") as act:
        services.choose_columns(act, batch, sheet=0, keys=["name", "phone", "id_no"])
    batch = work(county, batch)
    assert layout_of(batch).sheets[0].keys == ("name", "phone", "id_no")
    other = work(
        county, hand_in(county, workbook([["人", "证号", "身份证号"], ["王芳", WANG[2], WANG[1]]]), who="he", area=NANXI), "he"
    )
    assert layout_of(other).sheets[0].keys == ("name", "phone", "id_no")


def test_a_list_without_preview_is_taken_in_at_once(county: County) -> None:
    with county.as_officer("lin") as act:
        batch = services.stage_and_commit(act, area=OUBEI, file_name="a.xlsx", content=a_list(LIN, WANG, LOST), sender="镇")
    batch = work(county, batch)
    assert (batch.state, batch.counts) == (ListBatch.State.COMMITTED, {"new": 2, "rejected": 1})


@pytest.mark.parametrize("killed_after", [0, 1, 2, 3])
def test_a_commit_that_was_killed_goes_on_where_it_was(
    county: County, monkeypatch: pytest.MonkeyPatch, killed_after: int
) -> None:
    monkeypatch.setattr(list_jobs, "CHUNK", 1)
    batch = staged(county, LIN, WANG, CHEN)
    with county.as_officer("lin") as act:
        batch = services.commit_batch(act, batch)
    real, calls = matching.match_records, []

    def dies(ids: Any) -> int:
        calls.append(ids)
        if len(calls) == killed_after + 1:
            raise KeyboardInterrupt
        return real(ids)

    monkeypatch.setattr(matching, "match_records", dies)
    with pytest.raises(KeyboardInterrupt):
        work(county, batch)
    batch = work(county, batch)
    assert batch.state == ListBatch.State.COMMITTED
    assert records() == 3
    with scope.enter(EVERYWHERE):
        assert not SourceRecord.everything.filter(matched_at=None).exists()


def test_a_stopped_commit_goes_on_when_asked_again(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_jobs, "CHUNK", 1)
    batch = staged(county, LIN, WANG)
    with county.as_officer("lin") as act:
        batch = services.commit_batch(act, batch)
    real, asked = Run.progress, []

    def stop(self: Run, *facts: Any) -> None:
        asked.append(facts)
        if len(asked) == 2:
            raise Stopped
        real(self, *facts)

    monkeypatch.setattr(Run, "progress", stop)
    with pytest.raises(Stopped):
        work(county, batch)
    assert records() == 1
    stop_job(batch)
    with county.as_officer("lin") as act:
        batch = services.commit_batch(act, batch)
    assert work(county, batch).state == ListBatch.State.COMMITTED
    assert records() == 2


def test_a_reading_that_was_stopped_begins_again_with_the_same_file(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = hand_in(county, a_list(LIN))

    def stops(*_facts: Any) -> None:
        raise Stopped

    monkeypatch.setattr(Run, "progress", stops)
    with pytest.raises(Stopped):
        work(county, batch)
    monkeypatch.undo()
    stop_job(batch)
    again_sent = hand_in(county, a_list(LIN))
    assert again_sent.pk == batch.pk
    assert work(county, batch).state == ListBatch.State.READY


def test_reading_twice_keeps_every_row_once(county: County) -> None:
    batch = hand_in(county, a_list(LIN, WANG))
    row = again(batch).job
    assert row is not None
    with scope.enter(EVERYWHERE):
        act = county.act("lin")
        staging.begin(act, batch.id)
        reading = list_jobs._read(staging.reading_task(batch.id), list_jobs._places(Run(row, county.actor("lin"))))
        staging.keep_rows(act, batch.id, [(0, reading.rows[0])], [])
    assert len(rows_of(work(county, batch))) == 2


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [("a.pdf", b"%PDF-1.4", "no list that can be read"), ("a.xlsx", b"", "empty"), ("a.xlsx", b"PK broken", "damaged")],
)
def test_a_bad_file_is_refused_and_nothing_is_kept(county: County, name: str, content: bytes, says: str) -> None:
    with pytest.raises(Refused, match=says):
        hand_in(county, content, name=name)
    with scope.enter(EVERYWHERE):
        assert not ListBatch.everything.exists()


def test_a_file_that_turns_out_unreadable_says_why_on_its_page(county: County) -> None:
    batch = hand_in(county, workbook([["会议通知"], ["请准时"]]))
    with pytest.raises(Exception, match="No heading row"):
        work(county, batch)
    batch = again(batch)
    assert (batch.state, batch.file, rows_of(batch)) == (ListBatch.State.REFUSED, None, [])
    assert "No heading row" in batch.refusal


def test_a_list_for_a_foreign_area_is_refused(county: County) -> None:
    with pytest.raises(Refused, match="outside your own area"):
        hand_in(county, a_list(LIN), area=NANXI)


def test_a_list_of_another_town_is_not_there(county: County) -> None:
    batch = taken_in(county, LIN)
    with county.as_officer("he") as act:
        assert queries.batch_by_id(batch.id) is None
        assert queries.rows_of_batch(batch.id) == []
        with pytest.raises(Refused, match="not in your area"):
            services.open_batch(act, batch_id=batch.id, via=("test", uuid4()), purpose=Purpose.VERIFICATION)


def test_the_doors_for_rooms_above(county: County) -> None:
    batch = taken_in(county, LIN, LOST, WANG, who="gao", area=COUNTY, source_ref="directive:7")
    with county.as_officer("gao") as act:
        found = queries.batch_of_ref("directive:7")
        assert found is not None
        assert found.pk == batch.pk
        rows = queries.rows_of_batch(batch.id)
        sheet = services.open_batch(act, batch_id=batch.id, via=("desk.directive", uuid4()), purpose=Purpose.VERIFICATION)
    assert [(row.area_code, row.person_id is not None) for row in rows] == [(VILLAGE, True), (COUNTY, True)]
    assert sheet.header == ["姓名", "身份证号", "联系电话", "现住址"]
    assert [row.cells for row in sheet.rows] == [LIN, [LOST[0], "9.903241990010112e+17", LOST[2], ""], WANG]
    assert [row.record_id for row in sheet.rows] == [rows[0].record_id, None, rows[1].record_id]
    (entry,) = county.entries("people.batch.read")
    assert entry.facts["count"] == 3


def test_a_row_without_a_place_leads_to_the_persons_home(county: County) -> None:
    """Taken in for the whole county, a row without an address is checked where the register knows the person to live."""
    taken_in(county, LIN)
    bare = [LIN[0], LIN[1], LIN[2], ""]
    batch = taken_in(county, bare, WANG, who="gao", area=COUNTY)
    with county.as_officer("gao"):
        known, unknown = queries.rows_of_batch(batch.id)
    assert (known.area_code, unknown.area_code) == (VILLAGE, COUNTY)


def test_a_row_with_a_place_of_its_own_stays_there(county: County) -> None:
    """Somebody is looked for where the sender says, although the register knows another home."""
    taken_in(county, LIN, who="lin")
    there = [LIN[0], LIN[1], LIN[2], "Nanxi"]
    batch = taken_in(county, there, who="gao", area=NANXI)
    with county.as_officer("gao"):
        (row,) = queries.rows_of_batch(batch.id)
    assert row.area_code == NANXI


def test_the_lists_own_day_decides_the_year(county: County) -> None:
    content = workbook([["填报日期：2019.12.31"], ["姓名", "身份证号", "返回日期"], ["林小红", LIN[1], "12月30日"]])
    batch = work(county, hand_in(county, content))
    assert batch.list_day == date(2019, 12, 31)
    with county.as_officer("lin"):
        (row,) = list_queries.staged_rows(batch, "new")
        assert content_of_text(staging.staged_text(row)).facts == {"date": "2019-12-30"}


def test_the_worker_knows_the_jobs_without_a_page_having_been_opened() -> None:
    """A worker process loads no page; what it is asked to do must be declared when the house starts."""
    import subprocess
    import sys

    asked = (
        "import django; django.setup()\n"
        "from procrastinate.contrib.django import app\n"
        "import sys; sys.exit(not {'people.stage_batch', 'people.commit_batch', 'people.withdraw_batch'} <= set(app.tasks))"
    )
    assert subprocess.run([sys.executable, "-c", asked], check=False, timeout=60).returncode == 0
