"""What a pass says and how it is packed: CBOR claims → COSE_Sign1 (ES256) → zlib → base45 → `NX1:` (web notes §4).

Claims follow CWT (RFC 8392): 1 issuer, 3 audience, 4 expiry, 6 issued at, 7 id; -65537 holds the pass's few own words.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import base45
import cbor2
from cwt import COSE

from nanxi.passes import keys

PREFIX = "NX1:"
#: A pass that inflates beyond this was not made by us (a bomb, or another code).
LARGEST = 4096
#: Clocks of checkpoint phones differ by minutes.
SKEW_S = 120
ISSUER, AUDIENCE, EXPIRES, ISSUED, ID, OWN = 1, 3, 4, 6, 7, -65537
KID, ALG, ES256 = 4, 1, -7


class BadPass(ValueError):
    """The pass is refused; `reason` is one of a closed list, the message one sentence for whoever checks."""

    SENTENCES = {
        "unreadable": "This is no pass of this kind, or the code was not read whole; scan it again.",
        "unknown_key": "This pass was signed with a key that is not ours; ask for the holder's paper.",
        "tampered": "The signature does not fit: this pass was changed. Keep it and call the town.",
        "expired": "This pass has run out; the holder needs a new one.",
        "not_yet": "This pass is dated in the future; check the clock of this device.",
        "wrong_audience": "This pass was made for another use and is not valid here.",
    }

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(self.SENTENCES[reason])


@dataclass(frozen=True)
class Claims:
    """A pass: what it is for, a random id, from when until when, and a few words. Never a name or number in full."""

    audience: str
    id: str
    issued_at: datetime
    expires_at: datetime
    words: dict[str, str] = field(default_factory=dict)
    issuer: str = "nanxi"


def issue(claims: Claims, *, folder: Path | None = None) -> str:
    """The text of a signed pass. `folder`: the keys folder (default: this county's)."""
    key = keys.private_key(folder or _folder())
    payload = cbor2.dumps({
        ISSUER: claims.issuer, AUDIENCE: claims.audience, EXPIRES: int(claims.expires_at.timestamp()),
        ISSUED: int(claims.issued_at.timestamp()), ID: claims.id, OWN: claims.words,
    })  # fmt: skip
    kid = keys.public_jwk(key)["kid"].encode()
    signed = COSE.new().encode_and_sign(payload, keys.signer(key), protected={ALG: ES256}, unprotected={KID: kid})
    return PREFIX + base45.b45encode(zlib.compress(signed, 9)).decode()


def verify(
    text: str, *, audience: str, now: datetime, trusted: list[dict[str, str]] | None = None, folder: Path | None = None
) -> Claims:
    """The claims of a valid pass for `audience` at `now`. `trusted`: public JWKs (default: this county's). Raises BadPass."""
    jwks = trusted if trusted is not None else [keys.public_jwk(keys.private_key(folder or _folder()))]
    signed, kid = _opened(text)
    found = next((jwk for jwk in jwks if jwk["kid"].encode() == kid), None)
    if found is None:
        raise BadPass("unknown_key")
    try:
        payload = COSE.new().decode(signed, keys.verifier(found))
    except Exception:  # the library raises several kinds, all of which mean one thing
        raise BadPass("tampered") from None
    return _checked(payload, audience, now)


def _opened(text: str) -> tuple[bytes, bytes]:
    """Signed bytes and key id; accepts only COSE_Sign1 with ES256."""
    if not text.startswith(PREFIX) or len(text) > LARGEST:
        raise BadPass("unreadable")
    try:
        unpacker = zlib.decompressobj()
        signed = unpacker.decompress(base45.b45decode(text[len(PREFIX) :]), LARGEST)
        tag = cbor2.loads(signed)
        protected, unprotected = cbor2.loads(tag.value[0]), tag.value[1]
        if unpacker.unconsumed_tail or not unpacker.eof or tag.tag != 18 or protected.get(ALG) != ES256:
            raise BadPass("unreadable")
        return signed, bytes(unprotected[KID])
    except BadPass:
        raise
    except Exception:  # whatever else cannot be unpacked was not packed by us
        raise BadPass("unreadable") from None


def _checked(payload: Any, audience: str, now: datetime) -> Claims:
    try:
        said = cast("dict[int, Any]", cbor2.loads(payload))
        words = {str(name): str(value) for name, value in said[OWN].items()}
        claims = Claims(str(said[AUDIENCE]), str(said[ID]), _at(said[ISSUED]), _at(said[EXPIRES]), words, str(said[ISSUER]))
    except Exception:
        raise BadPass("unreadable") from None
    if claims.audience != audience:
        raise BadPass("wrong_audience")
    if now.timestamp() >= claims.expires_at.timestamp():
        raise BadPass("expired")
    if now.timestamp() + SKEW_S < claims.issued_at.timestamp():
        raise BadPass("not_yet")
    return claims


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _folder() -> Path:
    from django.conf import settings

    return Path(settings.NANXI_KEYS)
