"""The only writes of the people room."""

from nanxi.people.identity import Identity
from nanxi.people.services.batches import (
    choose_columns,
    commit_batch,
    correct_file,
    hand_out_errors,
    open_batch,
    stage_and_commit,
    stage_file,
    withdraw_batch,
)
from nanxi.people.services.circle import Said, Whom, end_relation, end_residence, record_relation, register_residence
from nanxi.people.services.decisions import decide_pair, reopen_pair, show_pair, undo_link
from nanxi.people.services.lookups import Proposal, choose_proposal, find_exact, propose_for_lead
from nanxi.people.services.records import NewRecord, add_records, open_record, record_claim
from nanxi.people.services.weights import adopt_weights

__all__ = [
    "Identity", "NewRecord", "Proposal", "Said", "Whom", "add_records", "adopt_weights", "choose_columns", "choose_proposal",
    "commit_batch", "correct_file", "decide_pair", "end_relation", "end_residence", "find_exact", "hand_out_errors",
    "open_batch", "open_record", "propose_for_lead", "record_claim", "record_relation", "register_residence", "reopen_pair",
    "show_pair", "stage_and_commit", "stage_file", "undo_link", "withdraw_batch",
]  # fmt: skip
