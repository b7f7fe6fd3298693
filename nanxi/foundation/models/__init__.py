"""What the ground floor keeps."""

from nanxi.foundation.models.accounts import Device, User
from nanxi.foundation.models.grants import AccessGrant
from nanxi.foundation.models.land import Area, Unit, UnitArea
from nanxi.foundation.models.ledger import FollowerCursor, LedgerEntry, OnceKey
from nanxi.foundation.models.machinery import County, DayKey, JobRun, RecordKey
from nanxi.foundation.models.tokens import ProgramToken

__all__ = [
    "AccessGrant", "Area", "County", "DayKey", "Device", "FollowerCursor", "JobRun", "LedgerEntry", "OnceKey",
    "ProgramToken", "RecordKey", "Unit", "UnitArea", "User",
]  # fmt: skip
