"""The only writes of this room. One function, one transaction, one ledger entry."""

from nanxi.cases.services.cases import confirm_case, diagnose, discard_case, report_suspect
from nanxi.cases.services.contacts import decide_contact, decide_contacts, record_follow_up
from nanxi.cases.services.interviews import Named, Stretch, Talk, record_interview
from nanxi.cases.services.laboratory import Sample, record_lab_result, record_lab_results
from nanxi.cases.services.sightings import Seen, record_sighting, record_sightings
from nanxi.cases.services.tracing import approve_wide_trace, run_trace

__all__ = [
    "Named", "Sample", "Seen", "Stretch", "Talk", "approve_wide_trace", "confirm_case", "decide_contact", "decide_contacts",
    "diagnose", "discard_case", "record_follow_up", "record_interview", "record_lab_result", "record_lab_results",
    "record_sighting", "record_sightings", "report_suspect", "run_trace",
]  # fmt: skip
