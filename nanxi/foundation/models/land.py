"""Areas (county → town → village or community → grid or compound) and the units that serve them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from nanxi.foundation.kept import KeptModel, KeptQuerySet, area_field


class Area(models.Model):
    """One place of the statistical code tree. Shapes are WGS-84 GeoJSON; `approximate` shapes say so on every map."""

    class Kind(models.TextChoices):
        COUNTY = "county", _("county")
        TOWN = "town", _("town")
        VILLAGE = "village", _("village or community")
        GRID = "grid", _("grid")
        COMPOUND = "compound", _("residential compound")

    code = area_field(primary_key=True)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=Kind)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="parts")
    seat_lon = models.FloatField(null=True)
    seat_lat = models.FloatField(null=True)
    boundary = models.JSONField(null=True)
    datum_source = models.CharField(max_length=10, default="WGS-84")
    approximate = models.BooleanField(default=False)

    objects = KeptQuerySet.as_manager()

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name


class Unit(KeptModel):
    """Who answers: a desk, a department, a town, a post. Users, tasks, alerts and directives belong to a unit."""

    class Kind(models.TextChoices):
        HEADQUARTERS = "headquarters", _("headquarters")
        TASK_FORCE = "task_force", _("task force")
        DEPARTMENT = "department", _("department")
        STATION = "station", _("police station (liaison)")
        HOSPITAL = "hospital", _("hospital or laboratory")
        TOWN = "town", _("town")
        COMMUNITY = "community", _("village or community")
        POST = "post", _("checkpoint post")
        SITE = "site", _("quarantine site")
        ENTERPRISE = "enterprise", _("enterprise")
        OVERSIGHT = "oversight", _("oversight office")

    name = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=12, choices=Kind)
    phone = models.CharField(max_length=40, blank=True)
    above = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="below")
    areas = models.ManyToManyField(Area, through="UnitArea", related_name="units")

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class UnitArea(KeptModel):
    """A unit serves an area and everything inside it."""

    unit = models.ForeignKey(Unit, models.CASCADE)
    area = models.ForeignKey(Area, models.PROTECT)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["unit", "area"], name="unit_area_once")]
