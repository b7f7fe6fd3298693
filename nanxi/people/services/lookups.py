"""Asking the register inside a task: by a full exact number, or by what a caller said. Budgeted and written to the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from nanxi.engines.linkage import hanzi
from nanxi.engines.linkage.numbers import normal_sex
from nanxi.foundation import scope, vault
from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.areas import town_of
from nanxi.foundation.clock import county_day, day_bounds
from nanxi.foundation.reach import Reach, range_of
from nanxi.foundation.rights import Right
from nanxi.people import task_check
from nanxi.people.identity import Label
from nanxi.people.models import LookUp, SourceRecord
from nanxi.people.neighbours import records_under
from nanxi.people.queries import labels_of_records
from nanxi.people.rules import ids, phones
from nanxi.people.rules.traits import Key, sound_town, strips_of, surname_village, surname_year

#: Look-ups of one officer in a day: a busy town desk settles some 40 tasks a shift, and one number may be misheard once.
EXACT_BUDGET = 60
#: Leads of one officer in a day; the modelled county took about ten such calls in a town's worst day.
LEAD_BUDGET = 20
#: Proposals for one lead: enough to choose from, too few to browse by.
MOST_PROPOSALS = 5
#: How far a caller's guess of a birth year may be off.
YEARS_OFF = 3


@dataclass(frozen=True)
class Proposal:
    """Somebody who may be meant: masked, with what agrees as fixed words."""

    person_id: UUID
    record_id: UUID
    label: Label
    agrees: tuple[str, ...]
    area_code: str


@dataclass(frozen=True)
class Lead:
    """What the caller said. `name` in full, or only the surname with a birth year or a village."""

    name: str
    area: str
    sex: str = ""
    birth_year: int | None = None


@service
def find_exact(act: Act, *, id_no: str = "", phone: str = "", task_id: UUID) -> list[UUID]:
    """Persons of one's area with this full ID number or phone. Raises Refused for half a number or without an open task."""
    act.need(Right.LOOK_UP_PERSON)
    area = task_check.area_of_open_task(act, task_id)
    number, digits = ids.normal_id(id_no), phones.normal_phone(phone)
    if not number and not digits:
        raise Refused(_("Enter a full ID number (15 or 18 characters, check digit right) or a full phone number."))
    _keep_budget(act, LookUp.Kind.EXACT, EXACT_BUDGET)
    rows = SourceRecord.objects.filter(person_id__isnull=False)
    if number:
        rows = rows.filter(id_index=vault.index("id_no", number))
    else:
        rows = rows.filter(pk__in=records_under([(int(Key.PHONE), vault.block("phone", digits))]))
    found = sorted(person for person in set(rows.values_list("person_id", flat=True)) if person)
    _note(act, LookUp.Kind.EXACT, task_id, found)
    act.log("people.register.asked", area=area, subject=("desk.task", task_id), by="id" if number else "phone", found=len(found))
    return found


@service
def propose_for_lead(
    act: Act, *, task_id: UUID, name: str, area: str = "", sex: str = "", birth_year: int | None = None
) -> list[Proposal]:
    """At most five masked proposals from the officer's own area for a phoned-in lead. `area`: town or village that was named.

    A surname alone needs a birth year or a village. Raises Refused without an open task of the caller's or past the day's budget.
    """
    act.need(Right.LOOK_UP_PERSON)
    own = task_check.area_of_open_task(act, task_id)
    lead = Lead(hanzi.normal_name(name), area or own, normal_sex(sex), birth_year)
    if not lead.name:
        raise Refused(_("Enter the name as it was heard; the surname alone is enough with a birth year or a village."))
    if not scope.current().covers(lead.area):
        raise Refused(_("Proposals come from your own area only. Pass the lead on to the town that was named."))
    if lead.area[6:9] == "000":
        raise Refused(_("Choose the town that the caller named; proposals come from one town at a time."))
    keys = list(_lead_keys(lead))
    if not keys:
        raise Refused(_("A surname alone fits too many. Ask the caller for a birth year or the village."))
    _keep_budget(act, LookUp.Kind.LEAD, LEAD_BUDGET)
    found = _best(lead, keys)
    _note(act, LookUp.Kind.LEAD, task_id, [proposal.person_id for proposal in found])
    act.log("people.register.asked", area=own, subject=("desk.task", task_id), by="lead", found=len(found))
    return found


@service
def choose_proposal(act: Act, *, task_id: UUID, record_id: UUID) -> UUID:
    """This is whom the caller meant: the task's room is told. Returns the person.

    Raises Refused for anybody whom no look-up of the officer inside this task brought: a lead opens whom a caller described, not
    whoever stands in the masked list.
    """
    act.need(Right.LOOK_UP_PERSON)
    area = task_check.area_of_open_task(act, task_id)
    record = SourceRecord.objects.filter(pk=record_id, person_id__isnull=False).first()
    if record is None or record.person_id is None:
        raise Refused(_("This record is not in your area, or it was purged."))
    if not LookUp.objects.filter(user_id=act.actor.user_id, task_id=task_id, persons__contains=[record.person_id]).exists():
        raise Refused(_("This person is not among those the register proposed in this task. Ask it again."))
    task_check.tell_chosen(act, task_id, record.id, record.person_id)
    act.log("people.lead.chosen", area=area, subject=("desk.task", task_id), person=record.person_id, record=record.id)
    return record.person_id


def _lead_keys(lead: Lead) -> Iterator[tuple[int, int]]:
    surname = hanzi.merged(hanzi.surname_sound(lead.name))
    if hanzi.surname_of(lead.name) != lead.name:
        for sound in hanzi.sounds(lead.name):
            yield _key(Key.SOUND_TOWN, sound_town(sound, lead.area))
    if lead.birth_year:
        for year in range(lead.birth_year - YEARS_OFF, lead.birth_year + YEARS_OFF + 1):
            yield _key(Key.SURNAME_YEAR, surname_year(surname, lead.area, year))
    if lead.area[9:12] != "000":
        yield _key(Key.SURNAME_VILLAGE, surname_village(surname, lead.area))


def _key(kind: Key, word: str) -> tuple[int, int]:
    return int(kind), vault.block(kind.name, word)


def _best(lead: Lead, keys: Sequence[tuple[int, int]]) -> list[Proposal]:
    rows = SourceRecord.objects.filter(
        Reach((range_of(town_of(lead.area)),)).where(), pk__in=records_under(keys), traits__isnull=False
    )
    sounds = {vault.block("sound", sound) for sound in hanzi.sounds(lead.name)}
    scored: dict[UUID, tuple[int, UUID, SourceRecord, tuple[str, ...]]] = {}
    for row in rows.filter(person_id__isnull=False):
        agrees = _agrees(lead, row, sounds)
        assert row.person_id is not None
        step = (-sum(_LEAD_WEIGHT[word] for word in agrees), row.id, row, agrees)
        if agrees and (row.person_id not in scored or step[:2] < scored[row.person_id][:2]):
            scored[row.person_id] = step
    chosen = sorted(scored.values(), key=lambda step: step[:2])[:MOST_PROPOSALS]
    labels = labels_of_records(row.id for _, _, row, _ in chosen)
    return [
        Proposal(row.person_id, row.id, labels[row.id], agrees, row.area_code) for _, _, row, agrees in chosen if row.person_id
    ]


_LEAD_WEIGHT = {"name": 8, "village": 3, "year": 3, "near_year": 1, "sex": 1, "other_sex": -4, "surname": 1}


def _agrees(lead: Lead, row: SourceRecord, sounds: set[int]) -> tuple[str, ...]:
    strip = strips_of(bytes(row.traits or b""))[0]
    year, sex = int(strip["year"]), {1: "m", 2: "f"}.get(int(strip["sex_code"]), "")
    found = ["name" if int(strip["name_sound"]) in sounds else "surname"]
    if lead.area[9:12] != "000" and row.area_code[:12] == lead.area[:12]:
        found.append("village")
    if lead.birth_year and year:
        off = abs(lead.birth_year - year)
        found += ["year"] if off <= 1 else ["near_year"] if off <= YEARS_OFF else []
    if lead.sex and sex:
        found.append("sex" if lead.sex == sex else "other_sex")
    return tuple(found)


def used_today(act: Act, kind: str) -> int:
    """Questions of this kind that the officer asked in the current county day."""
    start, end = day_bounds(county_day(act.now))
    return LookUp.objects.filter(user_id=act.actor.user_id, kind=kind, at__gte=start, at__lt=end).count()


def _keep_budget(act: Act, kind: str, most: int) -> None:
    if act.actor.user_id is None:
        raise Refused(_("Only a signed-in officer can ask the register."))
    with connection.cursor() as cursor:
        # Fifty clicks at once must not slip past the last question of the day.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 63))", [str(act.actor.user_id)])
    if used_today(act, kind) >= most:
        raise Refused(
            _("You have asked the register %(most)s times today. Ask a colleague to go on; tomorrow counts anew.")
            % {"most": most}
        )


def _note(act: Act, kind: str, task_id: UUID, found: Sequence[UUID]) -> None:
    assert act.actor.user_id is not None
    LookUp(user_id=act.actor.user_id, task_id=task_id, kind=kind, at=act.now, found=len(found), persons=list(found)).save()
