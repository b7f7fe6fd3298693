"""A journey as lists write it, "G1234 5车12F", "自驾 浙C12345", "MU5612 12A", taken apart: means, number, coach, seat, plate."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from nanxi.people.intake.plates import plate_in, without_plate

#: Trains: a letter for the fast ones, digits alone for the slow; the number stands at the beginning or before 次.
_TRAIN = re.compile(r"(?<![A-Z0-9])([GDCZTKSYLP]\d{1,4})(?!\d)")
_SLOW_TRAIN = re.compile(r"(?<![A-Z0-9])(\d{4})次")
#: Flights: two signs of the airline, one of them a letter at least (9C, 3U), and three or four digits.
_FLIGHT = re.compile(r"(?<![A-Z0-9])((?:[A-Z]{2}|\d[A-Z]|[A-Z]\d)\d{3,4})(?![A-Z0-9])")
_COACH = re.compile(r"(\d{1,2}|加\d)(?:号)?车(?:厢)?")
_SEAT = re.compile(r"(?<!\d)(\d{1,3}[A-HJK])(?![A-Z0-9])|(?<!\d)(\d{1,3})(?:号|座)")
_STANDING = re.compile(r"无座|站票")
_WORDS = (
    ("car", ("自驾", "私家车", "自己开车", "开车", "驾车", "小车", "小汽车")),
    ("coach", ("大巴", "客车", "长途", "包车", "班车")),
    ("train", ("高铁", "动车", "火车", "列车", "普快")), ("flight", ("飞机", "航班")), ("ship", ("轮船", "客轮", "渡轮")),
)  # fmt: skip


@dataclass(frozen=True)
class Trip:
    """`kind`: train, flight, car, coach, ship or "" when the words do not tell."""

    kind: str = ""
    number: str = ""
    coach: str = ""
    seat: str = ""
    plate: str = ""

    def facts(self) -> dict[str, str]:
        named = {"trip_kind": self.kind, "trip_no": self.number, "trip_coach": self.coach, "trip_seat": self.seat}
        return {name: value for name, value in named.items() if value}


def trip_of(text: str) -> Trip:
    """What a cell says of a journey; an empty Trip when it says nothing that is sure."""
    plain = unicodedata.normalize("NFKC", text).upper()
    plate = plate_in(plain)
    bare = without_plate(plain) if plate else plain
    kind, number = _vehicle(bare)
    if not kind:
        kind = next((name for name, words in _WORDS if any(word in plain for word in words)), "")
    if plate and kind in ("", "car"):
        return Trip("car", plate=plate)
    if kind not in ("train", "flight", "coach"):
        return Trip(kind, number, plate=plate)
    rest = bare.replace(number, " ", 1) if number else bare
    coach = _COACH.search(rest)
    behind = rest[coach.end() :] if coach else rest
    seat = _SEAT.search(behind)
    sat = (seat[1] or seat[2]) if seat else "standing" if _STANDING.search(rest) else ""
    return Trip(kind, number, coach[1].replace("加", "+") if coach else "", sat, plate)


def _vehicle(plain: str) -> tuple[str, str]:
    for kind, pattern in (("train", _TRAIN), ("train", _SLOW_TRAIN), ("flight", _FLIGHT)):
        if match := pattern.search(plain):
            return kind, match[1]
    return "", ""
