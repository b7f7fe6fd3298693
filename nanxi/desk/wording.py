"""The desk's facts in words: why an alert was raised, what each step was, what the ledger says of a directive or task.

Facts are kept as ids, codes and counts; the sentence is made in the reader's language when it is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _later
from django.utils.translation import ngettext

from nanxi.desk import rules
from nanxi.desk.models import Alert
from nanxi.foundation.clock import COUNTY

SEVERITY_TONES = {"critical": "danger", "high": "danger", "medium": "warn", "low": "quiet"}
PRIORITIES = {1: (_later("urgent"), "danger"), 2: (_later("normal"), "quiet"), 3: (_later("can wait"), "quiet")}
STAGE_TONES = {
    rules.Stage.RECEIVED: "wait",
    rules.Stage.TRIAGED: "go",
    rules.Stage.DISPATCHED: "go",
    rules.Stage.READY: "warn",
    rules.Stage.ANSWERED: "ok",
    rules.Stage.WITHDRAWN: "quiet",
}
#: Fixed words of the fence (its closed list of reasons) as sentences.
REASONS = {
    "dwell": _later("Several positions outside, one after the other."),
    "one_fix": _later("One position clearly outside."),
    "silent_while_suspect": _later("The phone fell silent while a departure was suspected."),
    "door_opened": _later("The door sensor opened."),
    "checkpoint_sighting": _later("Seen at a checkpoint."),
    "phone_left_region": _later("The phone itself reported leaving the area."),
    "far_away": _later("A position far from home."),
    "no_message": _later("No message from the phone for too long."),
    "never_armed": _later("The phone has never sent a position from home."),
    "found_late": _later("Positions that arrived late show a departure."),
    "shifted_gcj": _later("Positions lie shifted as on Chinese maps (GCJ-02): probably not a departure."),
    "shifted_bd": _later("Positions lie shifted as on Baidu maps (BD-09): probably not a departure."),
    "mock_location": _later("The phone reports a position made up by an app."),
    "two_missed": _later("Two check-ins in a row were not answered."),
    "many_silent": _later("Many phones fell silent within five minutes: a server, network or app, not the persons."),
    "frozen_fix": _later("Exactly the same position for hours: the phone may show an old one."),
}
STEPS = {
    "event": (_later("Event"), "danger"),
    "back": (_later("Back at the place of isolation"), "ok"),
    "heard": (_later("Phone is heard again"), "ok"),
    "acknowledged": (_later("Acknowledged"), "go"),
    "call": (_later("Called"), "go"),
    "sent": (_later("Somebody was sent"), "go"),
    "visited": (_later("Visited"), "ok"),
    "assigned": (_later("Given to an officer"), "go"),
    "snoozed": (_later("Left for a while"), "wait"),
    "escalated": (_later("Nobody answered; passed on"), "warn"),
    "rang_again": (_later("Rang again: nothing was done for half an hour"), "warn"),
    "closed": (_later("Closed"), "ok"),
}
PART_STEPS = {
    "given": (_later("Given to the unit"), "wait"),
    "acknowledged": (_later("Read by the unit"), "go"),
    "reported": (_later("Reported back"), "ok"),
    "returned": (_later("Returned for correction"), "warn"),
    "reminded": (_later("Reminded"), "wait"),
    "escalated": (_later("Too late: the duty officer was alerted"), "danger"),
    "withdrawn": (_later("Withdrawn"), "quiet"),
}
#: What the ledger tells of a directive or task: kind → words and tone. Other kinds are not shown here.
DEEDS = {
    "desk.directive.received": (_later("Received"), "wait"),
    "desk.directive.triaged": (_later("Triaged"), "go"),
    "desk.directive.dispatched": (_later("List turned into tasks"), "go"),
    "desk.directive.answered": (_later("Answered"), "ok"),
    "desk.directive.exported": (_later("Answer workbook handed out"), "go"),
    "desk.directive.attachment_opened": (_later("Attachment opened"), "quiet"),
    "desk.directive.withdrawn": (_later("Withdrawn"), "quiet"),
    "desk.directive.joined": (_later("Joined to an earlier telling"), "quiet"),
    "desk.directive.snoozed": (_later("Put off"), "quiet"),
    **{f"desk.part.{kind}": words for kind, words in PART_STEPS.items()},
    "desk.task.opened": (_later("Opened"), "wait"),
    "desk.task.claimed": (_later("Taken"), "go"),
    "desk.task.assigned": (_later("Assigned"), "go"),
    "desk.task.told_read": (_later("What was told was read"), "quiet"),
    "desk.task.closed": (_later("Closed"), "ok"),
    "desk.task.ended": (_later("Ended with a reason"), "ok"),
    "desk.task.stopped": (_later("Ended by its rule"), "ok"),
    "desk.task.put_back": (_later("Put back as it was"), "wait"),
    "desk.finding.kept": (_later("An online claim came in"), "go"),
    "desk.finding.differs": (_later("Online claim and finding differ"), "warn"),
    "desk.finding.ruled": (_later("Decided what stands"), "ok"),
    "people.person.read": (_later("Record opened"), "quiet"),
}
#: The cause of an alert has ended by itself; the alert is still somebody's to close.
EASED = {
    "back": _later("Back at the place of isolation since %(at)s, by the phone. Call before closing."),
    "heard": _later("The phone is heard again since %(at)s."),
}
CHANNELS = {"mail": _later("e-mail"), "gateway": _later("text message")}
PARTS = {"duty": (_later("duty officer"), "ok"), "deputy": (_later("deputy"), "quiet")}


def why(alert: Alert) -> list[str]:
    """Why the alert was raised: the newest facts as sentences, no name among them."""
    return [*_eased(alert.facts), *sentences(alert.facts)]


def _eased(facts: Mapping[str, Any]) -> list[str]:
    words = EASED.get(facts.get("eased", ""))
    if not words or not facts.get("eased_at"):
        return []
    return [words % {"at": f"{datetime.fromisoformat(facts['eased_at']).astimezone(COUNTY):%H:%M}"}]


def sentences(facts: Mapping[str, Any]) -> list[str]:
    told = [str(REASONS[facts["why"]])] if facts.get("why") in REASONS else []
    if facts.get("of"):
        told.append(_("%(n)d of %(of)d phones are silent.") % {"n": facts.get("count", 0), "of": facts["of"]})
    if facts.get("distance_m"):
        words = _("%(far)d m from the place of isolation, measured to within %(acc)d m.")
        told.append(words % {"far": facts["distance_m"], "acc": facts.get("acc_m", 0)})
    if facts.get("fixes"):
        told.append(_("%(n)d positions over %(span)s.") % {"n": facts["fixes"], "span": span(facts.get("dwell_s", 0))})
    return told


def span(seconds: float) -> str:
    """3 min; 2 h 10 min."""
    hours, minutes = divmod(max(1, round(seconds / 60)), 60)
    if not hours:
        return ngettext("%(n)d min", "%(n)d min", minutes) % {"n": minutes}
    return _("%(h)d h %(m)d min") % {"h": hours, "m": minutes}


def step_text(kind: str, facts: Mapping[str, Any]) -> str:
    """The line below a step's heading."""
    if kind == "event":
        return " ".join(sentences(facts))
    if kind == "call":
        result = next((one.label for one in rules.CallResult if one.code == facts.get("result")), "")
        answered = _("picked up") if facts.get("answered") else _("not picked up")
        return f"{answered} · {_(result)}" if result else answered
    if kind == "snoozed":
        why = next((one.label for one in rules.SnoozeReason if one.code == facts.get("reason")), "")
        return " · ".join(part for part in (span(60 * int(facts.get("minutes", 0))), _(why) if why else "") if part)
    if kind == "visited":
        words = rules.RESULTS.get(facts.get("result", ""), "")
        return _(words) if words else ""
    if kind in {"escalated", "rang_again"} and facts.get("level") in rules.Level.__members__:
        level = rules.Level[facts["level"]]
        return _(level.label)
    if kind == "closed":
        words = [
            one.label
            for one in (*rules.Disposition, *rules.Measure)
            if one.code in {facts.get("disposition"), facts.get("measure")}
        ]
        return " · ".join(_(word) for word in words)
    return ""
