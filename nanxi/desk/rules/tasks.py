"""Kinds of tasks, their results, and why one ends without a result. Pure."""

from __future__ import annotations

from nanxi.foundation.words import ClosedList
from nanxi.foundation.words import mark as _


class TaskKind(ClosedList):
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
    SWEEP = ("sweep", _("household sweep"), ("visited", "absent", "minors", "refused", "moved", "no_such"))
    PATROL = ("patrol", _("patrol"), ("quiet", "dispersed", "closed_down"))
    POST = ("post", _("post"), ("done", "not_done"))
    ENTERPRISE = ("enterprise", _("enterprise visit"), ("in_order", "faults", "closed_down"))
    REPORT = ("report", _("report back"), ("reported", "nothing"))
    NOTICE = ("notice", _("notice"), ("read",))

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
    "visited": _("visited"),
    "minors": _("only minors at home"),
    "moved": _("moved away"),
    "no_such": _("no such household"),
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
