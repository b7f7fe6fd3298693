"""A photo as it is kept: a JPEG without what the camera wrote into it (position, device, time). Pure.

Markers: ITU-T T.81 annex B; application segments 1 to 15 carry Exif, XMP, colour profiles and makers' notes, and go; segment 0
(JFIF) stays. The phone's page has drawn the picture anew already; this holds for whoever uses the interface otherwise.
"""

from __future__ import annotations

from nanxi.field.phones.rules import MOST_PHOTO
from nanxi.foundation.words import mark as _

START, END, SCAN, COMMENT = 0xD8, 0xD9, 0xDA, 0xFE


class NoPhoto(ValueError):
    """The bytes are no photo that is kept; the message says what to do."""


def bare(data: bytes) -> bytes:
    """The JPEG without metadata. Raises NoPhoto."""
    if len(data) > MOST_PHOTO:
        raise NoPhoto(_("The photo is larger than 400 KB; take it in the page, which makes it smaller by itself."))
    if data[:2] != bytes((0xFF, START)):
        raise NoPhoto(_("This is no JPEG photo; take it again in the page."))
    kept, at = [data[:2]], 2
    while True:
        if at + 4 > len(data) or data[at] != 0xFF:
            raise NoPhoto(_("The photo is damaged; take it again."))
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == SCAN:
            return b"".join([*kept, data[at:]])
        if length < 2:
            raise NoPhoto(_("The photo is damaged; take it again."))
        if not (0xE1 <= marker <= 0xEF or marker == COMMENT):
            kept.append(data[at : at + 2 + length])
        at += 2 + length
