"""The desk's facts in words: why an alert was raised, what each step was, what the ledger says of a directive or task.

Facts are kept as ids, codes and counts; the sentence is made in the reader's language when it is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from nanxi.desk import rules
from nanxi.desk.models import Alert
from nanxi.foundation.clock import COUNTY

SEVERITY_TONES = {"critical": "danger", "high": "danger", "medium": "warn", "low": "quiet"}
PRIORITIES = {1: (gettext_lazy("urgent"), "danger"), 2: (gettext_lazy("normal"), "quiet"), 3: (gettext_lazy("can wait"), "quiet")}
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
    "dwell": gettext_lazy("Several positions outside, one after the other."),
    "one_fix": gettext_lazy("One position clearly outside."),
    "silent_while_suspect": gettext_lazy("The phone fell silent while a departure was suspected."),
    "door_opened": gettext_lazy("The door sensor opened."),
    "checkpoint_sighting": gettext_lazy("Seen at a checkpoint."),
    "phone_left_region": gettext_lazy("The phone itself reported leaving the area."),
    "far_away": gettext_lazy("A position far from home."),
    "no_message": gettext_lazy("No message from the phone for too long."),
    "never_armed": gettext_lazy("The phone has never sent a position from home."),
    "found_late": gettext_lazy("Positions that arrived late show a departure."),
    "shifted_gcj": gettext_lazy("Positions lie shifted as on Chinese maps (GCJ-02): probably not a departure."),
    "shifted_bd": gettext_lazy("Positions lie shifted as on Baidu maps (BD-09): probably not a departure."),
    "mock_location": gettext_lazy("The phone reports a position made up by an app."),
    "two_missed": gettext_lazy("Two check-ins in a row were not answered."),
    "no_walk": gettext_lazy(
        "A synthetic walk-out raised no alert in time: real ones may not arrive either. Tell the system operator."
    ),
    "many_silent": gettext_lazy("Many phones fell silent within five minutes: a server, network or app, not the persons."),
    "area_dwell": gettext_lazy("Several positions inside the area, one after the other."),
    "area_fix_outside": gettext_lazy("Positions outside the area, one after the other."),
    "area_pass_through": gettext_lazy("The way between accurate positions goes through the area."),
    "frozen_fix": gettext_lazy("Exactly the same position for hours: the phone may show an old one."),
}
STEPS = {
    "event": (gettext_lazy("Event"), "danger"),
    "back": (gettext_lazy("Back at the place of isolation"), "ok"),
    "heard": (gettext_lazy("Phone is heard again"), "ok"),
    "left": (gettext_lazy("Out of the controlled area"), "ok"),
    "returned": (gettext_lazy("Back in the controlled area"), "ok"),
    "source": (gettext_lazy("The source speaks again"), "ok"),
    "walks": (gettext_lazy("Alerts arrive again"), "ok"),
    "acknowledged": (gettext_lazy("Acknowledged"), "go"),
    "call": (gettext_lazy("Called"), "go"),
    "sent": (gettext_lazy("Somebody was sent"), "go"),
    "visited": (gettext_lazy("Visited"), "ok"),
    "assigned": (gettext_lazy("Given to an officer"), "go"),
    "snoozed": (gettext_lazy("Left for a while"), "wait"),
    "escalated": (gettext_lazy("Nobody answered; passed on"), "warn"),
    "rang_again": (gettext_lazy("Rang again: nothing was done for half an hour"), "warn"),
    "closed": (gettext_lazy("Closed"), "ok"),
}
PART_STEPS = {
    "given": (gettext_lazy("Given to the unit"), "wait"),
    "acknowledged": (gettext_lazy("Read by the unit"), "go"),
    "reported": (gettext_lazy("Reported back"), "ok"),
    "returned": (gettext_lazy("Returned for correction"), "warn"),
    "reminded": (gettext_lazy("Reminded"), "wait"),
    "escalated": (gettext_lazy("Too late: the duty officer was alerted"), "danger"),
    "withdrawn": (gettext_lazy("Withdrawn"), "quiet"),
}
#: What the ledger tells of a directive or task: kind → words and tone. Other kinds are not shown here.
DEEDS = {
    "desk.directive.received": (gettext_lazy("Received"), "wait"),
    "desk.directive.triaged": (gettext_lazy("Triaged"), "go"),
    "desk.directive.dispatched": (gettext_lazy("List turned into tasks"), "go"),
    "desk.directive.answered": (gettext_lazy("Answered"), "ok"),
    "desk.directive.exported": (gettext_lazy("Answer workbook handed out"), "go"),
    "desk.directive.attachment_opened": (gettext_lazy("Attachment opened"), "quiet"),
    "desk.directive.withdrawn": (gettext_lazy("Withdrawn"), "quiet"),
    "desk.directive.joined": (gettext_lazy("Joined to an earlier telling"), "quiet"),
    "desk.directive.snoozed": (gettext_lazy("Put off"), "quiet"),
    **{f"desk.part.{kind}": words for kind, words in PART_STEPS.items()},
    "desk.task.opened": (gettext_lazy("Opened"), "wait"),
    "desk.task.claimed": (gettext_lazy("Taken"), "go"),
    "desk.task.assigned": (gettext_lazy("Assigned"), "go"),
    "desk.task.told_read": (gettext_lazy("What was told was read"), "quiet"),
    "desk.task.closed": (gettext_lazy("Closed"), "ok"),
    "desk.task.ended": (gettext_lazy("Ended with a reason"), "ok"),
    "desk.task.stopped": (gettext_lazy("Ended by its rule"), "ok"),
    "desk.task.put_back": (gettext_lazy("Put back as it was"), "wait"),
    "desk.finding.kept": (gettext_lazy("An online claim came in"), "go"),
    "desk.finding.differs": (gettext_lazy("Online claim and finding differ"), "warn"),
    "desk.finding.ruled": (gettext_lazy("Decided what stands"), "ok"),
    "people.person.read": (gettext_lazy("Record opened"), "quiet"),
}
#: The cause of an alert has ended by itself; the alert is still somebody's to close.
EASED = {
    "back": gettext_lazy("Back at the place of isolation since %(at)s, by the phone. Call before closing."),
    "heard": gettext_lazy("The phone is heard again since %(at)s."),
    "left": gettext_lazy("Out of the controlled area since %(at)s, by the phone."),
    "returned": gettext_lazy("Back in the controlled area since %(at)s, by the phone."),
    "source": gettext_lazy("The source speaks again since %(at)s; phones that are silent still are told one by one."),
    "walks": gettext_lazy("Synthetic walk-outs raise alerts again since %(at)s."),
}
CHANNELS = {"mail": gettext_lazy("e-mail"), "gateway": gettext_lazy("text message")}
PARTS = {"duty": (gettext_lazy("duty officer"), "ok"), "deputy": (gettext_lazy("deputy"), "quiet")}


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
    if facts.get("notice"):
        told.append(_("Area notice %(number)s.") % {"number": facts["notice"]})
    if facts.get("of"):
        told.append(_("%(n)d of %(of)d phones are silent.") % {"n": facts.get("count", 0), "of": facts["of"]})
    if facts.get("towns"):
        told.append(_("In %(n)d of %(of)d towns.") % {"n": facts["count"], "of": facts["towns"]})
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
