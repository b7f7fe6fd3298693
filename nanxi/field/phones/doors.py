"""Takes in visits to households of a sweep: each once under the phone's key, what cannot count kept and told to the town.

Where a visit counts the sweep keeps its answers; here stays the row that answers the phone and that photos belong to.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.utils.translation import gettext_noop

from nanxi.field.models import HandedIn
from nanxi.field.phones import intake, rules
from nanxi.field.phones.intake import Handing, Told
from nanxi.field.phones.rules import Door, Standing
from nanxi.field.sweep import below as sweep_below
from nanxi.field.sweep import queries, visits
from nanxi.field.sweep import rules as sweep_rules
from nanxi.field.sweep.models import Household, SweepRound
from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.rights import Right

#: The title of the errand on the phone's list.
VISIT = gettext_noop("Household visit")


@service
def take_in_doors(act: Act, batch: Sequence[Told], handing: Handing) -> None:
    """Keep visits to households. Runs in the worker's own scope: a household elsewhere is one that nobody here knows."""
    act.need(Right.DO_TASKS)
    intake.one_at_a_time(act)
    known = intake.known_keys(act, batch)
    fresh = [one for one in {one.key: one for one in batch}.values() if one.key not in known]
    for told in fresh:
        row = intake.row_of(act, told, handing, area=handing.area)
        state = _found(act, told, row) if told.found else _visited(act, told, row)
        row.standing = state.code
        if state not in {Standing.TAKEN, Standing.SECOND}:
            row.sealed = intake.sealed_whole(row, told)
        row.save()
        if state is not Standing.TAKEN:
            intake.flag(act, row)
    act.log(
        "field.phone.handed_in", area=handing.area, device=handing.device_id, count=len(fresh), again=len(known),
        off_s=handing.measured_s,
    )  # fmt: skip


def _visited(act: Act, told: Told, row: HandedIn) -> Standing:
    house = queries.household_by_id(told.task_id)
    result, fits = "", False
    if house is not None:
        row.area_code, row.record_id = house.area_code, house.record_id
        row.person_id = sweep_below.person_of(house.record_id) if house.record_id else None
        result, fits = _read(act, house.round, told)
    row.outcome = result
    state = rules.door_standing(_door(act, house, row), fits=fits, age=act.now - row.at)
    if house is not None and state in {Standing.TAKEN, Standing.SECOND}:
        _keep(act, house, told, row)
    return state


def _door(act: Act, house: Household | None, row: HandedIn) -> Door | None:
    if house is None:
        return None
    fresh = sweep_rules.counts(house.result, same_worker=house.result_by == act.actor.user_id)
    return Door(queries.is_own(act.actor, house), _in_round(house.round, row), not fresh)


def _in_round(row: SweepRound, visit: HandedIn) -> bool:
    return not sweep_rules.why_not_in_round(visit.at, row.opens, row.closes)


def _read(act: Act, round_: SweepRound, told: Told) -> tuple[str, bool]:
    """The result, and whether the answers fit the round's form."""
    outcome, _answers, faults = sweep_below.checked(round_.form, told.answers, act.now)
    return outcome[:16], not faults and sweep_rules.Outcome.of(outcome) is not None


def _keep(act: Act, house: Household, told: Told, row: HandedIn) -> None:
    row.visit_id = visits.record_household(act, house, told.answers, submission=told.key, at=row.at).id


def _found(act: Act, told: Told, row: HandedIn) -> Standing:
    """A home nobody knew joins its round, then its visit is kept."""
    home, round_ = told.found, queries.round_by_id(act.actor, told.task_id)
    assert home is not None
    if round_ is None:
        return Standing.UNKNOWN
    row.outcome, fits = _read(act, round_, told)
    state = rules.door_standing(Door(True, _in_round(round_, row)), fits=fits, age=act.now - row.at)
    if state is not Standing.TAKEN:
        return state
    try:
        house = visits.find_household(
            act, round_, area=home.area, address=home.address, name=home.name, phone=home.phone, persons=home.persons,
            at=row.at,
        )  # fmt: skip
    except Refused:
        return Standing.KNOWN
    row.area_code, row.record_id, row.task_id = house.area_code, house.record_id, house.id
    _keep(act, house, told, row)
    return state


def round_of(task_id: UUID) -> SweepRound | None:
    """The round a kept visit belongs to: task_id is a household in sight, or the round itself."""
    house = queries.household_by_id(task_id)
    return house.round if house is not None else SweepRound.objects.filter(pk=task_id).first()
