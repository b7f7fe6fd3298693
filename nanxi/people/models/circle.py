"""Who stands to whom, and who lives here without being registered here: statements with their evidence, ended and never deleted.

Each hangs on source records, not on persons: when a link is undone, the statement goes where its record goes.
"""

from __future__ import annotations

from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from nanxi.foundation.kept import ScopedModel
from nanxi.people.models.register import SourceRecord

__all__ = ["Ending", "Evidence", "Relation", "SaidBy", "TemporaryResidence"]


class Evidence(models.TextChoices):
    """What a statement rests on: a closed list, since a free word would carry what must not be kept."""

    BOOK = "book", _("household register seen")
    CARD = "card", _("card or residence permit seen")
    CONTRACT = "contract", _("contract, lease or roster seen")
    RULING = "ruling", _("ruling of a court or committee")
    VISIT = "visit", _("seen at a visit")
    WORD = "word", _("word of mouth only")


class SaidBy(models.TextChoices):
    THEMSELVES = "self", _("the person")
    OTHER = "other", _("the other person")
    FAMILY = "family", _("family")
    EMPLOYER = "employer", _("employer")
    COMMITTEE = "committee", _("village or residents' committee")
    POLICE = "police", _("police station")
    OFFICER = "officer", _("the officer")


class Ending(models.TextChoices):
    OVER = "over", _("no longer so")
    ERROR = "error", _("noted in error")


class _Statement(ScopedModel):
    """Said by somebody on a day about the person of `record`, and ended by an officer."""

    record = models.ForeignKey(SourceRecord, models.PROTECT, related_name="+")
    since = models.DateField(null=True)
    until = models.DateField(null=True)
    evidence = models.CharField(max_length=10, choices=Evidence)
    said_by = models.CharField(max_length=10, choices=SaidBy)
    told_at = models.DateTimeField()
    told_by = models.UUIDField(null=True)
    ending = models.CharField(max_length=6, choices=Ending, blank=True, default="")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.UUIDField(null=True)

    record_id: UUID

    class Meta(ScopedModel.Meta):
        abstract = True


class Relation(_Statement):
    """The person of `other` is `kind` to the person of `record`."""

    class Kind(models.TextChoices):
        GUARDIAN = "guardian", _("guardian")
        PARENT = "parent", _("father or mother")
        SPOUSE = "spouse", _("wife or husband")
        GRANDPARENT = "grandparent", _("grandparent")
        SIBLING = "sibling", _("brother or sister")
        RELATIVE = "relative", _("other kin")
        COHABITANT = "cohabitant", _("lives in the same rooms")
        CARER = "carer", _("carer")
        EMPLOYER = "employer", _("employer")
        FOREMAN = "foreman", _("foreman or team leader")
        LANDLORD = "landlord", _("landlord or host")

    kind = models.CharField(max_length=12, choices=Kind)
    other = models.ForeignKey(SourceRecord, models.PROTECT, related_name="+")

    other_id: UUID


class TemporaryResidence(_Statement):
    """Somebody registered in another county who lives at an address here. `record` is the source record that says so.

    Its address makes the person one of the household there until the residence ends. Where somebody is registered says to whom a
    row is handed over; no rule weighs it.
    """

    class Kind(models.TextChoices):
        RENTED = "rented", _("rented rooms")
        FAMILY = "family", _("with a household")
        DORMITORY = "dormitory", _("dormitory of an employer")
        SITE = "site", _("building site")
        HOTEL = "hotel", _("hotel or guest house")

    kind = models.CharField(max_length=10, choices=Kind)
    #: Six digits of the prefecture or county of registration (GB/T 2260).
    registered_at = models.CharField(max_length=6)
    host = models.ForeignKey(SourceRecord, models.PROTECT, null=True, related_name="+")

    host_id: UUID | None
