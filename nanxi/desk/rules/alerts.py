"""Who hears of an alert next, how long it may wait, and what closes it. Pure.

Escalation times follow the fence notes §4.9 (Taiwan's contact time of 15 minutes is the outer bound).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum

from nanxi.foundation.words import ClosedList
from nanxi.foundation.words import mark as _

#: Kind of the alerts of a walk that nobody walked: the dead-man's switch proves with them that alerts arrive. They are no work
#: and no figure.
SYNTHETIC = "orders.walk"
#: Kinds about the house itself, which whoever keeps the system hears of too.
ABOUT_THE_HOUSE = frozenset({"orders.deadman"})


class Level(Enum):
    """Who is asked to answer an alert: minutes without acknowledgement until it is their turn, and their name."""

    DUTY = (0, _("duty officer"))
    DEPUTY = (5, _("deputy"))
    HEADQUARTERS = (10, _("headquarters desk"))
    LEADER = (15, _("headquarters leader"))

    @property
    def after(self) -> timedelta:
        return timedelta(minutes=self.value[0])

    @property
    def label(self) -> str:
        return self.value[1]


#: Acknowledged but nothing done for so long: it rings again.
IDLE = timedelta(minutes=30)


def level_at(raised: datetime, acknowledged: datetime | None, now: datetime) -> Level:
    """Who should be asked now. An acknowledgement stops the climb where it stood."""
    waited = (acknowledged or now) - raised
    return max((level for level in Level if level.after <= waited), key=lambda level: level.value[0], default=Level.DUTY)


def climb(stands: Level, reached: Level) -> list[Level]:
    """The steps between where an alert stands and where it should be; a late timer tells each of them."""
    return [level for level in Level if stands.after < level.after <= reached.after]


#: Whom a confirmed or corroborated departure reaches at once, besides the town (fence notes §4.5: desk and departments).
DEPARTMENTS = frozenset({"hq_desk", "liaison"})


def heard_from(role: str, *, own_unit: bool, part: str, rostered: bool, critical: bool = False) -> Level:
    """From which level on an unacknowledged alert sounds at an officer's desk.

    part: "duty", "deputy" or "" (not on the roster now); rostered: whether the unit has anybody on duty. Without a roster the
    whole unit is asked at once, so that an unkept roster silences nothing. critical: confirmed or corroborated, which the
    departments hear with the town.
    """
    if critical and role in DEPARTMENTS:
        return Level.DUTY
    if role == "hq_leader":
        return Level.LEADER
    if own_unit:
        return Level.DUTY if part == "duty" or not rostered else Level.DEPUTY
    return Level.HEADQUARTERS if role == "hq_desk" else Level.LEADER


def rings_again(acknowledged: datetime | None, last_step: datetime, now: datetime, snoozed_until: datetime | None = None) -> bool:
    """An acknowledged alert on which nobody has moved for half an hour, or whose snooze is over."""
    if snoozed_until is not None:
        return now >= snoozed_until
    return acknowledged is not None and now - last_step >= IDLE


class SnoozeReason(ClosedList):
    """Why an alert may be left for a while. Closed list; what is meant more closely stands in words beside it."""

    ON_THE_WAY = ("on_the_way", _("somebody is on the way"))
    CALL_BACK = ("call_back", _("a call back is agreed"))
    TRANSPORT = ("transport", _("waits for a vehicle or a bed"))
    DECISION = ("decision", _("waits for a decision"))


#: Minutes that can be asked for; a confirmed departure is not left longer than the contact time.
SNOOZES = (5, 10, 15, 30, 60)
LONGEST_CRITICAL_SNOOZE = 15


def why_not_snooze(reason: SnoozeReason | None, minutes: int, severity: str) -> str:
    """Why an alert cannot be left so long; empty when it can."""
    if reason is None:
        return _("Choose why the alert is left for a while.")
    if minutes not in SNOOZES:
        return _("Choose how long from the list.")
    if severity == "critical" and minutes > LONGEST_CRITICAL_SNOOZE:
        return _("A confirmed departure is left for 15 minutes at most.")
    return ""


class Disposition(ClosedList):
    """What the alert was. Closed list; it feeds the count of false alarms."""

    VIOLATION = ("violation", _("violation"))
    DRIFT = ("drift", _("false: position drift"))
    DATUM = ("datum", _("false: shifted map"))
    ADDRESS = ("address", _("false: wrong address"))
    PHONE_FAULT = ("phone_fault", _("phone fault"))
    AUTHORISED = ("authorised", _("authorised leave"))
    MEDICAL = ("medical", _("medical need"))
    DRILL = ("drill", _("drill"))
    UNRELATED = ("unrelated", _("not about this person"))

    @property
    def false_alarm(self) -> bool:
        return self in {Disposition.DRIFT, Disposition.DATUM, Disposition.ADDRESS, Disposition.PHONE_FAULT}


class Measure(ClosedList):
    """What was done about it. Closed list; an alert does not close without one."""

    RETURNED = ("returned", _("returned home"))
    TRANSFERRED = ("transferred", _("transferred to a site or hospital"))
    ORDER_CHANGED = ("order_changed", _("order changed"))
    CARE_GIVEN = ("care_given", _("help given at home"))
    DEVICE_FIXED = ("device_fixed", _("phone or address put right"))
    NONE_NEEDED = ("none_needed", _("no measure needed"))


class CallResult(ClosedList):
    """What came of a call: code, words, and whether somebody answered."""

    COMING_BACK = ("coming_back", _("says: on the way back"), True)
    AT_HOME = ("at_home", _("says: at home"), True)
    NEEDS_HELP = ("needs_help", _("needs help or a doctor"), True)
    REFUSES = ("refuses", _("refuses"), True)
    OTHER_PERSON = ("other_person", _("somebody else answered"), True)
    NO_ANSWER = ("no_answer", _("no answer"), False)
    SWITCHED_OFF = ("switched_off", _("phone is off"), False)
    WRONG_NUMBER = ("wrong_number", _("wrong number"), False)

    @property
    def answered(self) -> bool:
        return self.value[2]


def why_not_call(result: CallResult | None, at: datetime, raised: datetime, now: datetime) -> str:
    """Why a call cannot be kept as told; empty when it can."""
    if result is None:
        return _("Choose what came of the call.")
    if at > now + timedelta(minutes=1):
        return _("The call lies in the future; correct its time.")
    if at < raised:
        return _("The call lies before the alert; correct its time.")
    return ""


def why_not_place(start: datetime, end: datetime, now: datetime) -> str:
    """Why a place visited cannot be kept; empty when it can."""
    if end < start:
        return _("A place visited ends before it begins; correct its times.")
    if start > now:
        return _("A place visited lies in the future; correct its times.")
    return ""


def why_not_close(disposition: Disposition, measure: Measure, calls: int, visits_done: int) -> str:
    """Why an alert cannot be closed this way yet; empty when it can. A violation needs somebody to have tried to reach him."""
    if disposition is Disposition.VIOLATION and calls + visits_done == 0:
        return _("Record a call or a visit before closing as a violation.")
    if disposition is Disposition.VIOLATION and measure is Measure.NONE_NEEDED:
        return _("A violation needs a measure: say what was done about it.")
    return ""
