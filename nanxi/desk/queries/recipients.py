"""Who is told of an alert outside the desk: the town's duty officer at once, deputy, headquarters and leader in their turn; the
departments at once when a departure is confirmed or corroborated (fence notes §4.5, §4.9)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from nanxi.desk import rules
from nanxi.desk.models import Alert
from nanxi.desk.queries.duty import on_duty
from nanxi.foundation.models import UnitArea, User
from nanxi.foundation.reach import stem_of
from nanxi.foundation.rights import Right, Role


def recipients(alert: Alert, what: str, at: datetime) -> list[User]:
    """Officers to tell of `what` ("raised", "critical", a level's name, "rang_again", "assigned"), each once."""
    found: list[User] = []
    if what == "assigned":
        return list(User.objects.filter(pk=alert.assignee_id, is_active=True))
    if what in ("raised", "rang_again", "critical"):
        found += _of_unit(alert, "duty", at)
    if alert.kind in rules.ABOUT_THE_HOUSE:
        found += User.objects.filter(is_active=True, role_code=Role.OPERATOR.code)
    if what == "DEPUTY":
        found += _of_unit(alert, "deputy", at)
    if what == "HEADQUARTERS" or alert.severity == "critical":
        found += _headquarters(alert, at)
    if what == "LEADER":
        found += _covering(alert, [Role.HQ_LEADER.code])
    if alert.severity == "critical" and what in ("raised", "critical"):
        found += _covering(alert, [role for role in sorted(rules.DEPARTMENTS) if role != Role.HQ_DESK.code])
    return list({user.id: user for user in found}.values())


def _of_unit(alert: Alert, part: str, at: datetime) -> list[User]:
    """Who stands on the roster as `part`; without a roster the whole unit, so that an unkept roster silences nothing."""
    if alert.unit_id is None:
        return _headquarters(alert, at)
    slots = on_duty(alert.unit_id, at)
    if slots:
        ids = [slot.user_id for slot in slots if slot.part == part]
        return list(User.objects.filter(pk__in=ids, is_active=True))
    # The leader's turn comes last, roster or not.
    unit = [user for user in answering(alert.area_code) if user.unit_id == alert.unit_id]
    return [user for user in unit if user.role_code != Role.HQ_LEADER.code]


def _headquarters(alert: Alert, at: datetime) -> list[User]:
    people = [user for user in answering(alert.area_code) if user.role_code == Role.HQ_DESK.code]
    on = {slot.user_id for unit in {user.unit_id for user in people} for slot in on_duty(unit, at)}
    return [user for user in people if not on or user.id in on]


def _covering(alert: Alert, roles: list[str]) -> list[User]:
    return [user for user in answering(alert.area_code) if user.role_code in roles]


_ANSWER = [role.code for role in Role if Right.HANDLE_ALERTS in role.rights]


def answering(area: str) -> list[User]:
    """Officers who answer alerts and whose unit serves an area that holds this one, the nearest unit first."""
    above = {area, area[:12].ljust(12, "0"), area[:9].ljust(12, "0"), area[:6].ljust(12, "0")}
    nearest: dict[UUID, int] = {}
    for unit_id, code in UnitArea.objects.filter(area_id__in=above).values_list("unit_id", "area_id"):
        nearest[unit_id] = max(nearest.get(unit_id, 0), len(stem_of(code)))
    rows = User.objects.filter(is_active=True, role_code__in=_ANSWER, unit_id__in=nearest).select_related("unit")
    return sorted(rows, key=lambda user: (-nearest[user.unit_id], user.unit.name, user.username))
