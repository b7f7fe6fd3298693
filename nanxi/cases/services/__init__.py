"""The only writes of this room. One function, one transaction, one ledger entry."""

from nanxi.cases.services.cases import confirm_case, diagnose, discard_case, report_suspect
from nanxi.cases.services.checkins import Listed, Outcome, Stay, hand_in_stays, keep_list
from nanxi.cases.services.contacts import decide_contact, decide_contacts
from nanxi.cases.services.editions import decide_edition, propose_edition
from nanxi.cases.services.following import record_follow_up
from nanxi.cases.services.interviews import Named, Stretch, Talk, record_interview
from nanxi.cases.services.laboratory import Sample, record_lab_result, record_lab_results
from nanxi.cases.services.rides import Aboard, is_plate, keep_rides, keep_vehicle_seen, record_rides
from nanxi.cases.services.sightings import Seen, record_sighting, record_sightings
from nanxi.cases.services.tracing import approve_wide_trace, ask_for_indirect, compare_editions, run_trace, trace_again

__all__ = [
    "Aboard", "Listed", "Named", "Outcome", "Sample", "Seen", "Stay", "Stretch", "Talk", "approve_wide_trace",
    "ask_for_indirect", "compare_editions", "confirm_case", "decide_contact", "decide_contacts", "decide_edition",
    "diagnose", "discard_case", "hand_in_stays", "is_plate", "keep_list", "keep_rides", "keep_vehicle_seen",
    "propose_edition", "record_follow_up", "record_interview", "record_lab_result", "record_lab_results",
    "record_rides", "record_sighting", "record_sightings", "report_suspect", "run_trace", "trace_again",
]  # fmt: skip
