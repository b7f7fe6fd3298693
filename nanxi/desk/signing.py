"""Signatures of messages that leave the house, as Standard Webhooks define them (standardwebhooks.com, symmetric, `v1`).

Signed is `id.timestamp.body`; a receiver refuses a timestamp that is more than five minutes off and drops an id it knows, so that
a message taken from the wire and sent again changes nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence

MARK = "whsec_"
TOLERANCE_S = 300


def headers(keys: Sequence[bytes], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers of a signed message. A second key: the one before, while a receiver changes over."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{_signature(key, message_id, timestamp, body)}" for key in keys),
    }


def fits(key: bytes, told: Mapping[str, str], body: bytes, now: int) -> bool:
    """Whether a received message is genuine and fresh; what a receiver does. told: headers by lower-case name."""
    try:
        timestamp = int(told["webhook-timestamp"])
        message_id, signatures = told["webhook-id"], told["webhook-signature"].split()
    except (KeyError, ValueError):
        return False
    if abs(now - timestamp) > TOLERANCE_S:
        return False
    wanted = f"v1,{_signature(key, message_id, timestamp, body)}"
    return any(hmac.compare_digest(wanted, one) for one in signatures)


def shown(key: bytes) -> str:
    """A key as it is handed to a receiver."""
    return MARK + base64.b64encode(key).decode()


def _signature(key: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    return base64.b64encode(hmac.digest(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256)).decode()
