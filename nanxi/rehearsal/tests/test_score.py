"""The score on a small hand-made truth; each planted fault moves its figure and no other."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from nanxi.cli import main
from nanxi.rehearsal.generate import Plan, rehearse
from nanxi.rehearsal.noise import read_noise
from nanxi.rehearsal.score import Departure, Results, Share, Truth, parse_results, read_truth, score

T = datetime(2020, 1, 20, 12, tzinfo=timezone(timedelta(hours=8)))


def minutes(n: float) -> datetime:
    return T + timedelta(minutes=n)


TRUTH = Truth(
    register={("r", 2): "alice", ("r", 3): "bob", ("r", 4): "chen", ("r", 5): "dong"},
    lists={
        ("l1", 4): "alice",
        ("l1", 5): "bob",
        ("l1", 6): "no person",
        ("l2", 2): "chen",
        ("l2", 3): "stranger",
        ("l2", 4): "eve",
    },
    encounters=frozenset({("alice", "bob"), ("alice", "chen"), ("dong", "bob")}),
    infections=frozenset({("alice", "bob")}),
    departures=(
        Departure("bob", minutes(0), minutes(2), minutes(40)),
        Departure("chen", minutes(100), minutes(102), minutes(150)),
    ),
)
GOOD = Results(
    rows={
        ("r", 2): "A", ("r", 3): "B", ("r", 4): "C", ("r", 5): "D",
        ("l1", 4): "A", ("l1", 5): "B", ("l2", 2): "C", ("l2", 3): "X", ("l2", 4): "E",
    },
    contacts=frozenset({("A", "B"), ("A", "C")}),
    alerts=(("B", minutes(4)), ("C", minutes(105))),
    watched=(("B", minutes(-600), minutes(840)), ("C", minutes(-600), minutes(840))),
)  # fmt: skip


def test_a_perfect_desk_scores_one_everywhere() -> None:
    found = score(TRUTH, GOOD)
    assert [found.people.precision.rate, found.people.recall.rate] == [1.0, 1.0]
    assert [found.contact_recall.rate, found.infection_recall.rate, found.contact_precision.rate] == [1.0, 1.0, 1.0]
    assert found.departures_alerted.rate == 1.0
    assert found.delays_s == (120.0, 180.0)
    assert found.false_alerts == 0
    assert found.person_days == pytest.approx(2.0)


def test_a_planted_wrong_match_lowers_precision_and_recall_of_its_list_only() -> None:
    found = score(TRUTH, replace(GOOD, rows={**GOOD.rows, ("l1", 5): "A"}))
    first, second = found.lists
    assert (first.precision.rate, first.recall.rate) == (0.5, 0.5)
    assert (second.precision.rate, second.recall.rate) == (1.0, 1.0)


def test_a_stranger_tied_to_a_resident_lowers_precision() -> None:
    found = score(TRUTH, replace(GOOD, rows={**GOOD.rows, ("l2", 3): "D"}))
    assert found.people.strangers_linked == 1
    assert found.people.precision.part == found.people.precision.whole - 1
    assert found.people.recall.rate == 1.0


def test_a_second_handle_for_a_known_person_is_missed_not_wrong() -> None:
    found = score(TRUTH, replace(GOOD, rows={**GOOD.rows, ("l1", 5): "B2"}))
    assert found.people.precision.rate == 1.0
    assert found.lists[0].recall.rate == 0.5


def test_a_list_the_desk_was_never_given_is_not_asked_for_but_one_it_lost_is() -> None:
    rows = {key: handle for key, handle in GOOD.rows.items() if key[0] != "l2"}
    assert [one.file for one in score(TRUTH, replace(GOOD, rows=rows, files=frozenset({"l1", "r"}))).lists] == ["l1"]
    lost = score(TRUTH, replace(GOOD, rows=rows, files=frozenset({"l1", "l2", "r"})))
    assert (lost.lists[1].recall.part, lost.lists[1].recall.whole) == (0, 1)


def test_an_undecided_row_is_missed_not_wrong() -> None:
    found = score(TRUTH, replace(GOOD, rows={**GOOD.rows, ("l2", 2): ""}))
    assert found.people.precision.rate == 1.0
    assert found.lists[1].recall.part == found.lists[1].recall.whole - 1


def test_a_contact_left_out_and_a_contact_too_many() -> None:
    fewer = score(TRUTH, replace(GOOD, contacts=frozenset({("A", "C")})))
    assert (fewer.contact_recall.rate, fewer.infection_recall.rate, fewer.contact_precision.rate) == (0.5, 0.0, 1.0)
    more = score(TRUTH, replace(GOOD, contacts=GOOD.contacts | {("A", "D")}))
    assert more.contact_recall.rate == 1.0
    assert more.contact_precision.rate == pytest.approx(2 / 3)


def test_a_case_the_desk_never_traced_does_not_count_against_it() -> None:
    assert score(TRUTH, GOOD).contact_recall.whole == 2


def test_a_silent_departure_and_a_false_alert() -> None:
    found = score(TRUTH, replace(GOOD, alerts=(("B", minutes(4)), ("C", minutes(50)), ("D", minutes(4)))))
    assert (found.departures_alerted.part, found.departures_alerted.whole) == (1, 2)
    assert found.false_alerts == 2
    assert found.false_per_person_day == pytest.approx(1.0)


def test_a_departure_of_somebody_not_watched_is_not_asked_for() -> None:
    found = score(TRUTH, replace(GOOD, watched=GOOD.watched[:1]))
    assert found.departures_alerted.whole == 1


def test_a_departure_the_desk_had_no_time_for_is_not_asked_for_but_an_old_one_is() -> None:
    early = replace(GOOD, alerts=GOOD.alerts[:1], at=minutes(105))
    assert score(TRUTH, early).departures_alerted == Share(1, 1)
    late = replace(GOOD, alerts=GOOD.alerts[:1], at=minutes(120))
    assert score(TRUTH, late).departures_alerted == Share(1, 2)


def test_the_order_of_rows_and_alerts_does_not_matter() -> None:
    turned = Results(dict(reversed(GOOD.rows.items())), GOOD.contacts, GOOD.alerts[::-1], GOOD.watched[::-1])
    assert score(TRUTH, turned) == score(TRUTH, GOOD)


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("score") / "county"
    rehearse(folder, Plan(300, 14, 5, date(2020, 1, 10)), read_noise(), lambda step: None)
    return folder


def oracle(folder: Path) -> dict[str, object]:
    """What a desk that knows the truth would export."""
    truth = read_truth(folder)
    rows = [
        {"file": f, "row": r, "person": p}
        for (f, r), p in {**truth.register, **truth.lists}.items()
        if p not in {"stranger", "no person"}
    ]
    first, last = "2020-01-01T00:00:00+08:00", "2020-03-01T00:00:00+08:00"
    return {
        "rows": rows,
        "contacts": [{"case": a, "contact": b} for a, b in truth.encounters],
        "alerts": [{"person": d.person, "at": d.beyond_at.isoformat()} for d in truth.departures],
        "watched": [{"person": d.person, "from": first, "until": last} for d in truth.departures],
    }


def test_an_oracle_scores_one_on_a_generated_county(county: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "results.json").write_text(json.dumps(oracle(county)), encoding="utf-8")
    assert main(["rehearse", "--score", str(county), "--results", str(tmp_path / "results.json"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["people"]["precision"]["rate"] == found["people"]["recall"]["rate"] == 1.0
    assert found["contacts"]["recall_encounters"]["rate"] == found["contacts"]["precision"]["rate"] == 1.0
    assert found["departures"]["alerted"]["rate"] == 1.0
    assert found["departures"]["false_alerts"] == 0
    assert main(["rehearse", "--score", str(county), "--results", str(tmp_path / "results.json")]) == 0
    assert "all lists" in capsys.readouterr().out


def test_departures_played_live_are_tied_to_their_person_by_the_papers(county: Path) -> None:
    with (county / "truth" / "persons.csv").open(encoding="utf-8", newline="") as file:
        row = list(csv.DictReader(file))[7]
    played = county / "truth" / "played.csv"
    header = "id_no,device,left_at,beyond_100m_at,home_again_at,metres"
    times = ",".join(minutes(n).isoformat() for n in (0, 2, 40))
    before = len(read_truth(county).departures)
    played.write_text(f"{header}\n{row['id_no']},T1,{times},700\n", encoding="utf-8")
    try:
        live = read_truth(county).departures[before:]
    finally:
        played.unlink()
    assert live == (Departure(row["person"], minutes(0), minutes(2), minutes(40)),)


@pytest.mark.parametrize("part", ["rows", "contacts", "alerts", "watched"])
def test_results_without_a_part_are_refused_by_name(
    part: str, county: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = oracle(county)
    del content[part]
    (tmp_path / "results.json").write_text(json.dumps(content), encoding="utf-8")
    assert main(["rehearse", "--score", str(county), "--results", str(tmp_path / "results.json")]) == 2
    assert part in capsys.readouterr().err


def test_a_folder_without_truth_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rehearse", "--score", str(tmp_path)]) == 2
    assert "no truth/" in capsys.readouterr().err


def test_times_without_offset_are_refused() -> None:
    with pytest.raises(Exception, match="no offset"):
        parse_results({"rows": [], "contacts": [], "alerts": [{"person": "A", "at": "2020-01-01T00:00:00"}], "watched": []}, "x")
