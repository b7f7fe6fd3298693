"""The desk's results held against the truth: people, contacts, departures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from nanxi.rehearsal.score.people import ListScore, PeopleScore, Share, list_score, owners, people_score
from nanxi.rehearsal.score.results import Results
from nanxi.rehearsal.score.truth import Departure, Truth

#: An alert up to this long after the person came home still belongs to the departure: slow confirmation is late, not false.
GRACE_S = 30 * 60
#: A desk asked while somebody is just leaving: the fence's slowest certain alarm takes this long (fence notes §3, p90 and more).
DECIDES_S = 10 * 60


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
    rows: PeopleScore = field(default_factory=PeopleScore)
    #: Mean chance that the sources show an encounter of the traced cases; what a desk that loses nothing finds.
    contact_stated: float | None = None

    @property
    def contact_kept(self) -> float | None:
        """Encounters found for each that the sources were to show (1 = nothing lost, by the noise file)."""
        rate = self.contact_recall.rate
        return rate / self.contact_stated if rate is not None and self.contact_stated else None

    @property
    def false_per_person_day(self) -> float | None:
        return self.false_alerts / self.person_days if self.person_days else None


def score(truth: Truth, results: Results) -> Score:
    """Compare. Contacts count for cases with accepted contacts; departures for people the desk watched at that time."""
    owner = owners(truth, results)
    true_of = {handle: person for person, handle in owner.items()}
    if results.files is not None:
        truth = replace(truth, lists={key: row for key, row in truth.lists.items() if key[0] in results.files})
    keys = defaultdict(list)
    for key in truth.lists:
        keys[key[0]].append(key)
    lists = tuple(list_score(truth, results, owner, true_of, file, keys[file]) for file in sorted(keys))
    met, infected, right, shown = _contacts(truth, results, true_of)
    alerted, delays, false = _alerts(truth, results, true_of)
    days = sum((until - begin).total_seconds() for _, begin, until in results.watched) / 86_400
    return Score(
        list_score(truth, results, owner, true_of, "", truth.lists),
        lists,
        met,
        infected,
        right,
        alerted,
        delays,
        false,
        days,
        people_score(truth, results, owner, true_of),
        shown,
    )


def _contacts(truth: Truth, results: Results, true_of: Mapping[str, str]) -> tuple[Share, Share, Share, float | None]:
    accepted = {(true_of.get(case, ""), true_of.get(other, "")) for case, other in results.contacts}
    traced = {case for case, _ in accepted if case}
    met = {pair for pair in truth.encounters if pair[0] in traced}
    infected = {pair for pair in truth.infections if pair[0] in traced}
    return (
        Share(len(met & accepted), len(met)),
        Share(len(infected & accepted), len(infected)),
        Share(sum(pair in truth.encounters for pair in accepted), len(results.contacts)),
        sum(truth.stated[pair] for pair in met) / len(met) if met and truth.stated else None,
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
