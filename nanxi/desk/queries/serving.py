"""Which unit answers for an area, and who of it can be given work: jurisdiction first, then who is there at all.

A unit in which nobody can carry out tasks answers for nothing: its area falls to the next unit above, in the end to the duty
queue of the town, so that no check waits where nobody will ever look.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from nanxi.desk import turns
from nanxi.desk.dispatching import Candidate
from nanxi.desk.models import DutySlot
from nanxi.foundation.models import Unit, UnitArea, User
from nanxi.foundation.reach import stem_of
from nanxi.foundation.rights import Right, Role

#: Which unit serves a kind of task first; the town takes what has no nearer unit. Never at random.
SERVED_BY = {
    "verification": (Unit.Kind.COMMUNITY, Unit.Kind.TOWN),
    "visit": (Unit.Kind.COMMUNITY, Unit.Kind.TOWN),
    "serve": (Unit.Kind.TOWN,),
    "patrol": (Unit.Kind.COMMUNITY, Unit.Kind.TOWN),
    "delivery": (Unit.Kind.COMMUNITY, Unit.Kind.TOWN),
    "post": (Unit.Kind.POST, Unit.Kind.TOWN),
    "enterprise": (Unit.Kind.STATION, Unit.Kind.TOWN),
}
WORKERS = [role.code for role in Role if Right.DO_TASKS in role.rights]
TURNS = {"duty": 1, "deputy": 2}
OFF_ROSTER = 3
#: Whoever holds so many open tasks has no room; who of two such holds more no longer decides.
FULL = 200


@dataclass(frozen=True)
class Served:
    """The unit that gets it; `nobody_at`: the unit that should have, but in which nobody works (None mostly)."""

    unit_id: UUID | None
    nobody_at: UUID | None = None
    #: Headquarters deals nothing to its own desk: what has no nearer place waits there for triage.
    to_queue: bool = False


class Jurisdiction:
    """Who serves which of the given areas, read once for all of them."""

    def __init__(self, codes: Iterable[str]) -> None:
        wanted = {holder for code in set(codes) for holder in holders_of(code)}
        self._desks: set[UUID] = set()
        self._links: dict[str, list[tuple[str, str, UUID]]] = {}
        links = UnitArea.objects.filter(area_id__in=wanted).values_list("area_id", "unit__kind", "unit__name", "unit_id")
        for code, kind, name, unit_id in links:
            self._links.setdefault(code, []).append((kind, name, unit_id))
            if kind == Unit.Kind.HEADQUARTERS:
                self._desks.add(unit_id)
        found = {unit_id for rows in self._links.values() for _kind, _name, unit_id in rows}
        staff = User.objects.filter(unit_id__in=found, is_active=True, role_code__in=WORKERS).order_by()
        self._staffed = set(staff.values_list("unit_id", flat=True).distinct())

    def serving(self, kind: str, area: str) -> Served | None:
        """The nearest unit of the kinds that serve this task in which somebody works; None where no unit serves the area."""
        order = (*SERVED_BY.get(kind, (Unit.Kind.TOWN,)), Unit.Kind.TOWN, Unit.Kind.HEADQUARTERS)
        units = [unit for one in dict.fromkeys(order) for unit in self._units(one.value, area)]
        if not units:
            return None
        staffed = next((unit for unit in units if unit in self._staffed), units[0])
        nobody_at = None if staffed == units[0] else units[0]
        return Served(staffed, nobody_at, to_queue=nobody_at is not None or staffed in self._desks)

    def _units(self, kind: str, area: str) -> list[UUID]:
        """Units of a kind that serve the area, the nearest first."""
        return [
            unit_id
            for holder in holders_of(area)
            for one, _name, unit_id in sorted(self._links.get(holder, []), key=lambda link: (link[1], str(link[2])))
            if one == kind
        ]


def holders_of(code: str) -> list[str]:
    """The area and the areas that hold it, the nearest first."""
    stem = stem_of(code)
    return list(dict.fromkeys([code, *(stem[:length].ljust(12, "0") for length in (12, 9, 6, 4, 2) if len(stem) >= length)]))


def candidates_of(unit_ids: Iterable[UUID], at: datetime) -> dict[UUID, dict[str, tuple[UUID, Candidate]]]:
    """Unit → username → who can be given work there, with turn and open tasks."""
    officers = list(User.objects.filter(unit_id__in=set(unit_ids), is_active=True, role_code__in=WORKERS))
    ids = [user.id for user in officers]
    on_roster = DutySlot.objects.filter(user_id__in=ids, starts__lte=at, ends__gt=at).values_list("unit_id", "user_id", "part")
    roster = {(unit_id, user_id): TURNS.get(part, OFF_ROSTER) for unit_id, user_id, part in on_roster}
    out = turns.out_now(ids, at)
    loads = _loads_of(ids)
    found: dict[UUID, dict[str, tuple[UUID, Candidate]]] = {}
    for user in officers:
        # Out on a turn of the unit's own (patrol, post, sweep) is on duty as well as at its desk.
        turn = TURNS["duty"] if user.id in out else roster.get((user.unit_id, user.id), OFF_ROSTER)
        candidate = Candidate(user.username, turn, loads.get(user.id, 0))
        found.setdefault(user.unit_id, {})[user.username] = (user.id, candidate)
    return found


def _loads_of(officer_ids: list[UUID]) -> dict[UUID, int]:
    """Officer → open tasks, counted to `FULL`: beside a whole county's backlog each list would count it anew."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT officer, (SELECT count(*) FROM "
            "(SELECT FROM desk_task WHERE assignee_id = officer AND ended_at IS NULL LIMIT %s) AS held) "
            "FROM unnest(%s::uuid[]) AS officer",
            [FULL, officer_ids],
        )
        return dict(cursor.fetchall())
