"""What this database is, the wrapped keys, and the jobs that pages show."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from nanxi.foundation.kept import ScopedModel


class County(models.Model):
    """One row: which county this database holds, and whether it is a rehearsal (演练). Set once at first run."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    name = models.CharField(max_length=60)
    rehearsal = models.BooleanField()
    area = models.ForeignKey("foundation.Area", models.PROTECT)
    #: The charter's end: after it only own data, contest, purge and audit answer. At most 180 days ahead.
    charter_until = models.DateField()
    legal_basis = models.CharField(max_length=200)
    founded_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_county")]


class RecordKey(models.Model):
    """The wrapped key of one source record; deleting the row is the purge of the record."""

    record_id = models.UUIDField(primary_key=True)
    master = models.CharField(max_length=20)
    wrapped = models.BinaryField(max_length=80)


class DayKey(models.Model):
    """The wrapped key of one day of sightings and positions."""

    day = models.DateField(primary_key=True)
    master = models.CharField(max_length=20)
    wrapped = models.BinaryField(max_length=80)


class JobRun(ScopedModel):
    """A job as its owner sees it: title, progress, outcome. The queue itself is procrastinate's."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        STOPPED = "stopped", _("stopped")

    name = models.CharField(max_length=60)
    title = models.CharField(max_length=120)
    user_id = models.UUIDField(null=True)
    unit_id = models.UUIDField(null=True)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    done = models.IntegerField(default=0)
    total = models.IntegerField(default=0)
    message = models.CharField(max_length=200, blank=True)
    stop_asked = models.BooleanField(default=False)
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta(ScopedModel.Meta):
        indexes = [models.Index(fields=["state", "asked_at"], name="job_state")]

    @property
    def percent(self) -> int:
        return 100 if self.state == self.State.DONE else min(99, 100 * self.done // self.total) if self.total else 0


