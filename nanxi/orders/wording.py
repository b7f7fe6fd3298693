"""The words for an order's states, decisions, reasons and what the fence said, as officers and the person read them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from nanxi.orders.rules import Evidence, Kind, LegalBasis, Reason, Standing, State, Step

KINDS = {Kind.HOME: later("at home"), Kind.SITE: later("at a quarantine site"), Kind.HOSPITAL: later("in hospital")}
STATES = {
    State.PROPOSED: (later("proposed"), "quiet"),
    State.ISSUED: (later("issued, not served"), "warn"),
    State.SERVED: (later("served, home point missing"), "wait"),
    State.RUNNING: (later("running"), "go"),
    State.ENDED: (later("ended"), "ok"),
}
ENDED = {
    "released": later("released"),
    "expired": later("ended by itself"),
    "contest_unanswered": later("contest not answered in 24 hours"),
}
STEPS = {
    Step.PROPOSE: (later("Proposed"), "quiet"),
    Step.ISSUE: (later("Issued"), "warn"),
    Step.SERVE: (later("Served"), "go"),
    Step.EXTEND: (later("Extended"), "warn"),
    Step.SHORTEN: (later("Shortened"), "ok"),
    Step.RELEASE: (later("Released"), "ok"),
    Step.CONTEST: (later("Contested"), "danger"),
    Step.ANSWER: (later("Contest answered"), "go"),
}
EVIDENCE = {
    Evidence.CASE_PATH: later("contact with a confirmed case, accepted by an officer"),
    Evidence.OWN_CASE: later("own laboratory result or diagnosis"),
    Evidence.AREA_NOTICE: later("published area notice"),
    Evidence.SUSPECT_REPORT: later("report of a named clinician, 72 hours at most"),
}
HOWS = {
    "in_person": later("handed over in person"),
    "by_phone_then_paper": later("told by phone, paper follows"),
    "to_adult_of_household": later("handed to an adult of the household"),
    "at_site_reception": later("handed over at the site's reception"),
}
LANGUAGES = {
    "zh": later("Mandarin"),
    "wenzhou": later("Wenzhou dialect"),
    "en": later("English"),
    "sign": later("sign language"),
    "interpreter": later("through an interpreter"),
}
RELEASES = {
    "evidence_gone": later("the evidence does not stand any more"),
    "negative_results": later("negative results as the protocol asks"),
    "moved_to_hospital": later("moved to hospital"),
    "moved_to_site": later("moved to a quarantine site"),
    "issued_in_error": later("issued in error"),
    "time_served": later("observation completed"),
}
OUTCOMES = {
    "upheld": later("upheld: the order goes on"),
    "shortened": later("shortened: an earlier end"),
    "released": later("released: the order ends now"),
}
CHANNELS = {"own_page": later("on the own page"), "paper": later("on paper"), "phone": later("by phone")}
DATUMS = {"WGS-84": later("WGS-84 (phone, GPS)"), "GCJ-02": later("GCJ-02 (Amap, Tencent)"), "BD-09": later("BD-09 (Baidu)")}
TAKEN = {
    "officer_position": later("officer's position at the door"),
    "map_tap": later("tapped on the map"),
    "typed": later("typed in"),
}
FENCE = {
    "": (later("not armed"), "quiet"),
    "UNKNOWN": (later("not armed"), "quiet"),
    "INSIDE": (later("at home"), "ok"),
    "SUSPECT": (later("being checked"), "wait"),
    "OUTSIDE": (later("outside"), "danger"),
    "SILENT": (later("silent"), "warn"),
}
EVENTS = {
    "ARMED": (later("Phone armed: two positions at home"), "ok"),
    "SUSPECT": (later("A position outside; asked the phone again"), "wait"),
    "CLEARED": (later("Cleared: at home after all"), "ok"),
    "EXIT_PROBABLE": (later("Left the place of isolation (probable)"), "danger"),
    "EXIT_CONFIRMED": (later("Left the place of isolation (confirmed)"), "danger"),
    "LATE_EXIT": (later("Was outside; found late"), "warn"),
    "RETURNED": (later("Returned"), "ok"),
    "SILENT": (later("Phone is silent"), "warn"),
    "RESUMED": (later("Phone is heard again"), "ok"),
    "NOT_ACTIVATED": (later("Phone was never activated"), "warn"),
    "TELEPORT": (later("Impossible jump; not counted"), "quiet"),
    "DATUM": (later("Positions on a shifted map"), "warn"),
    "SPOOF_SUSPECT": (later("Position may be faked"), "warn"),
}
WHY = {
    "dwell": later("several positions outside over minutes"),
    "one_fix": later("one position outside"),
    "fix_inside": later("a position at home"),
    "silent_while_suspect": later("silent after a position outside"),
    "door_opened": later("the door was opened"),
    "checkpoint_sighting": later("seen at a checkpoint"),
    "phone_left_region": later("the phone left the region"),
    "far_away": later("far away"),
    "no_message": later("no message"),
    "message_again": later("a message again"),
    "never_armed": later("no position at home yet"),
    "found_late": later("positions came late"),
    "impossible_speed": later("impossible speed"),
    "shifted_gcj": later("shifted as GCJ-02 is"),
    "shifted_bd": later("shifted as BD-09 is"),
    "mock_location": later("the phone says the position is made up"),
    "frozen_fix": later("the position never varies"),
}
DEAD = {
    "no_tst": later("without time"),
    "not_json": later("not JSON"),
    "encrypted": later("encrypted with a foreign key"),
    "no_place": later("without place"),
    "unknown_type": later("unknown kind"),
    "not_object": later("not an object"),
    "too_many": later("too many at once"),
}
TALLIES = {
    "taken": later("positions taken"),
    "refused_unknown": later("refused: phone not registered"),
    "refused_no_order": later("refused: no running order"),
    "overload": later("asked to come again: overload"),
    "database_away": later("asked to come again: database away"),
}


def reason_of(code: str) -> str:
    return _(Reason(code).terms.label)


def basis_of(code: str) -> str:
    return _(next(basis.text for basis in LegalBasis if basis.code == code))


def state_of(standing: Standing) -> tuple[Any, str]:
    """Words and tone of a standing; an ended order says how it ended, a contested one that it is contested."""
    if standing.state is State.ENDED:
        return ENDED.get(standing.ended_how, STATES[State.ENDED][0]), "ok"
    if standing.contested_at is not None:
        return _("contested"), "danger"
    return STATES[standing.state]


def tally_of(what: str) -> Any:
    if what.startswith("dead_"):
        return _("set aside: %(why)s") % {"why": DEAD.get(what[5:], what[5:])}
    return TALLIES.get(what, what)
