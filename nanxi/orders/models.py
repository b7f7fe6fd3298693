"""Orders and what is decided about them, home points, devices, positions, and what the fence said.

Decisions, fence events and positions are added and never changed. Free text, addresses and points are sealed under the
person's source record; positions under the day's key pair (see sealing.py).
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from nanxi.foundation.kept import KeptQuerySet, ScopedManager, ScopedModel, area_field


class Persons(ScopedManager):
    """Orders about persons in scope; synthetic ones are not among them."""

    def get_queryset(self) -> KeptQuerySet:
        return super().get_queryset().filter(synthetic=False)


class AllPersons(models.Manager.from_queryset(KeptQuerySet)):
    """Orders about persons; PostgreSQL does the scoping."""

    def get_queryset(self) -> KeptQuerySet:
        return super().get_queryset().filter(synthetic=False)


class IsolationOrder(ScopedModel):
    """One order for one person. Its state is derived from its decisions; `open_until` only helps to find live rows."""

    number = models.CharField(max_length=24, unique=True)
    record_id = models.UUIDField(db_index=True)
    person_id = models.UUIDField(null=True, db_index=True)
    kind = models.CharField(max_length=10)
    reason = models.CharField(max_length=20)
    legal_basis = models.CharField(max_length=20)
    rule_version = models.CharField(max_length=20)
    address_sealed = models.BinaryField(null=True)
    #: What made the order possible: ("cases.contact", id) and the like; a room below knows no orders.
    origin_kind = models.CharField(max_length=40, blank=True)
    origin_id = models.UUIDField(null=True)
    #: SHA-256 of the code in the link to the person's own page.
    page_digest = models.BinaryField(max_length=32, unique=True)
    page_version = models.PositiveSmallIntegerField(default=1)
    made_at = models.DateTimeField()
    open_until = models.DateTimeField(db_index=True)
    #: The order whose own page answers for the family living behind one door; that order names itself.
    household = models.UUIDField(null=True, db_index=True)
    #: How it is seen that the person stays: the phone's positions, or check-ins asked for at random times.
    watch = models.CharField(max_length=10, default="position")
    #: The dead-man's switch: nobody is under this order, it has no decision and so restricts nobody. Only the fence sees it.
    synthetic = models.BooleanField(default=False)

    objects = Persons()
    everything = AllPersons()
    #: What the fence watches: persons, and the synthetic walks that prove it works.
    watched = KeptQuerySet.as_manager()

    class Meta(ScopedModel.Meta):
        base_manager_name = "watched"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(synthetic=False) | models.Q(person_id=None), name="order_synthetic_is_nobody"
            )
        ]
        indexes = [
            models.Index(fields=["area_code", "open_until"], name="order_area_open"),
            models.Index(fields=["origin_id"], name="order_origin"),
        ]

    def __str__(self) -> str:
        return str(self.number)


class OrderDecision(ScopedModel):
    """One decision: by whom, when, until when. The MAC chains it to the one before."""

    order = models.ForeignKey(IsolationOrder, models.PROTECT, related_name="decisions")
    place = models.PositiveSmallIntegerField()
    step = models.CharField(max_length=10)
    at = models.DateTimeField()
    by = models.CharField(max_length=60)
    unit_id = models.UUIDField(null=True)
    until = models.DateTimeField(null=True)
    #: Ids and fixed words: evidence, how served, language, outcome.
    facts = models.JSONField(default=dict)
    text_sealed = models.BinaryField(null=True)
    mac = models.BinaryField(max_length=32)

    class Meta(ScopedModel.Meta):
        ordering = ("order_id", "place")
        constraints = [models.UniqueConstraint(fields=["order", "place"], name="decision_place_once")]


class HomePoint(ScopedModel):
    """Where the person stays, as taken at serving; a later row replaces an earlier one."""

    order = models.ForeignKey(IsolationOrder, models.PROTECT, related_name="points")
    #: JSON lon, lat (WGS-84) and acc.
    point_sealed = models.BinaryField()
    radius_m = models.FloatField()
    datum_source = models.CharField(max_length=10)
    taken_how = models.CharField(max_length=20)
    taken_at = models.DateTimeField()


class OrderDevice(ScopedModel):
    """A phone that may send positions for one order; the token itself is kept by the phone only."""

    order = models.ForeignKey(IsolationOrder, models.PROTECT, related_name="devices")
    label = models.CharField(max_length=40)
    #: Make and model as the officer reads it; false alarms are counted by it.
    model = models.CharField(max_length=40, blank=True)
    token_digest = models.BinaryField(max_length=32, unique=True)
    made_at = models.DateTimeField()
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    #: Public half of the token's key pair, and the region to watch sealed for it (see regions.py), of which home point.
    public = models.BinaryField(max_length=32, null=True)
    region_sealed = models.BinaryField(null=True)
    region_of = models.UUIDField(null=True)
    #: What the broker checks the token by when the phone speaks MQTT (see broker.py).
    broker_hash = models.CharField(max_length=160, blank=True)
    #: The fence wants a fresh fix; the answer to the phone's next message asks for it.
    ask_fix = models.BooleanField(default=False)


class PositionKey(models.Model):
    """The day's key pair for positions: ingest reads the public half, the private half is sealed under the day's key."""

    day = models.DateField(primary_key=True)
    public = models.BinaryField(max_length=32)
    private_sealed = models.BinaryField()


class Position(models.Model):
    """One message from a phone, a door or a page, sealed. Written by the ingest role or `record_position`.

    The table is parted by the county day of the fix (see days.py); a day is dropped as a whole.
    """

    pk = models.CompositePrimaryKey("order_id", "tst", "digest")
    order_id = models.UUIDField()
    #: Time of the fix, milliseconds since 1970.
    tst = models.BigIntegerField()
    digest = models.BinaryField(max_length=16)
    area_code = area_field()
    rx = models.DateTimeField()
    source = models.CharField(max_length=10)
    sealed = models.BinaryField()
    decided_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["rx"], name="position_waiting", condition=models.Q(decided_at=None))]


class DeadLetter(models.Model):
    """A message that no rule could read: kept sealed so that the phone's queue goes on."""

    id = models.BigAutoField(primary_key=True)
    area_code = area_field()
    order_id = models.UUIDField()
    rx = models.DateTimeField()
    reason = models.CharField(max_length=30)
    sealed = models.BinaryField()
    #: Of the whole message, by which it is known to be kept whole and its seal opens.
    digest = models.CharField(max_length=32, blank=True)
    #: What an operator decided, with a fixed word for why: "retried" or "discarded"; then it holds no content any more.
    decision = models.CharField(max_length=10, blank=True)
    decided_why = models.CharField(max_length=20, blank=True)
    decided_by = models.CharField(max_length=60, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["decision", "-rx"], name="deadletter_waiting")]


class IngestTally(models.Model):
    """How many messages were taken, refused or set aside on a day; no more is kept of refused ones."""

    pk = models.CompositePrimaryKey("day", "what")
    day = models.DateField()
    what = models.CharField(max_length=30)
    n = models.BigIntegerField(default=0)


class FenceState(ScopedModel):
    """What the fence knows of one order, sealed, and when its next timer is due."""

    order = models.OneToOneField(IsolationOrder, models.PROTECT, related_name="fence")
    #: JSON: the settled state of the engine.
    settled_sealed = models.BinaryField()
    name = models.CharField(max_length=10)
    policy_version = models.CharField(max_length=20)
    heard_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True, db_index=True)


class FenceEvent(ScopedModel):
    """What the fence said, with the figures it rests on."""

    order = models.ForeignKey(IsolationOrder, models.PROTECT, related_name="said")
    #: Says the same only once however often the log is read again.
    key = models.CharField(max_length=60)
    event = models.CharField(max_length=20)
    reason = models.CharField(max_length=30)
    severity = models.CharField(max_length=12)
    at = models.DateTimeField()
    said_at = models.DateTimeField()
    distance_m = models.FloatField()
    acc_m = models.FloatField()
    fixes = models.IntegerField()
    dwell_s = models.FloatField()
    episode = models.IntegerField()
    policy_version = models.CharField(max_length=20)
    #: The controlled area it is about; None: the order itself.
    notice = models.ForeignKey("orders.AreaNotice", models.PROTECT, null=True)

    class Meta(ScopedModel.Meta):
        ordering = ("at",)
        constraints = [models.UniqueConstraint(fields=["order", "key"], name="fence_event_once")]


class AreaNotice(ScopedModel):
    """A published area notice: drafted by one officer, published by another, ends by itself, or early by two officers."""

    class Basis(models.TextChoices):
        LAW_41_AREA = "law_41_area", _("Law on Prevention and Treatment of Infectious Diseases, art. 41")

    class EndReason(models.TextChoices):
        NO_SOURCE = "no_source", _("No source of infection is left in the area")
        IN_ERROR = "in_error", _("The notice or its outline was wrong")
        REPLACED = "replaced", _("Another notice takes its place")
        OVERRULED = "overruled", _("Set aside by a superior authority or a court")

    number = models.CharField(max_length=24, unique=True)
    legal_basis = models.CharField(max_length=20, choices=Basis)
    valid_from = models.DateTimeField()
    #: When it ends: as published, or the moment at which it was ended early.
    valid_until = models.DateTimeField()
    #: GeoJSON MultiPolygon in WGS-84, and the datum of the map it was drawn on. Without an outline nobody is watched by it.
    outline = models.JSONField(null=True)
    datum = models.CharField(max_length=10, blank=True)
    drafted_by = models.CharField(max_length=60)
    drafted_at = models.DateTimeField()
    published_by = models.CharField(max_length=60, blank=True)
    published_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=12, choices=EndReason, blank=True)
    end_asked_by = models.CharField(max_length=60, blank=True)
    end_asked_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=60, blank=True)
    #: None: it runs, or ended by itself. `stated_until` is the end it was published with.
    ended_at = models.DateTimeField(null=True)
    stated_until = models.DateTimeField(null=True)


from nanxi.orders.care_models import AskedCheckin, HealthReport, HeldSilence, Need, OrderGround  # noqa: E402
from nanxi.orders.keeping_models import PositionHold, PositionKeeping  # noqa: E402
from nanxi.orders.policy_models import FencePolicy, OrderPolicy  # noqa: E402
from nanxi.orders.walk_models import Walk  # noqa: E402

__all__ = [
    "AreaNotice", "AskedCheckin", "DeadLetter", "FenceEvent", "FencePolicy",
    "FenceState", "HealthReport", "HeldSilence", "HomePoint",
    "IngestTally", "IsolationOrder", "Need", "OrderDecision", "OrderDevice",
    "OrderGround", "OrderPolicy", "Position", "PositionHold", "PositionKeeping", "PositionKey", "Walk",
]  # fmt: skip
