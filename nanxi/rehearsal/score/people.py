"""Of every row of every list: was it tied to the right person, to a wrong one, left to somebody, missed or sent back?"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from nanxi.rehearsal.score.results import Made, Results
from nanxi.rehearsal.score.truth import NO_ONE, ListRow, RowKey, Truth

#: What can have become of a row of somebody who stands in the register, best first.
RIGHT, REVIEW, REFUSED, OPEN, MISSED, WRONG = "right", "review", "refused", "open", "missed", "wrong"
#: Chances from which bands of stated certainty begin.
BANDS = (0.0, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999, 1.0 + 1e-12)
STATES = (RIGHT, REVIEW, REFUSED, OPEN, MISSED, WRONG)


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
    """precision: of rows tied to somebody's handle, those tied rightly; recall: of rows of known people, those tied rightly."""

    file: str
    precision: Share
    recall: Share
    strangers_linked: int


@dataclass(frozen=True)
class PeopleScore:
    """All lists together. states: what became of the rows of known people; marks: the same for each kind of mess.

    automatic: links by rule alone, and the wrong ones among them; rules: right links of each rule; rejected: rows that must be
    sent back, and those that were; guessed: of these, rows tied to somebody all the same; asked: rows of a disputed number that
    no rule decided; nobody: rows that are no person's and became one."""

    states: Counter[str] = field(default_factory=Counter)
    marks: Mapping[str, Counter[str]] = field(default_factory=dict)
    automatic: Share = Share(0, 0)
    rules: Mapping[str, Share] = field(default_factory=dict)
    rejected: Share = Share(0, 0)
    guessed: int = 0
    asked: Share = Share(0, 0)
    nobody: int = 0
    #: Links with a stated chance, by band of it: (from, until, mean chance stated, share that was right).
    stated: tuple[tuple[float, float, float, Share], ...] = ()

    @property
    def known(self) -> int:
        return sum(self.states.values())

    @property
    def in_review(self) -> Share:
        return Share(self.states[REVIEW], self.known)

    @property
    def after_review(self) -> Share:
        """Right links when whoever reviews decides every waiting row rightly."""
        return Share(self.states[RIGHT] + self.states[REVIEW], self.known)


def owners(truth: Truth, results: Results) -> dict[str, str]:
    """True person → the handle that is theirs: that of most of their register rows, else of most of their list rows. A handle
    has one owner; ties go to the smaller handle, so that the answer does not depend on order."""
    owner: dict[str, str] = {}
    for rows in (truth.register, {key: row.person for key, row in truth.lists.items()}):
        votes: dict[str, Counter[str]] = defaultdict(Counter)
        for key, person in rows.items():
            made = results.rows.get(key)
            if person not in NO_ONE and made is not None and made.person:
                votes[made.person][person] += 1
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


def list_score(
    truth: Truth, results: Results, owner: Mapping[str, str], belongs: Mapping[str, str], file: str, keys: Iterable[RowKey]
) -> ListScore:
    linked = right = known = strangers = 0
    for key in keys:
        person, made = truth.lists[key].person, results.rows.get(key)
        if person not in NO_ONE and person in owner:
            known += 1
        if made is None or made.person not in belongs:
            continue
        linked += 1
        right += belongs[made.person] == person
        strangers += person in NO_ONE
    return ListScore(file, Share(right, linked), Share(right, known), strangers)


def people_score(truth: Truth, results: Results, owner: Mapping[str, str], belongs: Mapping[str, str]) -> PeopleScore:
    """What became of all rows of the lists that the desk took in."""
    states: Counter[str] = Counter()
    marks: dict[str, Counter[str]] = defaultdict(Counter)
    rules: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    rejected, asked = [0, 0], [0, 0]
    guessed = nobody = wrong = 0
    claims: list[tuple[float, bool]] = []
    nothing = Made("")
    for key, row in truth.lists.items():
        made = results.rows.get(key, nothing)
        if row.person == "no person":
            nobody += bool(made.person)
            continue
        tied = made.person in belongs
        if row.must == "reject":
            rejected[0] += not made.person
            rejected[1] += 1
            guessed += tied
        if row.must == "ask":
            asked[0] += made.by_officer or not tied
            asked[1] += 1
        if tied and made.rule and not made.by_officer:
            is_right = belongs[made.person] == row.person
            rules[made.rule][0] += is_right
            rules[made.rule][1] += 1
            wrong += not is_right
            if made.bits is not None:
                claims.append((1 / (1 + 2.0**-made.bits), is_right))
        if row.person in owner:
            state = _state(row, made, owner, tied)
            states[state] += 1
            for mark in row.marks or ("clean",):
                marks[mark][state] += 1
    links = sum(whole for _, whole in rules.values())
    return PeopleScore(
        states,
        dict(sorted(marks.items())),
        Share(wrong, links),
        {rule: Share(*pair) for rule, pair in sorted(rules.items())},
        Share(*rejected),
        guessed,
        Share(*asked),
        nobody,
        _calibrated(claims),
    )


def _calibrated(claims: list[tuple[float, bool]]) -> tuple[tuple[float, float, float, Share], ...]:
    """What links claimed of themselves against what they were, band by band."""
    found: list[tuple[float, float, float, Share]] = []
    for low, high in pairwise(BANDS):
        mine = [(chance, right) for chance, right in claims if low <= chance < high]
        if mine:
            found.append((low, high, sum(c for c, _ in mine) / len(mine), Share(sum(r for _, r in mine), len(mine))))
    return tuple(found)


def _state(row: ListRow, made: Made, owner: Mapping[str, str], tied: bool) -> str:
    if made.person == owner[row.person]:
        return RIGHT
    if tied:
        return WRONG
    if made.review:
        return REVIEW
    if made.person:
        return MISSED
    return REFUSED if made.refused else OPEN
