"""The county's signing key for passes: an ES256 key derived from one secret of the keyring, so backup and loss follow the others.

The public half is all a checkpoint needs; it is shown as JWK with its key id (first 6 bytes of SHA-256 of the point).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cwt import COSEKey

from nanxi.foundation.keyring import Keyring

#: Order of the P-256 group (FIPS 186-4, D.1.2.3); a private key is a number from 1 to n - 1.
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
SECRET = "passes-1"


def private_key(folder: Path) -> ec.EllipticCurvePrivateKey:
    """The signing key of the keys folder. Raises KeyLost when it is gone from a county in use."""
    secret = Keyring(folder).secret(SECRET)
    wide = hmac.digest(secret, b"nanxi pass ES256 a", "sha256") + hmac.digest(secret, b"nanxi pass ES256 b", "sha256")
    # 512 bits reduced to 256: no measurable bias (FIPS 186-5, A.2.1).
    return ec.derive_private_key(int.from_bytes(wide, "big") % (P256_ORDER - 1) + 1, ec.SECP256R1())


def public_jwk(key: ec.EllipticCurvePrivateKey) -> dict[str, str]:
    """The public half as JWK (RFC 7517), for whoever checks."""
    numbers = key.public_key().public_numbers()
    x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
    return {"kty": "EC", "crv": "P-256", "x": _b64(x), "y": _b64(y), "kid": kid_of(x, y), "alg": "ES256", "use": "sig"}


def kid_of(x: bytes, y: bytes) -> str:
    """Eight characters that name a public key."""
    return _b64(hashlib.sha256(b"\x04" + x + y).digest()[:6])


def signer(key: ec.EllipticCurvePrivateKey) -> Any:
    """The key as COSE, for signing."""
    jwk = public_jwk(key)
    return COSEKey.from_jwk(
        {**_bare(jwk), "d": _b64(key.private_numbers().private_value.to_bytes(32, "big")), "key_ops": ["sign"]}
    )


def verifier(jwk: dict[str, str]) -> Any:
    """A public JWK as COSE, for checking."""
    return COSEKey.from_jwk({**_bare(jwk), "key_ops": ["verify"]})


def _bare(jwk: dict[str, str]) -> dict[str, Any]:
    return {name: jwk[name] for name in ("kty", "crv", "x", "y", "alg", "kid")}


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
