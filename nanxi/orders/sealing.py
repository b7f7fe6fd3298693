"""How positions are sealed: a key pair a day. Ingest holds the public half only, so it can add positions and read none.

The private half is sealed under the vault's key of that day: destroying the day key ends every position of the day. A
sender makes one X25519 exchange a day and process, then AES-256-GCM per message; AAD = order|tst|digest.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE, POINT = 12, 32
#: `date.toordinal` of 1970-01-01; the county's day begins eight hours before that of UTC, all year.
EPOCH, EAST_MS, DAY_MS = date(1970, 1, 1).toordinal(), 8 * 3_600_000, 86_400_000
COMPACT = json.JSONEncoder(separators=(",", ":")).encode


class Unreadable(Exception):
    """A sealed position does not open: its day was purged, or it was moved or changed."""


def fresh_pair() -> tuple[bytes, bytes]:
    """(private, public), 32 bytes each."""
    key = X25519PrivateKey.generate()
    return _private_bytes(key), _public_bytes(key)


@dataclass(frozen=True)
class Sender:
    """Seals for one day's public key."""

    day: date
    own_public: bytes
    key: AESGCM

    @classmethod
    def to(cls, day: date, public: bytes) -> Sender:
        own = X25519PrivateKey.generate()
        return cls(day, _public_bytes(own), AESGCM(_derive(own.exchange(X25519PublicKey.from_public_bytes(public)), day)))

    def seal(self, order_id: UUID, tst: int, digest: bytes, content: dict[str, Any]) -> bytes:
        """day (4 bytes, ordinal) ‖ sender's public point ‖ nonce ‖ ciphertext."""
        nonce = os.urandom(NONCE)
        text = COMPACT(content).encode()
        head = self.day.toordinal().to_bytes(4, "big") + self.own_public
        return head + nonce + self.key.encrypt(nonce, text, aad(order_id, tst, digest))


def ordinal(ms: int) -> int:
    """The county day of a moment in milliseconds since 1970, as `date.toordinal` counts."""
    return (ms + EAST_MS) // DAY_MS + EPOCH


def day_of(sealed: bytes) -> date:
    """Which day's key a sealed position needs."""
    return date.fromordinal(int.from_bytes(sealed[:4], "big"))


def unseal(private: bytes, order_id: UUID, tst: int, digest: bytes, sealed: bytes) -> dict[str, Any]:
    """The content again. Raises Unreadable."""
    head, rest = sealed[: 4 + POINT], sealed[4 + POINT :]
    key = _shared(private, head[4:], day_of(sealed))
    try:
        return json.loads(key.decrypt(rest[:NONCE], rest[NONCE:], aad(order_id, tst, digest)))
    except InvalidTag:
        raise Unreadable("A position does not open with its day's key: it was moved or changed.") from None


def forget_shared() -> None:
    """Drop the keys derived for opening (a day was purged)."""
    _shared.cache_clear()


def aad(order_id: UUID, tst: int, digest: bytes) -> bytes:
    return f"{order_id}|{tst}|{digest.hex()}".encode()


@lru_cache(maxsize=256)
def _shared(private: bytes, public: bytes, day: date) -> AESGCM:
    key = X25519PrivateKey.from_private_bytes(private)
    return AESGCM(_derive(key.exchange(X25519PublicKey.from_public_bytes(public)), day))


def _derive(secret: bytes, day: date) -> bytes:
    return HKDF(SHA256(), 32, None, f"nanxi position {day}".encode()).derive(secret)


def _public_bytes(key: X25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def _private_bytes(key: X25519PrivateKey) -> bytes:
    return key.private_bytes(serialization.Encoding.Raw, serialization.PrivateFormat.Raw, serialization.NoEncryption())
