"""The only writes of this room."""

from nanxi.orders.services.bulk import Outcome, Wanted, issue_each, issue_listed, note_refusal, sign_each
from nanxi.orders.services.care import (
    answer_checkin,
    ask_checkin,
    ask_need,
    close_need,
    drop_checkin,
    note_missed_checkin,
    note_missed_report,
    report_health,
    set_watch,
)
from nanxi.orders.services.contests import answer_contest, contest_order
from nanxi.orders.services.devices import make_device, revoke_device
from nanxi.orders.services.homes import confirm_home, retake_home
from nanxi.orders.services.households import join_household, leave_household, serve_household
from nanxi.orders.services.issuing import (
    Place,
    extend_order,
    issue_order,
    issue_proposed,
    propose_order,
    release_order,
    shorten_order,
)
from nanxi.orders.services.keeping import ask_hold, lift_hold, open_hold, set_keeping
from nanxi.orders.services.letters import discard_letter, retry_letter
from nanxi.orders.services.notices import ask_notice_end, draft_notice, end_notice, publish_notice
from nanxi.orders.services.policies import choose_policy, draft_policy, publish_policy
from nanxi.orders.services.positions import record_position
from nanxi.orders.services.serving import RADIUS_M, Home, serve_order

__all__ = [
    "RADIUS_M", "Home", "Outcome", "Place", "Wanted", "answer_checkin", "answer_contest", "ask_checkin", "ask_hold", "ask_need",
    "ask_notice_end",
    "choose_policy", "close_need",
    "confirm_home", "contest_order", "discard_letter", "draft_notice", "draft_policy", "drop_checkin",
    "end_notice", "extend_order", "issue_each", "issue_listed", "issue_order",
    "issue_proposed",
    "join_household", "leave_household", "lift_hold", "make_device", "note_missed_checkin", "note_missed_report", "note_refusal",
    "open_hold", "propose_order", "publish_notice", "publish_policy", "record_position", "release_order", "report_health",
    "retake_home", "retry_letter", "revoke_device",
    "serve_household",
    "serve_order", "set_keeping", "set_watch", "shorten_order", "sign_each",
]  # fmt: skip
