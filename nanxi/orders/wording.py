"""The words for an order's states, decisions, reasons and what the fence said, as officers and the person read them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nanxi.orders.rules import Evidence, Kind, LegalBasis, Reason, Standing, State, Step

KINDS = {
    Kind.HOME: gettext_lazy("at home"),
    Kind.SITE: gettext_lazy("at a quarantine site"),
    Kind.HOSPITAL: gettext_lazy("in hospital"),
}
STATES = {
    State.PROPOSED: (gettext_lazy("proposed"), "quiet"),
    State.ISSUED: (gettext_lazy("issued, not served"), "warn"),
    State.SERVED: (gettext_lazy("served, home point missing"), "wait"),
    State.RUNNING: (gettext_lazy("in force"), "go"),
    State.ENDED: (gettext_lazy("ended"), "ok"),
}
ENDED = {
    "released": gettext_lazy("released"),
    "expired": gettext_lazy("ended by itself"),
    "contest_unanswered": gettext_lazy("contest not answered in 24 hours"),
}
STEPS = {
    Step.PROPOSE: (gettext_lazy("Proposed"), "quiet"),
    Step.ISSUE: (gettext_lazy("Issued"), "warn"),
    Step.SERVE: (gettext_lazy("Served"), "go"),
    Step.HOME: (gettext_lazy("Home point confirmed"), "go"),
    Step.EXTEND: (gettext_lazy("Extended"), "warn"),
    Step.SHORTEN: (gettext_lazy("Shortened"), "ok"),
    Step.RELEASE: (gettext_lazy("Released"), "ok"),
    Step.CONTEST: (gettext_lazy("Contested"), "danger"),
    Step.ANSWER: (gettext_lazy("Contest answered"), "go"),
}
EVIDENCE = {
    Evidence.CASE_PATH: gettext_lazy("contact with a confirmed case, accepted by an officer"),
    Evidence.OWN_CASE: gettext_lazy("own laboratory result or diagnosis"),
    Evidence.AREA_NOTICE: gettext_lazy("published area notice"),
    Evidence.SUSPECT_REPORT: gettext_lazy("report of a named clinician, 72 hours at most"),
}
HOWS = {
    "in_person": gettext_lazy("handed over in person"),
    "by_phone_then_paper": gettext_lazy("told by phone, paper follows"),
    "to_adult_of_household": gettext_lazy("handed to an adult of the household"),
    "at_site_reception": gettext_lazy("handed over at the site's reception"),
}
LANGUAGES = {
    "zh": gettext_lazy("Mandarin"),
    "wenzhou": gettext_lazy("Wenzhou dialect"),
    "en": gettext_lazy("English"),
    "sign": gettext_lazy("sign language"),
    "interpreter": gettext_lazy("through an interpreter"),
}
RELEASES = {
    "evidence_gone": gettext_lazy("the evidence does not stand any more"),
    "negative_results": gettext_lazy("negative results as the protocol asks"),
    "moved_to_hospital": gettext_lazy("moved to hospital"),
    "moved_to_site": gettext_lazy("moved to a quarantine site"),
    "issued_in_error": gettext_lazy("issued in error"),
    "time_served": gettext_lazy("observation completed"),
}
OUTCOMES = {
    "upheld": gettext_lazy("upheld: the order goes on"),
    "shortened": gettext_lazy("shortened: an earlier end"),
    "released": gettext_lazy("released: the order ends now"),
}
CHANNELS = {"own_page": gettext_lazy("on the own page"), "paper": gettext_lazy("on paper"), "phone": gettext_lazy("by phone")}
DATUMS = {
    "WGS-84": gettext_lazy("WGS-84 (phone, GPS)"),
    "GCJ-02": gettext_lazy("GCJ-02 (Amap, Tencent)"),
    "BD-09": gettext_lazy("BD-09 (Baidu)"),
}
TAKEN = {
    "officer_position": gettext_lazy("officer's position at the door"),
    "map_tap": gettext_lazy("tapped on the map"),
    "typed": gettext_lazy("typed in"),
    "learnt": gettext_lazy("learnt from the phone's first half hour, confirmed by the town"),
}
SOURCES = {
    "phone": gettext_lazy("phone"),
    "checkin": gettext_lazy("check-in"),
    "checkpoint": gettext_lazy("checkpoint"),
    "web": gettext_lazy("page"),
    "door": gettext_lazy("door"),
}
WATCHES = {
    "position": gettext_lazy("by the phone's positions"),
    "checkin": gettext_lazy("by check-ins at random times, without continuous positions"),
}
HEALTH = {
    "well": (gettext_lazy("well"), "ok"),
    "symptoms": (gettext_lazy("symptoms: somebody calls"), "warn"),
    "urgent": (gettext_lazy("alarming: a doctor calls"), "danger"),
    "missed": (gettext_lazy("no report: somebody calls"), "wait"),
}
NEED_RESULTS = {
    "": (gettext_lazy("asked for"), "wait"),
    "delivered": (gettext_lazy("delivered"), "ok"),
    "referred": (gettext_lazy("passed on"), "go"),
    "not_needed": (gettext_lazy("not needed any more"), "quiet"),
}
FENCE = {
    "": (gettext_lazy("not armed"), "quiet"),
    "UNKNOWN": (gettext_lazy("not armed"), "quiet"),
    "INSIDE": (gettext_lazy("at home"), "ok"),
    "SUSPECT": (gettext_lazy("being checked"), "wait"),
    "OUTSIDE": (gettext_lazy("outside"), "danger"),
    "SILENT": (gettext_lazy("silent"), "warn"),
}
EVENTS = {
    "ARMED": (gettext_lazy("Phone armed: two positions at home"), "ok"),
    "SUSPECT": (gettext_lazy("A position outside; asked the phone again"), "wait"),
    "CLEARED": (gettext_lazy("Cleared: at home after all"), "ok"),
    "EXIT_PROBABLE": (gettext_lazy("Left the place of isolation (probable)"), "danger"),
    "EXIT_CONFIRMED": (gettext_lazy("Left the place of isolation (confirmed)"), "danger"),
    "LATE_EXIT": (gettext_lazy("Was outside; found late"), "warn"),
    "RETURNED": (gettext_lazy("Returned"), "ok"),
    "SILENT": (gettext_lazy("Phone is silent"), "warn"),
    "RESUMED": (gettext_lazy("Phone is heard again"), "ok"),
    "NOT_ACTIVATED": (gettext_lazy("Phone was never activated"), "warn"),
    "TELEPORT": (gettext_lazy("Impossible jump; not counted"), "quiet"),
    "DATUM": (gettext_lazy("Positions on a shifted map"), "warn"),
    "SPOOF_SUSPECT": (gettext_lazy("Position may be faked"), "warn"),
    "AREA_ENTER": (gettext_lazy("Entered a controlled area"), "danger"),
    "AREA_LEAVE": (gettext_lazy("Left a controlled area"), "danger"),
}
WHY = {
    "dwell": gettext_lazy("several positions outside over minutes"),
    "one_fix": gettext_lazy("one position outside"),
    "fix_inside": gettext_lazy("a position at home"),
    "silent_while_suspect": gettext_lazy("silent after a position outside"),
    "door_opened": gettext_lazy("the door was opened"),
    "checkpoint_sighting": gettext_lazy("seen at a checkpoint"),
    "phone_left_region": gettext_lazy("the phone left the region"),
    "far_away": gettext_lazy("far away"),
    "no_message": gettext_lazy("no message"),
    "message_again": gettext_lazy("a message again"),
    "never_armed": gettext_lazy("no position at home yet"),
    "found_late": gettext_lazy("positions came late"),
    "impossible_speed": gettext_lazy("impossible speed"),
    "shifted_gcj": gettext_lazy("shifted as GCJ-02 is"),
    "shifted_bd": gettext_lazy("shifted as BD-09 is"),
    "mock_location": gettext_lazy("the phone says the position is made up"),
    "frozen_fix": gettext_lazy("the position never varies"),
    "pass_through": gettext_lazy("the way between two accurate positions goes through it"),
    "fix_outside": gettext_lazy("positions outside it"),
}
DEAD = {
    "no_tst": gettext_lazy("without time"),
    "not_json": gettext_lazy("not JSON"),
    "encrypted": gettext_lazy("encrypted with a foreign key"),
    "no_place": gettext_lazy("without place"),
    "unknown_type": gettext_lazy("unknown kind"),
    "not_object": gettext_lazy("not an object"),
    "too_many": gettext_lazy("too many at once"),
    "no_door": gettext_lazy("neither open nor closed"),
}
DISCARDED = {
    "wrong_app": gettext_lazy("another app, or wrongly set up"),
    "faulty_phone": gettext_lazy("the phone is at fault"),
    "encrypted": gettext_lazy("encrypted with a foreign key"),
    "test": gettext_lazy("somebody tried the address"),
    "order_ended": gettext_lazy("the order has ended"),
}
LETTERS = {
    "": (gettext_lazy("waits"), "wait"),
    "retried": (gettext_lazy("read after all"), "ok"),
    "discarded": (gettext_lazy("put away"), "quiet"),
}
FORMS = {"json": gettext_lazy("JSON"), "query": gettext_lazy("query"), "other": gettext_lazy("neither JSON nor a query")}
TALLIES = {
    "taken": gettext_lazy("positions taken"),
    "refused_unknown": gettext_lazy("refused: phone not registered"),
    "refused_no_order": gettext_lazy("refused: no running order"),
    "overload": gettext_lazy("asked to come again: overload"),
    "database_away": gettext_lazy("asked to come again: database away"),
    "failed": gettext_lazy("given up: a fault of the endpoint"),
    "dead_beyond": gettext_lazy("set aside too often that day: counted only"),
    "door_offline": gettext_lazy("door sensors that went offline"),
    "door_online": gettext_lazy("door sensors that came online"),
}


#: What of the fence's rules an officer may change.
PARAMETERS = {
    "buffer_m": gettext_lazy("Metres beyond the radius that do not count"),
    "probable_fixes": gettext_lazy("Positions outside until a departure is probable"),
    "probable_s": gettext_lazy("Seconds outside until a departure is probable"),
    "confirmed_fixes": gettext_lazy("Positions outside until a departure is confirmed"),
    "confirmed_s": gettext_lazy("Seconds outside until a departure is confirmed"),
    "suspect_silent_s": gettext_lazy("Seconds of silence while a departure is suspected"),
    "silent_s": gettext_lazy("Seconds of silence by day"),
    "silent_night_s": gettext_lazy("Seconds of silence by night"),
    "interval_s": gettext_lazy("Seconds between positions as agreed"),
    "not_activated_s": gettext_lazy("Seconds until a phone counts as never activated"),
}
ALERT_KINDS = {
    "orders.exit": gettext_lazy("departure"),
    "orders.silent": gettext_lazy("silent phone"),
    "orders.not_activated": gettext_lazy("phone never activated"),
    "orders.datum": gettext_lazy("shifted map"),
    "orders.spoof": gettext_lazy("faked position"),
    "orders.checkin": gettext_lazy("missed check-ins"),
    "orders.outage": gettext_lazy("source outage"),
    "orders.area": gettext_lazy("controlled area"),
    "orders.without_path": gettext_lazy("restrictions without evidence"),
}


def closing_word(code: str) -> str:
    """A disposition or measure of the desk's closed lists in words."""
    from nanxi.desk.rules import Disposition, Measure

    return next((_(one.label) for one in (*Disposition, *Measure) if one.code == code), code)


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


#: Why a day of positions stays (orders_day_why).
KEPT = {
    "young": gettext_lazy("yesterday or later"),
    "order": gettext_lazy("an order with positions on it runs, or ended not long enough ago"),
    "held": gettext_lazy("a hold stops its end"),
    "due": gettext_lazy("nothing; it is dropped within ten minutes"),
}


def tally_of(what: str) -> Any:
    if what.startswith("dead_") and what not in TALLIES:
        return _("set aside: %(why)s") % {"why": DEAD.get(what[5:], what[5:])}
    return TALLIES.get(what, what)
