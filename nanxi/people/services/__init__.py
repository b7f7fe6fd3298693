"""The only writes of the people room."""

from nanxi.people.identity import Identity
from nanxi.people.services.decisions import decide_pair, reopen_pair, show_pair, undo_link
from nanxi.people.services.lookups import Proposal, choose_proposal, find_exact, propose_for_lead
from nanxi.people.services.records import NewRecord, add_records, open_record, record_claim

__all__ = [
    "Identity", "NewRecord", "Proposal", "add_records", "choose_proposal", "decide_pair", "find_exact", "open_record",
    "propose_for_lead", "record_claim", "reopen_pair", "show_pair", "undo_link",
]  # fmt: skip
