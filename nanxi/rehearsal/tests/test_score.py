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
from nanxi.rehearsal.score import Results, Truth, as_text, parse_results, read_truth, score
from nanxi.rehearsal.score.people import MISSED, OPEN, REFUSED, REVIEW, RIGHT, WRONG, Share
from nanxi.rehearsal.score.results import Made
from nanxi.rehearsal.score.truth import Departure, ListRow

T = datetime(2020, 1, 20, 12, tzinfo=timezone(timedelta(hours=8)))


def minutes(n: float) -> datetime:
    return T + timedelta(minutes=n)


def row(person: str, *marks: str, must: str = "") -> ListRow:
    return ListRow(person, marks, must)


TRUTH = Truth(
    register={("r", 0, 2): "alice", ("r", 0, 3): "bob", ("r", 0, 4): "chen", ("r", 0, 5): "dong"},
    lists={
        ("l1", 0, 4): row("alice"),
        ("l1", 0, 5): row("bob", "id_digit"),
        ("l1", 0, 6): row("no person", "row_note"),
        ("l2", 0, 2): row("chen", "id_digit", "phone_missing"),
        ("l2", 0, 3): row("stranger"),
        ("l2", 1, 2): row("eve"),
    },
    encounters=frozenset({("alice", "bob"), ("alice", "chen"), ("dong", "bob")}),
    infections=frozenset({("alice", "bob")}),
    departures=(
        Departure("bob", minutes(0), minutes(2), minutes(40)),
        Departure("chen", minutes(100), minutes(102), minutes(150)),
    ),
)


def made(person: str, rule: str = "id", *, by_officer: bool = False, review: bool = False, refused: bool = False) -> Made:
    return Made(person, rule, by_officer, review, refused)


GOOD = Results(
    rows={
        ("r", 0, 2): made("A"), ("r", 0, 3): made("B"), ("r", 0, 4): made("C"), ("r", 0, 5): made("D"),
        ("l1", 0, 4): made("A"), ("l1", 0, 5): made("B"), ("l2", 0, 2): made("C"), ("l2", 0, 3): made("X", "new"),
        ("l2", 1, 2): made("E", "new"),
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
    found = score(TRUTH, replace(GOOD, rows={**GOOD.rows, ("l1", 0, 5): made("A")}))
    first, second = found.lists
    assert (first.precision.rate, first.recall.rate) == (0.5, 0.5)
    assert (second.precision.rate, second.recall.rate) == (1.0, 1.0)


def test_a_stranger_tied_to_a_resident_lowers_precision() -> None:
    found = score(TRUTH, replace(GOOD, rows={**GOOD.rows, ("l2", 0, 3): made("D")}))
    assert found.people.strangers_linked == 1
    assert found.people.precision.part == found.people.precision.whole - 1
    assert found.people.recall.rate == 1.0


def test_a_second_handle_for_a_known_person_is_missed_not_wrong() -> None:
    found = score(TRUTH, replace(GOOD, rows={**GOOD.rows, ("l1", 0, 5): made("B2")}))
    assert found.people.precision.rate == 1.0
    assert found.lists[0].recall.rate == 0.5


def test_a_list_the_desk_was_never_given_is_not_asked_for_but_one_it_lost_is() -> None:
    rows = {key: handle for key, handle in GOOD.rows.items() if key[0] != "l2"}
    assert [one.file for one in score(TRUTH, replace(GOOD, rows=rows, files=frozenset({"l1", "r"}))).lists] == ["l1"]
    lost = score(TRUTH, replace(GOOD, rows=rows, files=frozenset({"l1", "l2", "r"})))
    assert (lost.lists[1].recall.part, lost.lists[1].recall.whole) == (0, 1)


def test_an_undecided_row_is_missed_not_wrong() -> None:
    found = score(TRUTH, replace(GOOD, rows={**GOOD.rows, ("l2", 0, 2): made("")}))
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


def became(**changed: Made) -> dict[str, object]:
    """States of the rows when chen's row became something else."""
    found = score(TRUTH, replace(GOOD, rows={**GOOD.rows, ("l2", 0, 2): changed["chen"]}))
    return dict(found.rows.marks["phone_missing"])


@pytest.mark.parametrize(
    ("row_of_chen", "state"),
    [
        (made("C"), RIGHT),
        (made("D"), WRONG),
        (made("C2", "new"), MISSED),
        (made("C2", "new", review=True), REVIEW),
        (made("", refused=True), REFUSED),
        (made(""), OPEN),
    ],
)
def test_a_row_is_in_one_state_and_counts_for_each_of_its_kinds_of_mess(row_of_chen: Made, state: str) -> None:
    assert became(chen=row_of_chen) == {state: 1}
    found = score(TRUTH, replace(GOOD, rows={**GOOD.rows, ("l2", 0, 2): row_of_chen})).rows
    assert sum(found.marks["id_digit"].values()) == 2
    assert found.states.total() == 4 == found.known


def test_wrong_links_of_rules_are_counted_and_those_of_officers_are_not() -> None:
    by_rule = score(TRUTH, replace(GOOD, rows={**GOOD.rows, ("l1", 0, 5): made("A", "phone_name")})).rows
    assert (by_rule.automatic.part, by_rule.rules["phone_name"], by_rule.rules["id"].rate) == (1, Share(0, 1), 1.0)
    officer = score(TRUTH, replace(GOOD, rows={**GOOD.rows, ("l1", 0, 5): made("A", "officer", by_officer=True)})).rows
    assert (officer.automatic.part, officer.automatic.whole) == (0, by_rule.automatic.whole - 1)


def test_a_row_that_must_be_sent_back_is_guessed_when_it_is_tied_to_somebody() -> None:
    truth = replace(TRUTH, lists={**TRUTH.lists, ("l1", 0, 4): row("alice", "id_float", must="reject")})
    guessed = score(truth, GOOD).rows
    assert (guessed.rejected, guessed.guessed) == (Share(0, 1), 1)
    sent_back = score(truth, replace(GOOD, rows={**GOOD.rows, ("l1", 0, 4): made("", refused=True)})).rows
    assert (sent_back.rejected, sent_back.guessed) == (Share(1, 1), 0)


def test_a_number_in_dispute_is_for_a_person_to_decide() -> None:
    truth = replace(TRUTH, lists={**TRUTH.lists, ("l1", 0, 4): row("alice", "id_guardian", must="ask")})
    assert score(truth, GOOD).rows.asked == Share(0, 1)
    for asked in (made("A", by_officer=True), made("N", "new", review=True), made("")):
        assert score(truth, replace(GOOD, rows={**GOOD.rows, ("l1", 0, 4): asked})).rows.asked == Share(1, 1)


def test_stated_chances_are_held_against_what_was_right() -> None:
    sure, unsure = replace(made("A"), bits=12.0), replace(made("D", "phone_name"), bits=1.0)
    found = score(TRUTH, replace(GOOD, rows={**GOOD.rows, ("l1", 0, 4): sure, ("l1", 0, 5): unsure})).rows.stated
    assert [(low, share) for low, _, _, share in found] == [(0.5, Share(0, 1)), (0.999, Share(1, 1))]
    assert [round(claimed, 3) for _, _, claimed, _ in found] == [0.667, 1.0]


def test_a_note_that_became_a_person_is_counted() -> None:
    assert score(TRUTH, GOOD).rows.nobody == 0
    assert score(TRUTH, replace(GOOD, rows={**GOOD.rows, ("l1", 0, 6): made("N")})).rows.nobody == 1


def test_rows_of_two_sheets_with_one_number_are_two_rows() -> None:
    swapped = replace(GOOD, rows={**GOOD.rows, ("l2", 1, 2): made("C"), ("l2", 0, 2): made("E")})
    assert score(TRUTH, swapped).people.recall.part < score(TRUTH, GOOD).people.recall.part


def test_the_worst_mess_is_told_first() -> None:
    lists = {("l3", 0, n): row("alice", "id_float" if n < 7 else "name_title") for n in range(12)}
    truth = replace(TRUTH, lists=lists)
    rows = {**GOOD.rows, **{key: made("A" if key[2] >= 7 else "") for key in lists}}
    text = as_text(score(truth, replace(GOOD, rows=rows)))
    assert text.index("id_float") < text.index("name_title")


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("score") / "county"
    rehearse(folder, Plan(300, 14, 5, date(2020, 1, 10)), read_noise(), lambda step: None)
    return folder


def oracle(folder: Path) -> dict[str, object]:
    """What a desk that knows the truth would export."""
    truth = read_truth(folder)
    rows = [
        {"file": f, "sheet": s, "row": r, "person": p}
        for (f, s, r), p in {**truth.register, **{key: row.person for key, row in truth.lists.items()}}.items()
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
