"""The only writes of this room."""

from nanxi.orders.services.bulk import Outcome, Wanted, issue_each, issue_listed, note_refusal
from nanxi.orders.services.contests import answer_contest, contest_order
from nanxi.orders.services.devices import make_device, revoke_device
from nanxi.orders.services.issuing import (
    Place,
    extend_order,
    issue_order,
    issue_proposed,
    propose_order,
    release_order,
    shorten_order,
)
from nanxi.orders.services.notices import draft_notice, publish_notice
from nanxi.orders.services.positions import record_position
from nanxi.orders.services.serving import Home, serve_order

__all__ = [
    "Home", "Outcome", "Place", "Wanted", "answer_contest", "contest_order", "draft_notice", "extend_order", "issue_each",
    "issue_listed", "issue_order", "issue_proposed", "make_device", "note_refusal", "propose_order", "publish_notice",
    "record_position", "release_order", "revoke_device", "serve_order", "shorten_order",
]  # fmt: skip
