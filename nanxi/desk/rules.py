"""The desk's decisions as pure functions: what state a directive is in, who hears of an alert next, what closes it.

Escalation times follow the fence notes §4.9 (Taiwan's contact time of 15 minutes is the outer bound).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum


def _(sentence: str) -> str:
    """Mark a sentence for the catalogue; it is translated where it is shown."""
    return sentence


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


class SnoozeReason(Enum):
    """Why an alert may be left for a while. Closed list; what is meant more closely stands in words beside it."""

    ON_THE_WAY = ("on_the_way", _("somebody is on the way"))
    CALL_BACK = ("call_back", _("a call back is agreed"))
    TRANSPORT = ("transport", _("waits for a vehicle or a bed"))
    DECISION = ("decision", _("waits for a decision"))

    @property
    def code(self) -> str:
        return self.value[0]

    @property
    def label(self) -> str:
        return self.value[1]


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


class Disposition(Enum):
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
    def code(self) -> str:
        return self.value[0]

    @property
    def label(self) -> str:
        return self.value[1]

    @property
    def false_alarm(self) -> bool:
        return self in {Disposition.DRIFT, Disposition.DATUM, Disposition.ADDRESS, Disposition.PHONE_FAULT}


class Measure(Enum):
    """What was done about it. Closed list; an alert does not close without one."""

    RETURNED = ("returned", _("returned home"))
    TRANSFERRED = ("transferred", _("transferred to a site or hospital"))
    ORDER_CHANGED = ("order_changed", _("order changed"))
    CARE_GIVEN = ("care_given", _("help given at home"))
    DEVICE_FIXED = ("device_fixed", _("phone or address put right"))
    NONE_NEEDED = ("none_needed", _("no measure needed"))

    @property
    def code(self) -> str:
        return self.value[0]

    @property
    def label(self) -> str:
        return self.value[1]


class CallResult(Enum):
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
    def code(self) -> str:
        return self.value[0]

    @property
    def label(self) -> str:
        return self.value[1]

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


@dataclass(frozen=True)
class Course:
    """What has happened to a directive so far."""

    triaged: bool
    tasks_open: int
    tasks_done: int
    answered: bool
    withdrawn: bool
    has_list: bool = False

    @property
    def list_waiting(self) -> bool:
        """A list came with it and has not become tasks yet."""
        return self.has_list and not self.tasks_open and not self.tasks_done


class Stage(Enum):
    """Where a directive stands; follows from its course, nobody sets it."""

    RECEIVED = _("received")
    TRIAGED = _("triaged")
    DISPATCHED = _("dispatched")
    READY = _("ready to answer")
    ANSWERED = _("answered")
    WITHDRAWN = _("withdrawn")

    @property
    def ended(self) -> bool:
        return self in {Stage.ANSWERED, Stage.WITHDRAWN}


def stage_of(course: Course) -> Stage:
    """Withdrawn beats answered beats open tasks beats done tasks beats triage."""
    if course.withdrawn:
        return Stage.WITHDRAWN
    if course.answered:
        return Stage.ANSWERED
    if course.tasks_open:
        return Stage.DISPATCHED
    if course.tasks_done:
        return Stage.READY
    return Stage.TRIAGED if course.triaged else Stage.RECEIVED


def why_not_answer(course: Course, forced_reason: str) -> str:
    """A directive is answered when its tasks are closed, or with a stated reason for the open ones."""
    if stage_of(course).ended:
        return _("This directive is already closed.")
    if not course.triaged:
        return _("Triage the directive first.")
    if course.list_waiting and not forced_reason.strip():
        return _("Its list has not become tasks yet: commit the list, or say why the answer goes out without it.")
    if course.tasks_open and not forced_reason.strip():
        return _("Some tasks are still open: close them, or say why the answer goes out without them.")
    return ""


class TaskKind(Enum):
    """Kinds of tasks, the unit that serves them, and the results they can have."""

    VERIFICATION = ("verification", _("verification"), ("found", "not_here", "refused", "wrong_person", "already_left"))
    VISIT = ("visit", _("visit"), ("met", "absent", "refused", "returned", "transferred"))
    CALL = ("call", _("call"), ("answered", "no_answer", "wrong_number"))
    LEAD = ("lead", _("phoned-in lead"), ("matched", "no_match", "not_credible"))
    CONFLICT = ("conflict", _("identity conflict"), ("same", "not_same", "corrected"))
    SERVE = ("serve", _("serve an order"), ("served", "absent", "refused"))
    HEALTH = ("health", _("health check"), ("well", "symptoms", "no_answer"))
    CONTEST = ("contest", _("contest"), ("answered",))
    NEED = ("need", _("something needed"), ("delivered", "referred", "not_needed"))
    HOME = ("home", _("confirm a home point"), ("confirmed", "retaken"))
    FOLLOW_UP = ("follow_up", _("follow-up"), ("well", "symptoms", "no_answer"))
    DELIVERY = ("delivery", _("delivery"), ("delivered", "absent", "refused"))
    TRANSFER = ("transfer", _("transfer"), ("transferred", "refused", "not_done"))
    PATROL = ("patrol", _("patrol"), ("quiet", "dispersed", "closed_down"))
    POST = ("post", _("post"), ("done", "not_done"))
    ENTERPRISE = ("enterprise", _("enterprise visit"), ("in_order", "faults", "closed_down"))
    REPORT = ("report", _("report back"), ("reported", "nothing"))
    NOTICE = ("notice", _("notice"), ("read",))

    @property
    def code(self) -> str:
        return self.value[0]

    @property
    def label(self) -> str:
        return self.value[1]

    @property
    def results(self) -> tuple[str, ...]:
        return self.value[2]

    @classmethod
    def of(cls, code: str) -> TaskKind:
        return next(kind for kind in cls if kind.code == code)


#: Result words as shown.
RESULTS = {
    "found": _("found here"),
    "not_here": _("not here"),
    "refused": _("refused"),
    "wrong_person": _("wrong person"),
    "already_left": _("already left"),
    "met": _("met"),
    "absent": _("absent"),
    "returned": _("returned home"),
    "transferred": _("transferred"),
    "answered": _("answer given"),
    "no_answer": _("no answer"),
    "wrong_number": _("wrong number"),
    "matched": _("person found"),
    "no_match": _("no match"),
    "not_credible": _("not credible"),
    "same": _("same person"),
    "not_same": _("not the same person"),
    "corrected": _("record corrected"),
    "served": _("served"),
    "delivered": _("delivered"),
    "referred": _("passed on"),
    "not_needed": _("not needed any more"),
    "confirmed": _("home point confirmed"),
    "retaken": _("home point taken anew"),
    "well": _("well"),
    "symptoms": _("symptoms"),
    "not_done": _("not done"),
    "done": _("done"),
    "quiet": _("all quiet"),
    "dispersed": _("gathering dispersed"),
    "closed_down": _("premises closed"),
    "in_order": _("in order"),
    "faults": _("faults found"),
    "reported": _("reported back"),
    "nothing": _("nothing to report"),
    "read": _("taken note of"),
}
#: Why a task ended without a result.
ENDINGS = {
    "withdrawn": _("withdrawn by the sender"),
    "gone": _("no longer on the list"),
    "stopped": _("ended by its rule"),
    "moot": _("no longer needed"),
    "double": _("same as another task"),
    "elsewhere": _("done elsewhere"),
    "misplaced": _("opened for the wrong place"),
}
#: The reasons of ENDINGS that a person may give for closing many tasks at once.
BULK_REASONS = ("moot", "double", "elsewhere", "misplaced")
#: One act at a time stays small enough to be looked over and undone.
MOST_IN_BULK = 20_000


class Says(Enum):
    """What a finding says about where somebody is."""

    HERE = ("here", _("is here"))
    GONE = ("gone", _("is not here"))
    UNCLEAR = ("unclear", _("says nothing about it"))

    @property
    def code(self) -> str:
        return self.value[0]

    @property
    def label(self) -> str:
        return self.value[1]


#: Result of a verification → what it says.
SAYS = {"found": Says.HERE, "not_here": Says.GONE, "already_left": Says.GONE}
#: How a finding is known: online by an event that was recorded (a post, a clinic) or by what somebody declared; on the spot in
#: person, by the household, or by phone.
KNOWN = {
    "event": _("a recorded event"),
    "declared": _("a declaration"),
    "person": _("seen in person"),
    "household": _("told by the household"),
    "phone": _("told by phone"),
}


@dataclass(frozen=True)
class Told:
    """One finding as the rule reads it."""

    says: Says
    how: str
    at: datetime


class Verdict(Enum):
    """What becomes of an online claim and a finding on the spot."""

    AGREE = "agree"
    SILENT = "silent"
    SPOT = "spot"
    EVENT = "event"
    PERSON = "person"


#: The sentence of each verdict that decides by itself.
CONTRADICTION = {
    "spot": _("Seen in person after the claim was made: what was found on the spot stands."),
    "event": _("An event recorded after the visit: what is known online stands."),
}


def verdict_on(online: Told, spot: Told) -> Verdict:
    """Who is right where both speak. Neither is overwritten; where no rule is certain a person decides."""
    if Says.UNCLEAR in (online.says, spot.says):
        return Verdict.SILENT
    if online.says is spot.says:
        return Verdict.AGREE
    if spot.how == "person" and online.at <= spot.at:
        return Verdict.SPOT
    if online.how == "event" and online.at > spot.at:
        return Verdict.EVENT
    return Verdict.PERSON
