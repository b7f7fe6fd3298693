"""Teams, volunteers, shifts and turns. Name and phone of a volunteer lie sealed under a key of the volunteer's own."""

from __future__ import annotations

from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models

from nanxi.foundation.kept import ScopedModel


class Team(ScopedModel):
    """A team of a unit; its name is the unit's word, never a person's."""

    unit_id = models.UUIDField(db_index=True)
    name = models.CharField(max_length=40)
    at = models.DateTimeField()


class Volunteer(ScopedModel):
    """Somebody who agreed to help. Without consent there is no row; with its end the key goes and nobody can read it any more."""

    team = models.ForeignKey(Team, models.PROTECT, related_name="volunteers")
    unit_id = models.UUIDField(db_index=True)
    #: An officer of the unit who takes turns as well; their turns stand on the desk's roster.
    user_id = models.UUIDField(null=True, unique=True)
    #: JSON of name and phone.
    sealed = models.BinaryField()
    skills = ArrayField(models.CharField(max_length=12), default=list)
    consent_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    #: Raising it makes page and calendar of all earlier links void.
    link_version = models.SmallIntegerField(default=1)

    team_id: UUID


class Shift(ScopedModel):
    """A span of time in which a unit needs so many people for some work."""

    unit_id = models.UUIDField()
    team = models.ForeignKey(Team, models.PROTECT, null=True, related_name="shifts")
    work = models.CharField(max_length=10)
    #: A code of rules.Skill that everybody on it must have; "" for none.
    skill = models.CharField(max_length=12, default="")
    starts = models.DateTimeField()
    ends = models.DateTimeField()
    seats = models.SmallIntegerField()
    #: How many pieces of work were open when it was sized; None when somebody gave the number.
    sized_by = models.IntegerField(null=True)
    called_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)

    team_id: UUID | None

    class Meta(ScopedModel.Meta):
        indexes = [models.Index(fields=["unit_id", "ends"], name="shift_of_unit")]


class Turn(ScopedModel):
    """A volunteer asked for a shift, and what came of it."""

    shift = models.ForeignKey(Shift, models.PROTECT, related_name="turns")
    volunteer = models.ForeignKey(Volunteer, models.PROTECT, related_name="turns")
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    #: The answer: True on, False not; given up is False again.
    on = models.BooleanField(null=True)
    begun_at = models.DateTimeField(null=True)
    #: The line on the desk's roster, for those with an account.
    duty_id = models.UUIDField(null=True)

    shift_id: UUID
    volunteer_id: UUID

    class Meta(ScopedModel.Meta):
        constraints = [models.UniqueConstraint(fields=["shift", "volunteer"], name="turn_once")]


class Swap(ScopedModel):
    """One asks another to change turns; it holds when the other agrees."""

    mine = models.ForeignKey(Turn, models.PROTECT, related_name="+")
    theirs = models.ForeignKey(Turn, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    agreed = models.BooleanField(null=True)

    mine_id: UUID
    theirs_id: UUID


class TurnNote(ScopedModel):
    """What a shift tells the next one of the unit, sealed under the day's key."""

    unit_id = models.UUIDField()
    turn = models.ForeignKey(Turn, models.PROTECT, related_name="notes")
    at = models.DateTimeField()
    day = models.DateField()
    text = models.BinaryField()

    class Meta(ScopedModel.Meta):
        indexes = [models.Index(fields=["unit_id", "at"], name="turn_note_of_unit")]


class TurnNoteRead(ScopedModel):
    """Who has read which note."""

    note = models.ForeignKey(TurnNote, models.PROTECT, related_name="reads")
    volunteer = models.ForeignKey(Volunteer, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta(ScopedModel.Meta):
        constraints = [models.UniqueConstraint(fields=["note", "volunteer"], name="turn_note_read_once")]


class PatrolLog(ScopedModel):
    """Counts of one round of a patrol. Only ever added."""

    turn = models.ForeignKey(Turn, models.PROTECT, related_name="logs")
    at = models.DateTimeField()
    gatherings = models.SmallIntegerField()
    people = models.SmallIntegerField()
    premises = models.SmallIntegerField()

    class Meta(ScopedModel.Meta):
        indexes = [models.Index(fields=["area_code", "at"], name="patrol_of_area")]


__all__ = ["PatrolLog", "Shift", "Swap", "Team", "Turn", "TurnNote", "TurnNoteRead", "Volunteer"]
