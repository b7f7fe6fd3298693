"""Named people: Ailian issues at the town, Bowen answers contests at headquarters; the rooms below answer as told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from nanxi.foundation import vault
from nanxi.foundation.act import Act, Actor
from nanxi.foundation.clock import SetClock
from nanxi.foundation.identifiers import uuid7
from nanxi.foundation.reach import Reach
from nanxi.foundation.rights import Role
from nanxi.orders import services
from nanxi.orders.models import IsolationOrder
from nanxi.orders.rules import Evidence, Kind, LegalBasis, Reason

TOWN = "990324101000"
NOW = datetime(2020, 2, 3, 1, 0, tzinfo=UTC)


@dataclass
class Path:
    """What cases answers."""

    kind: str
    case_id: UUID
    contact_id: UUID | None
    until: datetime | None = None


@dataclass
class Below:
    """What the rooms below know and were told."""

    paths: dict[UUID, Path] = field(default_factory=dict)
    persons: dict[UUID, UUID] = field(default_factory=dict)
    homes: dict[UUID, set[str]] = field(default_factory=dict)
    alerts: list[dict] = field(default_factory=list)
    eased: list[tuple[str, str]] = field(default_factory=list)
    tasks: list[dict] = field(default_factory=list)
    closed: list[tuple] = field(default_factory=list)

    def asked_lately(self, order_id: UUID, cause: str, since: datetime) -> bool:
        """As the desk would answer while no task is closed."""
        return any(task["subject"][1] == order_id and task["facts"].get("cause") == cause for task in self.tasks)

    def somebody(self, kind: str | None = "contact", until: datetime | None = None, home: str = TOWN) -> UUID:
        record = uuid7()
        self.persons[record], self.homes[record] = uuid7(), {home}
        vault.make_keys([record])
        if kind:
            self.paths[record] = Path(kind, uuid7(), uuid7() if kind == "contact" else None, until)
        return record


def officer(role: Role, clock: SetClock, areas: tuple[str, ...] = (TOWN,)) -> Act:
    return Act(Actor("officer", user_id=uuid7(), unit_id=uuid7(), role=role, reach=Reach.over(areas)), clock)


def again(act: Act) -> Act:
    """The same officer, later."""
    return Act(act.actor, act.clock)


def issued(act: Act, record: UUID, days: float = 14, reason: Reason = Reason.CLOSE_CONTACT, **more) -> IsolationOrder:
    values = {
        "evidence": Evidence.CASE_PATH, "kind": Kind.HOME, "place": services.Place(TOWN, "1 Riverside"),
        "legal_basis": LegalBasis.LAW_39_CONTACT, "until": act.now + timedelta(days=days), **more,
    }  # fmt: skip
    return services.issue_order(act, record_id=record, reason=reason, **values)
