"""The signed link to a person's own page: an unguessable code that names its county, so that the page knows its scope.

Code = base64url(16-byte token ‖ 6-digit county as 3 bytes ‖ 8-byte MAC). The token is derived from the order and its page
version under a key outside the database; a new version makes the old paper void. The database holds its SHA-256 only.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import TYPE_CHECKING
from uuid import UUID

from nanxi.foundation import vault

if TYPE_CHECKING:
    from nanxi.orders.models import IsolationOrder

TOKEN, COUNTY_BYTES, TAG = 16, 3, 8


class BadLink(ValueError):
    """The code was not made by this county."""


def token_of(order: IsolationOrder) -> bytes:
    return vault.mac("orders.page", f"{order.id}|{order.page_version}".encode())[:TOKEN]


def code_of(order: IsolationOrder) -> str:
    """The code for the person's own page."""
    body = token_of(order) + int(str(order.area_code)[:6]).to_bytes(COUNTY_BYTES, "big")
    return base64.urlsafe_b64encode(body + _tag(body)).rstrip(b"=").decode()


def opened(code: str) -> tuple[bytes, str]:
    """(token, county's area code) of a code. Raises BadLink."""
    try:
        data = base64.urlsafe_b64decode(code + "=" * (-len(code) % 4))
    except (binascii.Error, ValueError):
        raise BadLink("This link is not whole; scan the code on the notice again.") from None
    body, tag = data[:-TAG], data[-TAG:]
    if len(body) != TOKEN + COUNTY_BYTES or not hmac.compare_digest(tag, _tag(body)):
        raise BadLink("This link is not ours or is not whole; scan the code on the notice again.")
    return body[:TOKEN], f"{int.from_bytes(body[TOKEN:], 'big'):06d}000000"


def check_code(kind: str, object_id: UUID, area_code: str) -> str:
    """The code printed on a paper: "o" an order, "n" an area notice. It opens no person, only whether the paper is genuine."""
    body = kind.encode() + object_id.bytes + int(str(area_code)[:6]).to_bytes(COUNTY_BYTES, "big")
    return base64.urlsafe_b64encode(body + _check_tag(body)).rstrip(b"=").decode()


def checked(code: str) -> tuple[str, UUID, str]:
    """(kind, object, county's area code) of a printed code. Raises BadLink."""
    try:
        data = base64.urlsafe_b64decode(code + "=" * (-len(code) % 4))
    except (binascii.Error, ValueError):
        raise BadLink("This code is not whole; scan it again.") from None
    body, tag = data[:-TAG], data[-TAG:]
    if len(body) != 1 + TOKEN + COUNTY_BYTES or not hmac.compare_digest(tag, _check_tag(body)):
        raise BadLink("This code is not ours; the paper is not genuine.")
    return chr(body[0]), UUID(bytes=body[1 : 1 + TOKEN]), f"{int.from_bytes(body[1 + TOKEN :], 'big'):06d}000000"


def _check_tag(body: bytes) -> bytes:
    return vault.mac("orders.check", body)[:TAG]


def _tag(body: bytes) -> bytes:
    return vault.mac("orders.page.link", body)[:TAG]
