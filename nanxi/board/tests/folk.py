"""A county of two towns: Han at headquarters, Tao on duty in Oubei, Bao in the laboratory, Ou who oversees, Wei on the grid."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.test import Client

from nanxi.desk import services as desk
from nanxi.foundation import accounts, areas, charter, scope, units
from nanxi.foundation.act import Act, house
from nanxi.foundation.areas import AreaRecord
from nanxi.foundation.clock import SetClock, county_day
from nanxi.foundation.identifiers import uuid7
from nanxi.foundation.models import Area, Unit, User
from nanxi.foundation.reach import EVERYWHERE
from nanxi.foundation.rights import Role

COUNTY, OUBEI, NANXI = "990324000000", "990324101000", "990324102000"
SQUARE = {"type": "Polygon", "coordinates": [[[120.5, 28.1], [120.6, 28.1], [120.6, 28.2], [120.5, 28.2], [120.5, 28.1]]]}


class Folk:
    """Officers by name; `clock` is the clock of what they do, pages take the wall's."""

    def __init__(self, clock: SetClock) -> None:
        self.clock = clock
        act = Act(actor=house("setup"), clock=clock)
        with scope.enter(EVERYWHERE, at=clock.now()):
            towns = [
                AreaRecord(code, name, (120.55, 28.15), SQUARE, approximate=True)
                for code, name in ((OUBEI, "Oubei"), (NANXI, "Nanxi"))
            ]
            areas.found_areas(act, [AreaRecord(COUNTY, "County"), *towns], origin="test")
            until = county_day(clock.now()) + timedelta(days=90)
            county = Area.objects.get(code=COUNTY)
            charter.found_county(act, name="County", area=county, rehearsal=False, until=until, legal_basis="test")
            centre = units.found_unit(act, name="Headquarters", kind=Unit.Kind.HEADQUARTERS, areas=[COUNTY])
            oubei = units.found_unit(act, name="Oubei town", kind=Unit.Kind.TOWN, areas=[OUBEI])
            nanxi = units.found_unit(act, name="Nanxi town", kind=Unit.Kind.TOWN, areas=[NANXI])
            self.han, self.tao, self.bao, self.ou, self.wei, self.xia = (
                accounts.open_account(act, username=name, display_name=name.title(), unit=unit, role=role)
                for name, unit, role in (
                    ("han", centre, Role.HQ_DESK), ("tao", oubei, Role.TOWN_DUTY), ("bao", centre, Role.CONFIRMER),
                    ("ou", centre, Role.OVERSIGHT), ("wei", oubei, Role.GRID_WORKER), ("xia", nanxi, Role.TOWN_DUTY),
                )
            )  # fmt: skip

    def act(self, user: User) -> Act:
        return Act(actor=accounts.actor_of(user), clock=self.clock)

    def client(self, user: User) -> Client:
        client = Client(headers={"Accept-Language": "en"})
        client.force_login(user)
        session = client.session
        session["mfa_ready"] = True
        session.save()
        return client

    def alert(self, area: str = OUBEI, title: str = "Left home") -> Any:
        with scope.enter(EVERYWHERE):
            return desk.raise_alert(
                self.act(self.han), key=str(uuid7()), kind="orders.exit", severity="high", area=area, title=title,
                subject=("orders.order", uuid7()), facts={},
            )  # fmt: skip

    def task(self, area: str = OUBEI, title: str = "Verify", kind: str = "verification") -> Any:
        with scope.enter(EVERYWHERE):
            due = self.clock.now() + timedelta(hours=4)
            return desk.open_task(self.act(self.han), kind=kind, area=area, title=title, due=due, person_id=uuid7())

    def check(self, area: str = OUBEI) -> None:
        """A verification of one person of a list, done."""
        row = self.task(area)
        with scope.enter(EVERYWHERE):
            desk.close_task(self.act(self.han), row, result="found")

    def directive(self, number: str = "12") -> Any:
        with scope.enter(EVERYWHERE):
            return desk.receive_directive(
                self.act(self.han), kind="order", number=number, sender="City headquarters", text="Check them.", area=COUNTY,
                deadline=self.clock.now() + timedelta(hours=8),
            )  # fmt: skip
