"""What becomes of a late visit and when it took place, by the tables; a photo without what the camera wrote into it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from nanxi.field.phones import photos
from nanxi.field.phones.rules import MOST_PHOTO, Errand, moment, standing

NOW = datetime(2020, 2, 10, 12, 0, tzinfo=UTC)


def lines(name: str) -> list[list[str]]:
    rows = [line for line in Path(f"tests/spec/{name}.md").read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]


def said(text: str) -> datetime:
    days, _, clock = text.rpartition(" ")
    hour, minute = clock.split(":")
    return NOW.replace(hour=int(hour), minute=int(minute)) + timedelta(days=int(days.replace("−", "-").rstrip("d") or 0))


@pytest.mark.parametrize("row", lines("field_phones"), ids=" ".join)
def test_what_becomes_of_a_visit(row: list[str]) -> None:
    task, holder, turn, result, fits, age, then, told = row
    errand = None
    if task != "gone":
        errand = Errand(task == "open", holder == "worker", turn == "yes", "" if task in {"open", "withdrawn"} else task)
    found = standing(errand, result=result, fits=fits == "yes", age=timedelta(days=int(age)))
    assert (found.code, found.tells) == (then, told == "yes")


@pytest.mark.parametrize("row", lines("field_clock"), ids=" ".join)
def test_when_it_took_place(row: list[str]) -> None:
    phone, noted, measured, then, off = (cell.replace("−", "-") for cell in row)
    found = moment(said(phone), noted_s=None if noted == "–" else int(noted), measured_s=int(measured), now=NOW)
    assert (found.at, found.off_s) == (said(then), int(off))


def segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2, "big") + body


JFIF, TABLE, SCAN = segment(0xE0, b"JFIF\x00\x01"), segment(0xDB, b"\x00" * 65), segment(0xDA, b"\x01") + b"pixels\xff\xd9"


def test_a_photo_loses_what_the_camera_wrote() -> None:
    exif = segment(0xE1, b"Exif\x00\x00GPS 28.15 120.69")
    told = b"\xff\xd8" + JFIF + exif + segment(0xFE, b"made by") + TABLE + SCAN
    assert photos.bare(told) == b"\xff\xd8" + JFIF + TABLE + SCAN


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"\x89PNG", "no JPEG"),
        (b"\xff\xd8" + JFIF[:5], "damaged"),
        (b"\xff\xd8" + JFIF + b"\x00\x00\x00\x00", "damaged"),
        (b"\xff\xd8" + b"\xff\xe0\x00\x00" + SCAN, "damaged"),
        (b"\xff\xd8" + b"\x00" * MOST_PHOTO, "larger than 400 KB"),
    ],
)
def test_what_is_no_photo_is_named(data: bytes, says: str) -> None:
    with pytest.raises(photos.NoPhoto, match=says):
        photos.bare(data)
