"""Accounts of officers, and the bound phones of grid workers and posts."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from nanxi.foundation.identifiers import uuid7
from nanxi.foundation.kept import KeptModel
from nanxi.foundation.models.land import Unit
from nanxi.foundation.rights import Role


class Accounts(BaseUserManager["User"]):
    """Look-up by username; accounts are made by `accounts.open_account`."""


class User(AbstractBaseUser):
    """An officer: one role in one unit. The unit's areas are the reach."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    username = models.CharField(max_length=40, unique=True)
    display_name = models.CharField(max_length=40)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="users")
    role_code = models.CharField(max_length=20, choices=[(role.code, role.label) for role in Role])
    is_active = models.BooleanField(default=True)
    language = models.CharField(max_length=10, default="zh-hans")

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: list[str] = []
    objects = Accounts()

    class Meta:
        ordering = ("username",)

    def __str__(self) -> str:
        return self.display_name

    @property
    def role(self) -> Role:
        return Role.of(self.role_code)

    def get_full_name(self) -> str:
        return self.display_name


class Device(KeptModel):
    """A phone or post terminal bound to one account by a QR code from the town; revocable at once."""

    user = models.ForeignKey(User, models.PROTECT, related_name="devices")
    label = models.CharField(max_length=60)
    #: SHA-256 of the one-time code in the QR; emptied when used.
    enrol_digest = models.BinaryField(max_length=32, null=True)
    enrol_until = models.DateTimeField()
    #: SHA-256 of the device's own token, set at enrolment.
    token_digest = models.BinaryField(max_length=32, null=True, unique=True)
    pin_hash = models.CharField(max_length=200, blank=True)
    wrong_pins = models.PositiveSmallIntegerField(default=0)
    bound_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
