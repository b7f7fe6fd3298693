"""How well a desk found the right people, all of them, and who left: its exported results against the truth of the files.

Handles of the desk are tied to true persons by file and row number of the lists we wrote, nothing else: a person's register row
says which handle is that person's. A pure function of two values; the desk's own figures play no part in it.
"""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

from nanxi.cli import InputError

#: (file, row as Excel counts). Sheets are not part of it: our lists have one each.
RowKey = tuple[str, int]
#: An alert up to this long after the person came home still belongs to the departure: slow confirmation is late, not false.
GRACE_S = 30 * 60
#: A desk asked while somebody is just leaving: the fence's slowest certain alarm takes this long (fence notes §3, p90 and more).
DECIDES_S = 10 * 60
NO_ONE = ("stranger", "no person")


@dataclass(frozen=True)
class Departure:
    person: str
    left_at: datetime
    beyond_at: datetime
    home_at: datetime


@dataclass(frozen=True)
class Truth:
    """register, lists: row → true person (or one of NO_ONE); encounters, infections: (case, other), by true handle."""

    register: Mapping[RowKey, str]
    lists: Mapping[RowKey, str]
    encounters: frozenset[tuple[str, str]]
    infections: frozenset[tuple[str, str]]
    departures: tuple[Departure, ...]


@dataclass(frozen=True)
class Results:
    """What the desk exports. rows: row → the desk's person handle ("" = no decision yet); contacts: accepted (case, contact);
    alerts: (person handle, when); watched: (person handle, from, until) of served orders."""

    rows: Mapping[RowKey, str]
    contacts: frozenset[tuple[str, str]]
    alerts: tuple[tuple[str, datetime], ...]
    watched: tuple[tuple[str, datetime, datetime], ...]
    #: Files the desk took in; rows of others are not asked for. None: all of them.
    files: frozenset[str] | None = None
    #: When a running desk was asked; departures it had no time to decide on do not count.
    at: datetime | None = None


@dataclass(frozen=True)
class Share:
    """A rate with what it was counted from; a share of nothing is None, never 0 or 1."""

    part: int
    whole: int

    @property
    def rate(self) -> float | None:
        return self.part / self.whole if self.whole else None


@dataclass(frozen=True)
class ListScore:
    file: str
    precision: Share
    recall: Share
    strangers_linked: int


@dataclass(frozen=True)
class Score:
    people: ListScore
    lists: tuple[ListScore, ...]
    contact_recall: Share
    infection_recall: Share
    contact_precision: Share
    departures_alerted: Share
    delays_s: tuple[float, ...] = field(default=())
    false_alerts: int = 0
    person_days: float = 0.0

    @property
    def false_per_person_day(self) -> float | None:
        return self.false_alerts / self.person_days if self.person_days else None


def score(truth: Truth, results: Results) -> Score:
    """Compare. Contacts count for cases with accepted contacts; departures for people the desk watched at that time."""
    owner = _owners(truth, results)
    true_of = {handle: person for person, handle in owner.items()}
    if results.files is not None:
        truth = replace(truth, lists={key: person for key, person in truth.lists.items() if key[0] in results.files})
    files = sorted({file for file, _ in truth.lists})
    lists = tuple(_list_score(truth, results, owner, file, [key for key in truth.lists if key[0] == file]) for file in files)
    met, infected, right = _contacts(truth, results, true_of)
    alerted, delays, false = _alerts(truth, results, true_of)
    days = sum((until - begin).total_seconds() for _, begin, until in results.watched) / 86_400
    return Score(
        _list_score(truth, results, owner, "", list(truth.lists)), lists, met, infected, right, alerted, delays, false, days
    )


def _owners(truth: Truth, results: Results) -> dict[str, str]:
    """True person → the handle that is theirs: that of most of their register rows, else of most of their list rows. A handle
    has one owner; ties go to the smaller handle, so that the answer does not depend on order."""
    owner: dict[str, str] = {}
    for rows in (truth.register, truth.lists):
        votes: dict[str, Counter[str]] = defaultdict(Counter)
        for key, person in rows.items():
            if person not in NO_ONE and results.rows.get(key):
                votes[results.rows[key]][person] += 1
        taken = set(owner.values())
        claims = sorted(
            (
                (count, handle, person)
                for handle, counter in votes.items()
                if handle not in taken
                for person, count in counter.items()
            ),
            key=lambda claim: (-claim[0], claim[1], claim[2]),
        )
        for _, handle, person in claims:
            if person not in owner and handle not in taken:
                owner[person] = handle
                taken.add(handle)
    return owner


def _list_score(truth: Truth, results: Results, owner: Mapping[str, str], file: str, keys: Iterable[RowKey]) -> ListScore:
    """Precision: of rows tied to somebody's handle, those tied rightly. Recall: of rows of known people, those tied rightly."""
    belongs = {handle: person for person, handle in owner.items()}
    linked = right = known = strangers = 0
    for key in keys:
        person, handle = truth.lists[key], results.rows.get(key, "")
        if person not in NO_ONE and person in owner:
            known += 1
        if not handle or handle not in belongs:
            continue
        linked += 1
        right += belongs[handle] == person
        strangers += person in NO_ONE
    return ListScore(file, Share(right, linked), Share(right, known), strangers)


def _contacts(truth: Truth, results: Results, true_of: Mapping[str, str]) -> tuple[Share, Share, Share]:
    accepted = {(true_of.get(case, ""), true_of.get(other, "")) for case, other in results.contacts}
    traced = {case for case, _ in accepted if case}
    met = {pair for pair in truth.encounters if pair[0] in traced}
    infected = {pair for pair in truth.infections if pair[0] in traced}
    return (
        Share(len(met & accepted), len(met)),
        Share(len(infected & accepted), len(infected)),
        Share(sum(pair in truth.encounters for pair in accepted), len(results.contacts)),
    )


def _alerts(truth: Truth, results: Results, true_of: Mapping[str, str]) -> tuple[Share, tuple[float, ...], int]:
    """Departures alerted, delays in seconds after 100 m were passed (negative: earlier), and alerts without a departure."""
    watched: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    for handle, begin, until in results.watched:
        watched[true_of.get(handle, "")].append((begin, until))
    due = [d for d in truth.departures if any(begin <= d.left_at and d.beyond_at <= until for begin, until in watched[d.person])]
    raised: dict[str, list[datetime]] = defaultdict(list)
    for handle, at in results.alerts:
        raised[true_of.get(handle, "")].append(at)
    delays: list[float] = []
    explained = undecided = 0
    for departure in due:
        mine = [at for at in raised[departure.person] if _belongs(departure, at)]
        if mine:
            delays.append((min(mine) - departure.beyond_at).total_seconds())
        elif results.at is not None and (results.at - departure.beyond_at).total_seconds() < DECIDES_S:
            undecided += 1
    for handle, at in results.alerts:
        explained += any(d.person == true_of.get(handle) and _belongs(d, at) for d in truth.departures)
    return Share(len(delays), len(due) - undecided), tuple(sorted(delays)), len(results.alerts) - explained


def _belongs(departure: Departure, at: datetime) -> bool:
    return departure.left_at <= at and (at - departure.home_at).total_seconds() <= GRACE_S


def read_truth(folder: Path) -> Truth:
    """truth/ of a generated county. Raises InputError when it is none."""
    if not (folder / "truth" / "persons.csv").is_file():
        raise InputError(f"{folder}: holds no truth/ of a rehearsal; give the folder that `nanxi rehearse -o` wrote.")
    rows = _table(folder / "truth" / "infections.csv")
    confirmed = {row["person"] for row in rows if row["confirmed_at"]}
    return Truth(
        {(row["file"], int(row["row"])): row["person"] for row in _table(folder / "truth" / "register_rows.csv")},
        {(row["file"], int(row["row"])): row["person"] for row in _table(folder / "truth" / "list_rows.csv")},
        frozenset((row["case"], row["person"]) for row in _table(folder / "truth" / "encounters.csv")),
        frozenset((row["infector"], row["person"]) for row in rows if row["infector"] in confirmed),
        tuple(
            Departure(person, *(datetime.fromisoformat(row[name]) for name in ("left_at", "beyond_100m_at", "home_again_at")))
            for person, row in _departures(folder)
        ),
    )


def _departures(folder: Path) -> list[tuple[str, dict[str, str]]]:
    """Those of the recorded traces and those that the clients played live, who know a person's papers but not its true handle."""
    live = folder / "truth" / "played.csv"
    recorded = [(row["person"], row) for row in _table(folder / "truth" / "departures.csv")]
    if not live.is_file():
        return recorded
    handle = {row["id_no"]: row["person"] for row in _table(folder / "truth" / "persons.csv")}
    return recorded + [(handle[row["id_no"]], row) for row in _table(live)]


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_results(path: Path) -> Results:
    """The desk's export. Raises InputError naming the part that is missing or has the wrong form."""
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise InputError(
            f"{path}: cannot be read ({problem.strerror}); fetch it with `nanxi rehearse --score DIR --from URL`."
        ) from None
    except ValueError as problem:
        raise InputError(f"{path.name}: is no JSON ({problem}); fetch it again.") from None
    return parse_results(content, path.name)


def parse_results(content: Any, name: str) -> Results:
    """{rows: [{file, row, person}], contacts: [{case, contact}], alerts: [{person, at}], watched: [{person, from, until}]}."""
    part = "the whole"
    try:
        part = "rows"
        rows = {(str(row["file"]), int(row["row"])): str(row["person"] or "") for row in content["rows"]}
        part = "contacts"
        contacts = frozenset((str(row["case"]), str(row["contact"])) for row in content["contacts"])
        part = "alerts"
        alerts = tuple((str(row["person"]), _time(row["at"])) for row in content["alerts"])
        part = "watched"
        watched = tuple((str(row["person"]), _time(row["from"]), _time(row["until"])) for row in content["watched"])
        part = "at"
        at = _time(content["at"]) if content.get("at") else None
        part = "files"
        files = frozenset(str(file) for file in content["files"]) if "files" in content else None
    except (KeyError, TypeError, ValueError) as problem:
        raise InputError(f"{name}: {part!r} is missing or has another form ({problem}); fetch it again from the desk.") from None
    return Results(rows, contacts, alerts, watched, files, at)


def _time(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text} has no offset")
    return at


def as_json(result: Score) -> dict[str, Any]:
    """The figures for machines; each rate beside what it was counted from."""
    return {
        "people": _list_json(result.people),
        "lists": [_list_json(one) for one in result.lists],
        "contacts": {
            "recall_encounters": _share_json(result.contact_recall),
            "recall_infections": _share_json(result.infection_recall),
            "precision": _share_json(result.contact_precision),
        },
        "departures": {
            "alerted": _share_json(result.departures_alerted),
            "delay_median_s": median(result.delays_s) if result.delays_s else None,
            "delay_worst_s": max(result.delays_s, default=None),
            "false_alerts": result.false_alerts,
            "person_days": round(result.person_days, 3),
            "false_per_person_day": result.false_per_person_day,
        },
    }


def _share_json(share: Share) -> dict[str, float | int | None]:
    return {"rate": share.rate, "of": share.whole, "hit": share.part}


def _list_json(one: ListScore) -> dict[str, Any]:
    named = {"file": one.file} if one.file else {}
    return {
        **named,
        "precision": _share_json(one.precision),
        "recall": _share_json(one.recall),
        "strangers_linked": one.strangers_linked,
    }


def as_text(result: Score) -> str:
    """The figures for people."""
    lines = [f"{'list':34} {'precision':>18} {'recall':>18} {'strangers linked':>17}"]
    for one in (*result.lists, result.people):
        lines.append(
            f"{one.file or 'all lists':34} {_shown(one.precision):>18} {_shown(one.recall):>18} {one.strangers_linked:>17}"
        )
    lines += [
        f"contacts: encounters of 15 min found {_shown(result.contact_recall)}, "
        f"infected by a case found {_shown(result.infection_recall)}, accepted rightly {_shown(result.contact_precision)}",
        f"departures alerted {_shown(result.departures_alerted)}, delay "
        + (
            f"median {median(result.delays_s):.0f} s, worst {max(result.delays_s):.0f} s after 100 m"
            if result.delays_s
            else "not known"
        ),
        f"false alerts {result.false_alerts} in {result.person_days:.1f} person-days"
        + (f" = {result.false_per_person_day:.4f} a day" if result.false_per_person_day is not None else ""),
    ]
    return "\n".join(lines)


def _shown(share: Share) -> str:
    return "none to count" if share.rate is None else f"{share.rate:.4f} ({share.part}/{share.whole})"
