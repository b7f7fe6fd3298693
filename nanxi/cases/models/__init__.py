"""What the cases room keeps. No row has a status: it is derived from evidence and decisions (rules.py)."""

from nanxi.cases.models.cases import Case, CaseEvidence, Interview, ItineraryEntry, LabResult, SealedWords
from nanxi.cases.models.contacts import CloseContact, ContactDecision, Exposure, FollowUp, IndirectContact, Isolated
from nanxi.cases.models.sightings import Entity, Ride, Sighting, Vehicle
from nanxi.cases.models.tracing import Adoption, Comparison, TraceRun, VenueNotice

__all__ = [
    "Adoption", "Case", "CaseEvidence", "CloseContact", "Comparison", "ContactDecision", "Entity", "Exposure", "FollowUp",
    "IndirectContact", "Interview", "Isolated", "ItineraryEntry", "LabResult", "Ride", "SealedWords", "Sighting", "TraceRun",
    "Vehicle", "VenueNotice",
]  # fmt: skip
