"""Cells of a new workbook whose formula failed. The reading library hands them out as empty; their sender must hear of them."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator

_SHEET = re.compile(rb"<sheet\b[^>]*?\br:id=[\"']([^\"']+)[\"']")
_LINK = re.compile(rb"<Relationship\b[^>]*>")
_FAILED = re.compile(rb"<c\b([^>]*\bt=\"e\"[^>]*)>(?:<f\b[^>]*/>|<f\b[^>]*>[^<]*</f>)?<v>(#[^<]{1,8})</v>")
_PLACE = re.compile(rb"\br=\"([A-Z]{1,3})(\d{1,7})\"")
#: A larger sheet has no list of people in it that anybody typed.
MOST_BYTES = 128 * 1024 * 1024


def failed_cells(content: bytes) -> dict[int, list[tuple[int, int, str]]]:
    """Number of the sheet in the workbook's order → (row, column, what the cell shows), counted from 0."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        return {
            number: found
            for number, part in enumerate(_parts(archive))
            if part and archive.getinfo(part).file_size <= MOST_BYTES and (found := list(_found(archive.read(part))))
        }
    except (KeyError, zipfile.BadZipFile, OSError, NotImplementedError):
        return {}


def _parts(archive: zipfile.ZipFile) -> list[str]:
    """The part of each sheet, by the workbook's own references; "" for one that is not there."""
    names = set(archive.namelist())
    if "xl/workbook.xml" not in names or "xl/_rels/workbook.xml.rels" not in names:
        return []
    targets: dict[bytes, str] = {}
    for link in _LINK.findall(archive.read("xl/_rels/workbook.xml.rels")):
        key, target = (re.search(rb"\b" + word + rb"=[\"']([^\"']+)[\"']", link) for word in (b"Id", b"Target"))
        if key and target:
            path = target[1].decode("utf-8", "replace")
            targets[key[1]] = path.lstrip("/") if path.startswith("/") else f"xl/{path}"
    wanted = [targets.get(key, "") for key in _SHEET.findall(archive.read("xl/workbook.xml"))]
    return [part if part in names else "" for part in wanted]


def _found(sheet: bytes) -> Iterator[tuple[int, int, str]]:
    if b't="e"' not in sheet:
        return
    for attributes, shown in _FAILED.findall(sheet):
        if place := _PLACE.search(attributes):
            yield int(place[2]) - 1, _column(place[1]), shown.decode("ascii", "replace")


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1
