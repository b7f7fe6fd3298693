"""The vault: every direct identifier is AES-256-GCM under the key of its source record; equality by keyed index.

AAD = table|column|record, so a ciphertext moved to another row or column does not open. Record keys are random and
wrapped by the master key, which lives outside the database; destroying a wrapped key is the purge of that record
(trust notes S17, S28). Day keys do the same for sightings and positions; a process that holds one asks each minute whether it
still stands.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import time
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import connection, transaction

from nanxi.foundation.keyring import Keyring

MASTER = "master-1"
#: Every secret this module asks the keyring for.
SECRETS = (MASTER, "index", "block", "ledger")
NONCE = 12
#: Bytes that SHA-256 reads at a time; every key of ours is shorter.
BLOCK = 64
#: Unwrapped keys held per process; one list page touches a few hundred.
KEPT_KEYS = 20_000

_open_keys: dict[UUID, AESGCM] = {}
_open_days: dict[date, AESGCM] = {}
#: Seconds after which a process asks whether the day keys it holds still stand: a day destroyed elsewhere ends here too.
ASK_AGAIN_S = 60.0
_days_asked_at = 0.0


class Sealed(Exception):
    """A sealed value does not open: its key was destroyed, or the value was moved or changed."""


@lru_cache(maxsize=8)
def _secret(name: str) -> bytes:
    return Keyring(settings.NANXI_KEYS).secret(name)


@lru_cache(maxsize=1)
def _master() -> AESGCM:
    return AESGCM(_secret(MASTER))


def _begin() -> None:
    """From the first sealed record on a missing key file is a loss: make every secret of the vault before saying so."""
    for name in SECRETS:
        _secret(name)
    Keyring(settings.NANXI_KEYS).mark_in_use()


def make_keys(record_ids: Iterable[UUID]) -> None:
    """A fresh key for each record, wrapped and stored in one statement. Call inside a service."""
    ids, wrapped = [], []
    for record_id in record_ids:
        key = os.urandom(32)
        _keep(record_id, AESGCM(key))
        ids.append(record_id)
        wrapped.append(_wrap(key, str(record_id)))
    _begin()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO foundation_recordkey (record_id, master, wrapped) SELECT l.id, %s, l.wrapped"
            " FROM unnest(%s::uuid[], %s::bytea[]) AS l(id, wrapped)",
            [MASTER, ids, wrapped],
        )


def load_keys(record_ids: Iterable[UUID]) -> None:
    """Fetch the keys of many records in one query, before unsealing a page of them."""
    from nanxi.foundation.models import RecordKey

    missing = [record_id for record_id in set(record_ids) if record_id not in _open_keys]
    if missing:
        for row in RecordKey.objects.filter(record_id__in=missing):
            _keep(row.record_id, AESGCM(_unwrap(bytes(row.wrapped), str(row.record_id))))


def seal(table: str, column: str, record_id: UUID, text: str) -> bytes:
    """nonce ‖ AES-256-GCM(text) under the record's key."""
    return _seal(_key(record_id), text.encode(), f"{table}|{column}|{record_id}")


def unseal(table: str, column: str, record_id: UUID, sealed: bytes) -> str:
    """The text back. Raises Sealed when the key is destroyed or the value belongs elsewhere."""
    return _open(_key(record_id), bytes(sealed), f"{table}|{column}|{record_id}").decode()


def index(kind: str, value: str) -> bytes:
    """16-byte keyed digest for equality search of `kind` ("id_no", "phone", …). Normalise the value first."""
    return _digest("index", kind, value)[:16]


def block(kind: str, value: str) -> int:
    """63-bit keyed digest for blocking keys; fits a bigint column."""
    return int.from_bytes(_digest("block", kind, value)[:8], "big") >> 1


def _digest(secret: str, kind: str, value: str) -> bytes:
    """HMAC-SHA256 (RFC 2104) begun from copies of the two hashes that have read the key: a list row needs ninety of them, and
    `hmac.digest` spends more than half of its time on making both anew."""
    inner, outer = _halves(secret)
    inner, outer = inner.copy(), outer.copy()
    inner.update(f"{kind}\x00{value}".encode())
    outer.update(inner.digest())
    return outer.digest()


@lru_cache(maxsize=8)
def _halves(secret: str) -> tuple[hashlib._Hash, hashlib._Hash]:
    key = _secret(secret).ljust(BLOCK, b"\0")
    return hashlib.sha256(bytes(byte ^ 0x36 for byte in key)), hashlib.sha256(bytes(byte ^ 0x5C for byte in key))


def day_seal(day: date, table: str, column: str, data: bytes) -> bytes:
    """Seal data of one county day under that day's key (made on first use; call inside a service)."""
    return _seal(_day_key(day), data, f"{day}|{table}|{column}")


def day_unseal(day: date, table: str, column: str, sealed: bytes) -> bytes:
    """The data again. Raises Sealed when the day was purged; no new key is made, or a purged day would pass for a kept one."""
    _look_at_days_again()
    if day not in _open_days and not days_with_keys([day]):
        raise Sealed("The key of this day was destroyed: what it sealed is gone.")
    return _open(_day_key(day), bytes(sealed), f"{day}|{table}|{column}")


def make_day_key(day: date) -> None:
    """The day's key, made if there is none; call inside a service."""
    _day_key(day)


def day_secret(day: date, purpose: str) -> bytes:
    """32 bytes for a use of its own that die with the day's key. Raises KeyError when that was destroyed or never made."""
    from nanxi.foundation.models import DayKey

    row = DayKey.objects.filter(day=day).first()
    if row is None:
        raise KeyError(str(day))
    return hmac.digest(_unwrap(bytes(row.wrapped), str(day)), f"day\x00{purpose}".encode(), "sha256")


def days_with_keys(days: Iterable[date]) -> set[date]:
    """Those of the days whose key is there."""
    from nanxi.foundation.models import DayKey

    return set(DayKey.objects.filter(day__in=list(days)).values_list("day", flat=True))


def destroy_day_keys(days: Iterable[date]) -> int:
    """Delete the keys of days: what they sealed is gone. Call inside a service; returns how many."""
    from nanxi.foundation.models import DayKey

    gone = list(days)
    for day in gone:
        _open_days.pop(day, None)
    return DayKey.objects.filter(day__in=gone).delete()[0]


def house_seal(purpose: str, data: bytes) -> bytes:
    """Seal what belongs to the house and to no record (an officer's second factor), under a key of its purpose."""
    _begin()
    return _seal(_house_key(purpose), data, f"house|{purpose}")


def house_unseal(purpose: str, sealed: bytes) -> bytes:
    return _open(_house_key(purpose), sealed, f"house|{purpose}")


def _house_key(purpose: str) -> AESGCM:
    return AESGCM(hmac.digest(_secret(MASTER), b"house\x00" + purpose.encode(), "sha256"))


def destroy_keys(record_ids: Iterable[UUID]) -> int:
    """Delete wrapped keys: what they sealed is gone. Call inside a service; returns how many."""
    from nanxi.foundation.models import RecordKey

    gone = list(record_ids)
    for record_id in gone:
        _open_keys.pop(record_id, None)
    return RecordKey.objects.filter(record_id__in=gone).delete()[0]


def mac(purpose: str, data: bytes) -> bytes:
    """HMAC-SHA256 under the ledger's key family, for statuses and links that must not be forged."""
    return hmac.digest(_secret("ledger"), purpose.encode() + b"\x00" + data, "sha256")


def forget() -> None:
    """Drop every unwrapped key from memory (tests; key rotation)."""
    _open_keys.clear()
    _open_days.clear()
    _secret.cache_clear()
    _halves.cache_clear()
    _master.cache_clear()


def _keep(record_id: UUID, key: AESGCM) -> None:
    if len(_open_keys) >= KEPT_KEYS:
        _open_keys.clear()
    _open_keys[record_id] = key


def _key(record_id: UUID) -> AESGCM:
    key = _open_keys.get(record_id)
    if key is None:
        load_keys([record_id])
        key = _open_keys.get(record_id)
    if key is None:
        raise Sealed("The key of this record was destroyed (purged) or never made; its content cannot be shown any more.")
    return key


def _day_key(day: date) -> AESGCM:
    from nanxi.foundation.models import DayKey

    _look_at_days_again()
    key = _open_days.get(day)
    if key is None:
        row = DayKey.objects.filter(day=day).first()
        if row is None:
            fresh = _wrap(os.urandom(32), str(day))
            _begin()
            row, _ = DayKey.objects.get_or_create(day=day, defaults={"master": MASTER, "wrapped": fresh})
        key = AESGCM(_unwrap(bytes(row.wrapped), str(day)))
        # Only a committed key may be remembered: after a rollback nothing would open what it sealed.
        transaction.on_commit(lambda: _remember_day(day, key))
    return key


def _remember_day(day: date, key: AESGCM) -> None:
    global _days_asked_at  # noqa: PLW0603
    if not _open_days:
        _days_asked_at = time.monotonic()
    _open_days[day] = key


def _look_at_days_again() -> None:
    """Now and then: let go of opened days whose key was destroyed by another process."""
    global _days_asked_at  # noqa: PLW0603
    if not _open_days or time.monotonic() - _days_asked_at < ASK_AGAIN_S:
        return
    _days_asked_at = time.monotonic()
    # A copy: threads of a server share these.
    held = list(_open_days)
    for day in set(held) - days_with_keys(held):
        _open_days.pop(day, None)


def _wrap(key: bytes, name: str) -> bytes:
    nonce = os.urandom(NONCE)
    return nonce + _master().encrypt(nonce, key, f"wrap|{name}".encode())


def _unwrap(wrapped: bytes, name: str) -> bytes:
    return _open(_master(), wrapped, f"wrap|{name}")


def _seal(key: AESGCM, data: bytes, aad: str) -> bytes:
    nonce = os.urandom(NONCE)
    return nonce + key.encrypt(nonce, data, aad.encode())


def _open(key: AESGCM, sealed: bytes, aad: str) -> bytes:
    try:
        return key.decrypt(sealed[:NONCE], sealed[NONCE:], aad.encode())
    except InvalidTag:
        raise Sealed(
            "A sealed value does not open with its key: it was moved, changed, or sealed with other keys. "
            "Restore the keys folder."
        ) from None
