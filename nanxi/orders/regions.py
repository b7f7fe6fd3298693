"""The region a phone is asked to watch, sealed so that only the phone's own token opens it.

The endpoint reads no home point. A device's token, which only the phone holds, is the seed of a key pair: the worker seals the
region for the public half, and the endpoint opens it in the moment the phone shows the token.
"""

from __future__ import annotations

import json
import os
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

POINT, NONCE = 32, 12
#: What the phone shows for the region; it names nobody.
NAME = "home"


def public_of(token: str) -> bytes:
    """The public half of a token's key pair, 32 bytes."""
    return _public(_private(token))


def seal(public: bytes, lon: float, lat: float, radius_m: float, since: int) -> bytes:
    """A region for one device: sender's point ‖ nonce ‖ ciphertext. since: epoch seconds, by which the phone knows it again."""
    own = X25519PrivateKey.generate()
    nonce = os.urandom(NONCE)
    text = json.dumps({"lon": lon, "lat": lat, "rad": round(radius_m), "tst": since}).encode()
    return _public(own) + nonce + _key(own, public).encrypt(nonce, text, public)


def command(token: str, sealed: bytes) -> dict[str, Any] | None:
    """OwnTracks' command to watch the region, or None when the token does not open it."""
    private = _private(token)
    try:
        text = _key(private, sealed[:POINT]).decrypt(sealed[POINT : POINT + NONCE], sealed[POINT + NONCE :], _public(private))
    except InvalidTag:
        return None
    waypoint = {"_type": "waypoint", "desc": NAME, **json.loads(text)}
    return {"_type": "cmd", "action": "setWaypoints", "waypoints": {"_type": "waypoints", "waypoints": [waypoint]}}


def _private(token: str) -> X25519PrivateKey:
    return X25519PrivateKey.from_private_bytes(HKDF(SHA256(), 32, None, b"nanxi device region").derive(token.encode()))


def _public(key: X25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def _key(private: X25519PrivateKey, public: bytes) -> AESGCM:
    shared = private.exchange(X25519PublicKey.from_public_bytes(public))
    return AESGCM(HKDF(SHA256(), 32, None, b"nanxi region").derive(shared))
