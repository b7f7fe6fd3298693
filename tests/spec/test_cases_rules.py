"""What a case is, who may confirm, trace and be restricted: tables that a county officer can read.

Bao is the clinician who reports, Chen confirms, Ding traces. Days count from 20 January 2020.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from uuid import UUID

import pytest

from nanxi.cases import rules
from nanxi.cases.rules import Decision, Evidence, EvidenceKind, Laboratory, Path, Status

COUNTY = timezone(timedelta(hours=8))
DAY0 = datetime(2020, 1, 20, 8, tzinfo=COUNTY)
BAO, CHEN, DING = (UUID(int=n) for n in (1, 2, 3))
WHO = {"Bao": BAO, "Chen": CHEN, "Ding": DING, "nobody": None}
RESULTS = {
    "": None,
    "positive": Laboratory("YJ-0120-17", positive=True),
    "negative": Laboratory("YJ-0120-18", positive=False),
    "no accession": Laboratory("  ", positive=True),
}


def evidence(story: str) -> list[Evidence]:
    """`who does what [with a result]`, one after another, an hour apart."""
    rows = []
    for hour, line in enumerate(part.strip() for part in story.split(";") if part.strip()):
        who, what, *result = line.split(" ", 2)
        kind = EvidenceKind(what.replace("-", "_"))
        rows.append(Evidence(kind, WHO[who], DAY0 + timedelta(hours=hour), RESULTS[result[0] if result else ""]))
    return rows


REPORTED = "Bao report"
CONFIRMED = "Bao report; Chen confirm positive"

STATUS = [
    # story                                                            then the case is
    ("Bao report", "suspected"),
    ("Bao report; Bao clinical", "probable"),
    ("Bao report; Chen confirm positive", "confirmed"),
    ("Bao report; Chen confirm-asymptomatic positive", "asymptomatic"),
    ("Bao report; Bao clinical; Chen confirm positive", "confirmed"),
    ("Bao report; Bao confirm positive", "suspected"),
    ("Bao report; nobody confirm positive", "suspected"),
    ("Bao report; Chen confirm", "suspected"),
    ("Bao report; Chen confirm negative", "suspected"),
    ("Bao report; Chen confirm no accession", "suspected"),
    ("Bao report; Chen discard", "discarded"),
    ("Bao report; Bao discard", "suspected"),
    ("Bao report; Chen confirm positive; Ding discard", "discarded"),
    ("Bao report; Chen discard; Bao clinical", "discarded"),
]


@pytest.mark.parametrize(("story", "status"), STATUS)
def test_status_follows_from_evidence(story: str, status: str) -> None:
    assert rules.status_of(evidence(story)) is Status(status)


CONFIRM = [
    # given                                who     with            then
    ("Bao report", "Chen", "positive", ""),
    ("Bao report", "Bao", "positive", "You reported this case yourself"),
    ("Bao report", "nobody", "positive", "You reported this case yourself"),
    ("Bao report", "Chen", "", "Enter the result first"),
    ("Bao report", "Chen", "no accession", "Enter the result first"),
    ("Bao report", "Chen", "negative", "not positive"),
    ("Bao report; Chen confirm positive", "Ding", "positive", "confirmed already"),
    ("Bao report; Chen discard", "Ding", "positive", "was discarded"),
    ("Bao report", "Ding", "positive", "You trace this case"),
]


@pytest.mark.parametrize(("story", "who", "result", "says"), CONFIRM)
def test_a_second_person_confirms_with_an_accession_number(story: str, who: str, result: str, says: str) -> None:
    told = rules.why_not_confirm(evidence(story), RESULTS[result], WHO[who], tracers=[DING] if "trace" in says else [])
    assert (told == "") if not says else says in told


TRACE = [
    ("Bao report", "Ding", "Only a confirmed case"),
    ("Bao report; Bao clinical", "Ding", "Only a confirmed case"),
    ("Bao report; Bao confirm positive", "Ding", "Only a confirmed case"),
    ("Bao report; Chen confirm negative", "Ding", "Only a confirmed case"),
    ("Bao report; Chen confirm positive", "Ding", ""),
    ("Bao report; Chen confirm-asymptomatic positive", "Ding", ""),
    ("Bao report; Chen confirm positive", "Bao", ""),
    ("Bao report; Chen confirm positive", "Chen", "Somebody else has to trace"),
    ("Bao report; Chen confirm positive; Ding discard", "Ding", "discarded"),
]


@pytest.mark.parametrize(("story", "who", "says"), TRACE)
def test_who_may_seed_a_trace(story: str, who: str, says: str) -> None:
    told = rules.why_not_trace(evidence(story), WHO[who])
    assert (told == "") if not says else says in told


DISCARD = [
    ("Bao report", "Chen", ""),
    ("Bao report", "Bao", "second person"),
    ("Bao report; Chen discard", "Ding", "discarded already"),
]


@pytest.mark.parametrize(("story", "who", "says"), DISCARD)
def test_who_may_discard(story: str, who: str, says: str) -> None:
    told = rules.why_not_discard(evidence(story), WHO[who])
    assert (told == "") if not says else says in told


@pytest.mark.parametrize(("accepted", "says"), [(0, ""), (19, ""), (20, "another officer"), (1316, "another officer")])
def test_how_many_an_interviewer_accepts_on_his_own_word(accepted: int, says: str) -> None:
    told = rules.why_not_accept(accepted)
    assert (told == "") if not says else says in told


WINDOW = [
    # from day  to day   then (infectious from day 0 to day 10, today is day 12)
    (0, 10, ""),
    (-2, 12, ""),
    (-2.1, 5, "two days past"),
    (5, 12.1, "two days past"),
    (6, 5, "ends before"),
    (12.5, 13, "future"),
]


@pytest.mark.parametrize(("start", "end", "says"), WINDOW)
def test_a_trace_is_bound_to_the_infectious_period(start: float, end: float, says: str) -> None:
    def day(n: float) -> datetime:
        return DAY0 + timedelta(days=n)

    told = rules.why_not_window(day(start), day(end), (day(0), day(10)), day(12))
    assert (told == "") if not says else says in told


def test_the_infectious_period() -> None:
    midnight = datetime(2020, 1, 20, tzinfo=COUNTY)
    sampled, isolated = DAY0 + timedelta(days=3), DAY0 + timedelta(days=5)
    days = timedelta(days=1)
    assert rules.infectious_period(date(2020, 1, 20), sampled, None, 2, 14) == (midnight - 2 * days, midnight + 14 * days)
    assert rules.infectious_period(date(2020, 1, 20), sampled, isolated, 2, 14) == (midnight - 2 * days, isolated)
    assert rules.infectious_period(None, sampled, None, 2, 14) == (sampled - 2 * days, sampled + 14 * days)


TIMES = [
    (1, 2, ""),
    (1, 1, ""),
    (1, None, ""),
    (2, 1, "ends before"),
    (11, None, "future"),
    (9, 11, "future"),
]


@pytest.mark.parametrize(("t0", "t1", "says"), TIMES)
def test_a_stay_has_been(t0: int, t1: int | None, says: str) -> None:
    def hour(n: int) -> datetime:
        return DAY0 + timedelta(hours=n)

    told = rules.why_not_time(hour(t0), None if t1 is None else hour(t1), hour(10))
    assert (told == "") if not says else says in told


TOLD = [
    (-1, 0, "", ""),
    (-21 * 24 + 11, None, "", ""),
    (-21 * 24 + 9, None, "", "21 days"),
    (-48, -1, "", ""),
    (-60, -11, "", "so long"),
    (-61 * 24, 0, "so long", "so long"),
    (-24 * 365 * 21, None, "before the year 2000", "before the year 2000"),
]


@pytest.mark.parametrize(("t0", "t1", "interview", "told"), TOLD)
def test_how_old_and_how_long_a_stay_may_be(t0: int, t1: int | None, interview: str, told: str) -> None:
    """Hours before now; an interview knows of more than a terminal or a list."""
    now = DAY0 + timedelta(hours=10)
    span = (DAY0 + timedelta(hours=t0), None if t1 is None else DAY0 + timedelta(hours=t1), now)
    for says, sentence in ((interview, rules.why_not_time(*span)), (told, rules.why_not_told(*span))):
        assert (sentence == "") if not says else says in sentence


NAMES = [
    (200, None, True),
    (201, None, False),
    (201, "Chen", True),
    (201, "Ding", False),
]


@pytest.mark.parametrize(("candidates", "approved", "shown"), NAMES)
def test_more_than_200_candidates_stay_counts_until_another_person_approves(
    candidates: int, approved: str | None, shown: bool
) -> None:
    assert rules.shows_names(candidates, DING, WHO[approved] if approved else None) is shown


OWN = [
    # story                                             after h   then
    ("Bao report", 1, "own_report"),
    ("Bao report", 71, "own_report"),
    ("Bao report", 72, None),
    ("nobody report", 1, None),
    ("Bao report; Chen confirm positive", 200, "own_case"),
    ("Bao report; Chen confirm positive", 0, "own_report"),
    ("Bao report; Chen discard", 2, None),
    ("Chen confirm positive", 2, None),
]


@pytest.mark.parametrize(("story", "hours", "path"), OWN)
def test_what_a_case_allows_against_its_own_person(story: str, hours: int, path: str | None) -> None:
    found = rules.path_of_case(evidence(story), DAY0 + timedelta(hours=hours))
    assert (found[0] if found else None) == (Path(path) if path else None)


CONTACT = [
    # decision            retracted   asked on day   then (accepted on day 1, last met on day 0)
    ("accepted", False, 2, 14),
    ("accepted", False, 0, None),
    ("accepted", False, 14, None),
    ("accepted", True, 2, None),
    ("rejected", False, 2, None),
    ("needs_interview", False, 2, None),
    ("open", False, 2, None),
]


@pytest.mark.parametrize(("decision", "retracted", "day", "until"), CONTACT)
def test_what_a_contact_allows(decision: str, retracted: bool, day: int, until: int | None) -> None:
    at = DAY0 + timedelta(days=day)
    found = rules.path_of_contact(Decision(decision), DAY0 + timedelta(days=1), DAY0, retracted, at)
    assert found == (DAY0 + timedelta(days=until) if until else None)
