"""Signed links of a volunteer: the page on which to answer, and the calendar. Each opens nothing of anybody else.

Code = base64url(volunteer's id ‖ 6-digit county as 3 bytes ‖ version as 2 bytes ‖ 8-byte MAC). Page and calendar have MACs of
their own, so that a calendar service that keeps one address cannot answer in somebody's name. A new version makes both void.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import Literal
from uuid import UUID

from nanxi.foundation import vault

Purpose = Literal["page", "feed"]
ID, COUNTY, VERSION, TAG = 16, 3, 2, 8


class BadLink(ValueError):
    """The code was not made by this county."""


def code_for(purpose: Purpose, volunteer_id: UUID, area: str, version: int) -> str:
    body = volunteer_id.bytes + int(area[:6]).to_bytes(COUNTY, "big") + version.to_bytes(VERSION, "big")
    return base64.urlsafe_b64encode(body + _tag(purpose, body)).rstrip(b"=").decode()


def opened(purpose: Purpose, code: str) -> tuple[UUID, str, int]:
    """(volunteer, county's area code, version) of a code. Raises BadLink."""
    try:
        data = base64.urlsafe_b64decode(code + "=" * (-len(code) % 4))
    except (binascii.Error, ValueError):
        raise BadLink from None
    body, tag = data[:-TAG], data[-TAG:]
    if len(body) != ID + COUNTY + VERSION or not hmac.compare_digest(tag, _tag(purpose, body)):
        raise BadLink
    county = f"{int.from_bytes(body[ID : ID + COUNTY], 'big'):06d}000000"
    return UUID(bytes=body[:ID]), county, int.from_bytes(body[ID + COUNTY :], "big")


def _tag(purpose: Purpose, body: bytes) -> bytes:
    return vault.mac(f"field.volunteer.{purpose}", body)[:TAG]
