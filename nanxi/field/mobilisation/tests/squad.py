"""Qian keeps Oubei's roster; Bai and Chu volunteer, Qian himself takes the desk. Xia keeps the other town's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from nanxi.field.mobilisation import links, services
from nanxi.field.mobilisation.models import Shift, Swap, Turn, Volunteer
from nanxi.field.sweep.tests.village import OUBEI, Village
from nanxi.foundation import scope
from nanxi.foundation.act import Act, Actor
from nanxi.foundation.reach import EVERYWHERE, Reach


class Squad(Village):
    def __init__(self) -> None:
        super().__init__()
        with self.as_officer("qian") as act:
            self.team = services.found_team(act, area=OUBEI, name="Night watch")
        self.bai, self.chu = self.enlist("白云", skills=["medical"]), self.enlist("褚亮")
        self.desk = self.enlist("钱江", user=self.users["qian"])

    def enlist(self, name: str, **more: Any) -> Volunteer:
        told = {"phone": "13800000001", "skills": [], "consent": True}
        with self.as_officer("qian") as act:
            return services.enlist(act, self.team, name=name, **{**told, **more})

    def shift(self, begins_in: float, hours: float = 8, *, call: bool = True, **more: Any) -> Shift:
        """A shift of Qian's unit, called up."""
        starts = self.clock.now() + timedelta(hours=begins_in)
        told = {"area": OUBEI, "work": "patrol", "starts": starts, "ends": starts + timedelta(hours=hours), "seats": 2, **more}
        with self.as_officer("qian") as act:
            made = services.plan_shift(act, **told)
            return services.call_up(act, made) if call else made

    def as_volunteer(self, one: Volunteer, deed: Any, *told: Any, **more: Any) -> Any:
        """A deed from the volunteer's own page."""
        reach = Reach.over(["990324000000"])
        with scope.enter(reach, at=self.clock.now()):
            act = Act(actor=Actor(name=f"volunteer:{one.id}", unit_id=one.unit_id, reach=reach), clock=self.clock)
            return deed(act, *told, **more)

    def turn(self, shift: Shift, one: Volunteer) -> Turn:
        with scope.enter(EVERYWHERE):
            return Turn.objects.select_related("shift", "volunteer").get(shift=shift, volunteer=one)

    def on(self, shift: Shift) -> set[UUID]:
        with scope.enter(EVERYWHERE):
            return set(Turn.objects.filter(shift=shift, on=True).values_list("volunteer_id", flat=True))

    def comes(self, shift: Shift, one: Volunteer) -> Turn:
        return self.as_volunteer(one, services.answer_call, self.turn(shift, one), yes=True)

    def swap(self, mine: Turn, theirs: Turn) -> Swap:
        return self.as_volunteer(mine.volunteer, services.ask_swap, mine, theirs)

    @staticmethod
    def code(one: Volunteer, purpose: Any = "page", version: int = 1) -> str:
        return links.code_for(purpose, one.id, str(one.area_code), version)
