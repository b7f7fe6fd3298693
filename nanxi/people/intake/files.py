"""What a file is, judged by its bytes, and whether it may be parsed at all. Looks at the outside only, opens no workbook.

The bounds: a list of 30,000 rows is about 3 MB of .xlsx, its largest sheet unpacks some fifteenfold.
"""

from __future__ import annotations

import io
import zipfile
from enum import Enum

from nanxi.people.intake.problems import Unreadable

MOST_BYTES = 20 * 1024 * 1024
MOST_PARTS = 1000
MOST_UNPACKED = 400 * 1024 * 1024
#: Sheets of equal rows compress a hundredfold; beyond that nobody typed it. Small files may.
MOST_RATIO, RATIO_COUNTS_FROM = 120, 40 * 1024 * 1024
#: .et is what WPS calls its .xls; what a file is follows from its bytes.
ENDINGS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".et", ".csv", ".txt")
WEB_PAGE = (b"<!doctype html", b"<html", b"<table", b"<meta", b"<style")
#: Documents, pictures, archives and programs, by their first bytes in lower case.
OTHER_KINDS = (b"%pdf", b"\x89png", b"\xff\xd8", b"rar!", b"7z\xbc", b"\x7felf", b"mz")


class Kind(Enum):
    WORKBOOK = "workbook"
    TEXT = "text"
    PAGE = "page"


def kind_of(name: str, content: bytes) -> Kind:
    """What a reader has to take the file for. Raises Unreadable with the reason."""
    if not content.strip():
        raise Unreadable("empty")
    if len(content) > MOST_BYTES:
        raise Unreadable("too_big")
    if not name.lower().endswith(ENDINGS):
        raise Unreadable("wrong_type")
    if content.startswith(b"PK"):
        _look_into_zip(content)
        return Kind.WORKBOOK
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        _look_into_compound(content)
        return Kind.WORKBOOK
    if content[:2] in (b"\x09\x08", b"\x09\x04", b"\x09\x02"):
        return Kind.WORKBOOK
    return _look_into_text(name, content)


def _look_into_zip(content: bytes) -> None:
    try:
        parts = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, UnicodeDecodeError, OSError):
        raise Unreadable("broken") from None
    names = {part.filename.lower() for part in parts}
    if not any(name.startswith("xl/workbook.") for name in names):
        raise Unreadable("wrong_type")
    if len(parts) > MOST_PARTS:
        raise Unreadable("too_many_parts")
    if any(part.flag_bits & 1 for part in parts):
        raise Unreadable("password")
    unpacked, packed = sum(part.file_size for part in parts), max(1, sum(part.compress_size for part in parts))
    if unpacked > MOST_UNPACKED or (unpacked > RATIO_COUNTS_FROM and unpacked / packed > MOST_RATIO):
        raise Unreadable("bomb")


def _look_into_compound(content: bytes) -> None:
    """The old container: a workbook, an encrypted new workbook, or something else."""
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise Unreadable("password")
    if not any(name.encode("utf-16-le") in content for name in ("Workbook", "Book")):
        raise Unreadable("wrong_type")


def _look_into_text(name: str, content: bytes) -> Kind:
    """A web page or a table of text, whatever its name says: many systems write either and call it .xls."""
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    head = content[:4096].decode("utf-16", "ignore").encode() if wide else content[:2048]
    head = head.lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if head.startswith((b"<?xml", b"mime-version")):
        raise Unreadable("web_page")
    if head.startswith(WEB_PAGE):
        return Kind.PAGE
    if head.startswith(OTHER_KINDS) or (b"\x00" in content and not wide):
        raise Unreadable("wrong_type")
    if not name.lower().endswith((".csv", ".txt")) and not (b"\n" in head and (b"\t" in head or b"," in head)):
        raise Unreadable("wrong_type")
    return Kind.TEXT
