"""Two towns; Lan keeps the bridge post, Wei walks the grid, Mrs. Pan is the one they meet. Rooms below answer as told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from nanxi.field import below
from nanxi.foundation import accounts, acts, areas, charter, scope, units, vault
from nanxi.foundation.act import Act, house
from nanxi.foundation.areas import AreaRecord
from nanxi.foundation.clock import WALL, county_day
from nanxi.foundation.identifiers import uuid7
from nanxi.foundation.models import Area, LedgerEntry, Unit, User
from nanxi.foundation.reach import EVERYWHERE
from nanxi.foundation.rights import Role

COUNTY, OUBEI, NANXI = "990324000000", "990324101000", "990324102000"
VILLAGE = "990324101001"
PAN = "99032419700101004X"
STRANGER = "990324198505052029"


@dataclass
class Identity:
    """What the register answers after a grant."""

    name: str = "Pan Meihua"
    phone: str = "138 0000 0001"
    address: str = "1 Riverside"


@dataclass
class Order:
    id: UUID
    number: str
    area_code: str


@dataclass
class Errand:
    """A task of the desk, as this room reads it."""

    record_id: UUID | None
    person_id: UUID | None
    area_code: str
    unit_id: UUID
    due: datetime
    assignee_id: UUID | None = None
    kind: str = "visit"
    title: str = "Somebody left home"
    subject_kind: str = "desk.alert"
    subject_id: UUID | None = None
    priority: int = 2
    ended_at: datetime | None = None
    form: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    id: UUID = field(default_factory=uuid7)


def entries(kind: str = "") -> list[LedgerEntry]:
    """Ledger entries of a kind, or all."""
    with scope.enter(EVERYWHERE):
        return list(LedgerEntry.objects.filter(kind=kind) if kind else LedgerEntry.objects.all())


class Folk:
    """Officers, the register of one person, and what the rooms below were told."""

    def __init__(self) -> None:
        self.record, self.person = uuid7(), uuid7()
        self.order: Order | None = None
        self.home: tuple[float, float] | None = (120.691, 28.154)
        self.alerts: list[dict[str, Any]] = []
        self.sightings: list[dict[str, Any]] = []
        self.vehicles: list[tuple[str, dict[str, Any]]] = []
        self.closed: list[tuple[UUID, str, str]] = []
        self.opened: list[tuple[UUID, tuple[str, UUID], str]] = []
        self.tasks: list[Errand] = []
        act = Act(actor=house("setup"))
        with scope.enter(EVERYWHERE, at=act.now):
            records = [
                AreaRecord(COUNTY, "County"),
                AreaRecord(OUBEI, "Oubei"),
                AreaRecord(NANXI, "Nanxi"),
                AreaRecord(VILLAGE, "Bridge End"),
            ]
            areas.found_areas(act, records, origin="test")
            until = county_day(act.now) + timedelta(days=90)
            charter.found_county(
                act, name="County", area=Area.objects.get(code=COUNTY), rehearsal=False, until=until, legal_basis="test"
            )
            self.lan = self._officer(act, "lan", "Oubei bridge", Unit.Kind.POST, OUBEI, Role.CHECKPOINT)
            self.mei = self._officer(act, "mei", "Nanxi pass", Unit.Kind.POST, NANXI, Role.CHECKPOINT)
            self.wei = self._officer(act, "wei", "Bridge End community", Unit.Kind.COMMUNITY, VILLAGE, Role.GRID_WORKER)
            self.xia = self._officer(act, "xia", "Nanxi town", Unit.Kind.TOWN, NANXI, Role.TOWN_DUTY)
            vault.mac("field.tests", b"")  # as in a county: ledger and index keys are older than the first sealed record
            vault.index("field.tests", "")
            with acts.set_up():
                vault.make_keys([self.record])

    @staticmethod
    def _officer(act: Act, name: str, unit: str, kind: str, area: str, role: Role) -> User:
        served = units.found_unit(act, name=unit, kind=kind, areas=[area])
        return accounts.open_account(act, username=name, display_name=name.title(), unit=served, role=role)

    def act(self, user: User, key: str = "") -> Act:
        return Act(actor=accounts.actor_of(user), key=key)

    def token(self, user: User) -> str:
        """A phone bound to this account; its token."""
        device = accounts.offer_device(self.act(self.xia), user=user, label="phone")
        return accounts.bind_device(self.act(user), code=accounts.enrol_code(device), pin="4711")[1]

    def errand(self, user: User, **more: Any) -> Errand:
        values = {
            "record_id": self.record,
            "person_id": self.person,
            "area_code": VILLAGE,
            "unit_id": user.unit_id,
            "due": WALL.now(),
        }
        self.tasks.append(Errand(**{**values, **more}))
        return self.tasks[-1]

    def isolate(self) -> Order:
        """An order begins to bind Mrs. Pan in the other town."""
        self.order = Order(uuid7(), "GL-1", NANXI)
        return self.order

    def answer(self, monkeypatch: Any) -> None:
        """Stand in for the rooms below; the end-to-end test uses the real ones."""
        told = {
            "record_for_index": lambda index: self.record if index == vault.index("id_no", PAN) else None,
            "person_of": lambda record: self.person if record == self.record else None,
            "labels": lambda persons: {},
            "live_order": lambda person, at: self.order if person == self.person else None,
            "home_of": lambda person, at: self.home,
            "raise_alert": lambda act, **alert: self.alerts.append(alert),
            "keep_sightings": lambda act, rows: self.sightings.extend(rows),
            "keep_vehicle": lambda act, plate, **seen: self.vehicles.append((plate, seen)),
            "open_record": self._open,
            "close_task": lambda act, task, *, result, note, answers=None: self.closed.append((task.id, result, note)),
            "tasks_of": self._held,
            "task_by_id": self._seen,
        }  # fmt: skip
        for name, stand_in in told.items():
            monkeypatch.setattr(below, name, stand_in)

    def _open(self, act: Act, record: UUID, via: tuple[str, UUID], purpose: Any, person: UUID | None) -> Identity:
        self.opened.append((record, via, purpose.value))
        return Identity()

    def _held(self, user: UUID, unit: UUID) -> list[Errand]:
        return [t for t in self.tasks if t.assignee_id == user or (t.assignee_id is None and t.unit_id == unit)]

    def _seen(self, task_id: UUID) -> Errand | None:
        return next((t for t in self.tasks if t.id == task_id and scope.current().covers(t.area_code)), None)
