"""How right the register is, as far as it can know itself: wrong links by blind re-reading, and who was probably overlooked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

from django.db.models import Count, Q

from nanxi.people.identity import Identity
from nanxi.people.list_sealing import contents_of
from nanxi.people.models import ListBatch, ReviewPair, StagedRow
from nanxi.people.rules import ids

#: Share of the rows taken for new persons that are in the register after all (identity-scoring notes §0.6: 10–12 %).
OVERLOOKED = 0.11
#: Rows looked into to tell what a list lacks.
LOOKED_INTO = 300
#: One-sided 95 %.
Z = 1.645


@dataclass(frozen=True)
class Blind:
    """Links of rules that officers re-read without knowing it: how many, how many were wrong, and the share's upper limit."""

    looked: int
    wrong: int

    @property
    def at_most(self) -> float:
        """The upper end of the share of wrong links with 95 % certainty (Wilson); 1 when nothing was re-read."""
        n = self.looked
        if not n:
            return 1.0
        share = self.wrong / n
        return (share + Z * Z / (2 * n) + Z * sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))) / (1 + Z * Z / n)

    @property
    def at_most_percent(self) -> str:
        return f"{100 * self.at_most:.2g}"


def blind_checks() -> Blind:
    """Of one's own area."""
    rows = ReviewPair.objects.filter(blind=True, decided_at__isnull=False)
    found = rows.aggregate(looked=Count("id"), wrong=Count("id", filter=Q(same=False)))
    return Blind(found["looked"], found["wrong"])


@dataclass(frozen=True)
class Overlooked:
    """Of so many rows taken for new persons about so many are registered; `ask`: the field that would tell, of so many rows."""

    new: int
    expected: int
    ask: str
    lacking: int


def overlooked(batch: ListBatch) -> Overlooked | None:
    """What a list's new rows are worth, and what to ask its sender for; None when there is nothing to ask."""
    rows = StagedRow.objects.filter(batch=batch, outcome=StagedRow.Outcome.NEW)
    new = batch.counts.get(StagedRow.Outcome.NEW.value, 0)
    if not new:
        return None
    said = [content.identity for content in contents_of(list(rows.order_by("sheet", "number")[:LOOKED_INTO])) if content]
    field, lacking = what_would_tell(said)
    if not field:
        return None
    return Overlooked(new, max(1, round(OVERLOOKED * new)), field, round(lacking * new / max(len(said), 1)))


def what_would_tell(identities: Iterable[Identity]) -> tuple[str, int]:
    """The one field that most rows lack of those that settle who somebody is, and how many lack it; "" when none is lacking."""
    lacking: Counter[str] = Counter()
    for identity in identities:
        number = ids.read_id(identity.id_no)
        if number.valid or identity.passport:
            continue
        if not identity.birth_date:
            lacking["birth"] += 1
        elif not identity.all_phones():
            lacking["phone"] += 1
        elif not identity.address:
            lacking["address"] += 1
    return lacking.most_common(1)[0] if lacking else ("", 0)
