"""Visits to households: what was found, who comes again, what came second, and doors that nobody knew."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from nanxi.desk import generators
from nanxi.desk.generators import Generator
from nanxi.field.sweep import below, rules
from nanxi.field.sweep.models import ControlReport, Household, HouseholdVisit, SweepRound
from nanxi.foundation import units, vault
from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.clock import county_day, day_bounds
from nanxi.foundation.models import Area, UnitArea, User
from nanxi.foundation.reach import Reach, stem_of
from nanxi.foundation.rights import Right

UNWELL = gettext_noop("Somebody of a household has fever or cough")
UNWELL_RULE = "field.unwell"
#: Fever at a door is looked into on the same day.
UNWELL_DUE = timedelta(hours=4)
UNMET = gettext_noop("Nobody was met at a household at three times of the day: call them")
UNMET_RULE = "field.unmet"
#: Somebody is called within a day, in the evening at the latest.
UNMET_DUE = timedelta(days=1)
VISITS = HouseholdVisit._meta.db_table
#: Answers that are counted beside the sealed whole; every form of a sweep names them so.
COUNTED = ("living", "unwell", "arrived")
MOST_GIVEN = 5000

generators.register(
    Generator(
        UNWELL_RULE,
        gettext_lazy("A household sweep finds somebody with fever or cough: the town looks into it."),
        gettext_lazy("ends by its result"),
    )
)


generators.register(
    Generator(
        UNMET_RULE,
        gettext_lazy("A household of a sweep is met at no part of the day: its town calls."),
        gettext_lazy("ends when somebody is met there after all, or with the round"),
    )
)


@service
def record_household(
    act: Act, household: Household, told: Mapping[str, Any], *, submission: UUID | None = None, at: datetime | None = None
) -> HouseholdVisit:
    """Keep what a visit found. told: answers of the round's form. at: as a phone that was offline tells it.

    One that comes after another worker's settled visit is kept and counts nothing. Raises Refused for somebody else's
    household, for answers that do not fit, and before or after the round.
    """
    act.need(Right.DO_TASKS)
    if submission and (first := HouseholdVisit.objects.filter(submission=submission).first()):
        act.log("field.household.repeated", area=first.area_code, subject=("field.household", first.household_id))
        return first
    household = _locked(household)
    _need_own(act, household)
    outcome, answers, faults = below.checked(household.round.form, told, act.now)
    if faults or rules.Outcome.of(outcome) is None:
        raise Refused(_("Choose what you found, and answer the questions that follow from it."))
    when = rules.when_visited(at, act.now)
    if problem := rules.why_not_in_round(when, household.round.opens, household.round.closes):
        raise Refused(_(problem))
    counted = rules.counts(household.result, same_worker=household.result_by == act.actor.user_id)
    visit = HouseholdVisit(
        area_code=household.area_code, household=household, at=when, arrived_at=act.now, by_id=act.actor.user_id,
        outcome=outcome, counted=counted, submission=submission, **{name: answers.get(name) for name in COUNTED},
    )  # fmt: skip
    visit.answers = _sealed(household, county_day(when), answers)
    visit.save()
    act.log(
        "field.household.visited", area=household.area_code, subject=("field.household", household.id), round=household.round_id,
        outcome=outcome, counted=counted, living=visit.living, unwell=visit.unwell, arrived=visit.arrived,
    )  # fmt: skip
    if counted:
        _settle(household, visit)
        _call_or_stop(act, household)
    if visit.unwell:
        below.open_health_task(
            act, household.id, area=household.area_code, record_id=household.record_id, title=UNWELL, rule=UNWELL_RULE,
            due=act.now + UNWELL_DUE,
        )  # fmt: skip
    return visit


def _locked(household: Household) -> Household:
    found = Household.objects.select_for_update(of=("self",)).select_related("round").filter(pk=household.pk).first()
    if found is None:
        raise Refused(_("This household lies outside the area you answer for."))
    return found


def _need_own(act: Act, household: Household) -> None:
    if household.worker_id != act.actor.user_id and household.unit_id != act.actor.unit_id:
        raise Refused(_("This household is another worker's; ask your town to give it to you."))


def _settle(household: Household, visit: HouseholdVisit) -> None:
    household.result, household.result_at, household.result_by = visit.outcome, visit.at, visit.by_id
    if visit.outcome in rules.NOT_MET:
        part = rules.part_of_day(visit.at)
        household.tried = household.tried if part in household.tried else household.tried + part
        household.again_from = rules.come_again(visit.at, household.tried)
    else:
        household.again_from = None
    household.save(update_fields=["result", "result_at", "result_by", "tried", "again_from"])


def _call_or_stop(act: Act, household: Household) -> None:
    """Nobody met at three parts of the day: the town goes on by phone. Anything else ends the call."""
    ends = day_bounds(household.round.closes)[1]
    if household.result in rules.NOT_MET and household.again_from is None:
        below.open_call_task(
            act, household.id, area=household.area_code, record_id=household.record_id, title=UNMET, rule=UNMET_RULE,
            due=min(act.now + UNMET_DUE, ends), stops_at=ends,
        )  # fmt: skip
    else:
        below.stop_task(act, UNMET_RULE, household.id)


def _sealed(household: Household, day: date, answers: dict[str, Any]) -> bytes:
    text = json.dumps(answers, ensure_ascii=False)
    if household.record_id:
        return vault.seal(VISITS, "answers", household.record_id, text)
    return vault.day_seal(day, VISITS, "answers", text.encode())


@service
def find_household(
    act: Act, row: SweepRound, *, area: str, address: str, name: str, phone: str, persons: int, at: datetime | None = None
) -> Household:
    """A home that no list knew: it joins the denominator from today. at: when it was found, as a phone that was offline tells it.

    Raises Refused when the round knows it.
    """
    act.need(Right.DO_TASKS)
    if problem := rules.why_not_in_round(rules.when_visited(at, act.now), row.opens, row.closes):
        raise Refused(_(problem))
    if not address.strip() or not (name.strip() or phone.strip()):
        raise Refused(_("Give the address, and the name or phone of an adult who lives there."))
    if not area.startswith(stem_of(row.area_code)) or not act.actor.reach.covers(area):
        raise Refused(_("This area is outside the round or outside your own area."))
    digest = below.home_digest(address, area)
    known = Household.objects.filter(round=row, home=digest).first() if digest is not None else None
    if known is not None:
        if known.worker_id == act.actor.user_id:
            raise Refused(_("This household is on your list already; open it there."))
        raise Refused(_("This household is in the round already, with another worker; nothing was added."))
    house = Household(
        area_code=area, round=row, home=digest, persons=persons, found_at=act.now, unit_id=act.actor.unit_id,
        worker_id=act.actor.user_id,
    )  # fmt: skip
    house.record_id = below.record_of(act, area=area, ref=str(house.id), name=name, phone=phone, address=address)
    try:
        with transaction.atomic():
            house.save()
    except IntegrityError:
        # Another village of the town has it, out of this worker's sight.
        raise Refused(_("This household is in the round already, with another worker; nothing was added.")) from None
    act.log("field.household.found", area=area, subject=("field.household", house.id), round=row.id, persons=persons)
    return house


@service
def give_households(act: Act, row: SweepRound, *, area: str, to: User, only: str = "free") -> int:
    """Give the open households of an area to a worker: those nobody has ("free"), or all that are not settled ("open").

    The worker's unit must serve the area; a household of which lists say only the town goes to the worker's own village. Raises
    Refused naming what else to do.
    """
    act.need(Right.ASSIGN_TASKS)
    reach = units.reach_of(to.unit_id) if to.unit_id else Reach()
    own = _area_of(to)
    if not own or not act.actor.reach.covers(own):
        raise Refused(_("This worker serves no area of yours; choose another one."))
    if not reach.covers(area) and not own.startswith(stem_of(area)):
        raise Refused(_("This worker does not serve that area; choose somebody of its town, or put a worker there under Units."))
    wanted = Household.objects.select_for_update().filter(Reach.over([area]).where("area_code"), round=row)
    wanted = wanted.filter(reach.where("area_code") | Q(area_code=area))
    wanted = wanted.filter(worker_id=None) if only == "free" else wanted
    chosen = list(wanted.exclude(result__in=rules.SETTLED).order_by("area_code", "home")[:MOST_GIVEN])
    if not chosen:
        raise Refused(_("There is no such household in this area."))
    for house in chosen:
        house.worker_id, house.unit_id = to.id, to.unit_id
        house.area_code = house.area_code if reach.covers(house.area_code) else own
    Household.everything.bulk_update(chosen, ["worker_id", "unit_id", "area_code"], batch_size=500)
    act.log("field.household.given", area=area, subject=("field.round", row.id), to=to.id, households=len(chosen), only=only)
    return len(chosen)


def _area_of(user: User) -> str:
    codes = UnitArea.objects.filter(unit_id=user.unit_id).order_by("area_id").values_list("area_id", flat=True)
    return codes.first() or ""


@service
def prolong_round(act: Act, row: SweepRound, closes: date) -> SweepRound:
    """A later last day for a round."""
    act.need(Right.ASSIGN_TASKS)
    row = SweepRound.objects.select_for_update().get(pk=row.pk)
    if closes <= row.closes:
        raise Refused(_("Choose a day after the last one; a round is not shortened, what it found would be lost."))
    row.closes = closes
    row.save(update_fields=["closes"])
    act.log("field.round.prolonged", area=row.area_code, subject=("field.round", row.id), closes=str(closes))
    return row


@service
def report_control(act: Act, area: Area, *, entrances: int, kept: int) -> ControlReport:
    """How many entrances of a village, community or compound are guarded or closed, as seen today."""
    act.need(Right.DO_TASKS)
    if not act.actor.reach.covers(area.code):
        raise Refused(_("This area is outside the one you answer for; choose one of your own."))
    if area.kind not in {Area.Kind.VILLAGE, Area.Kind.COMPOUND}:
        raise Refused(_("Entrances are reported for a village, a community or a compound."))
    if not 1 <= entrances <= 500 or not 0 <= kept <= entrances:
        raise Refused(_("Give 1 to 500 entrances, and no more guarded ones than there are."))
    assert act.actor.user_id is not None
    row = ControlReport(area_code=area.code, at=act.now, by_id=act.actor.user_id, entrances=entrances, kept=kept)
    row.save()
    act.log("field.control.reported", area=area.code, subject=("field.control", row.id), entrances=entrances, kept=kept)
    return row
