"""Dates as lists write them: real dates, day numbers, 2020.1.25, 1月25日, 25/1, 正月初一. What is not sure is not read."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta

from nanxi.people.intake.cells import Cell, text_of
from nanxi.people.intake.columns.base import Column, Draft, Frame, words
from nanxi.people.intake.problems import N_

#: Day numbers of 1927 to 2064; other numbers in a date column are something else.
SERIALS = (10_000, 60_000)
EPOCH_1900, EPOCH_1904 = date(1899, 12, 30), date(1904, 1, 1)
#: A list speaks of its past and of few days ahead: a day without a year lies at most so far after the list's.
AHEAD = timedelta(days=45)
#: What a list of an outbreak speaks of. Beyond it a year was mistyped, or a number was formatted as a date.
PAST, FUTURE = timedelta(days=3 * 366), timedelta(days=366)
#: The time of day behind a date is left out; digits right behind a day without 日 or a blank would be read into the day.
_TAIL = r"(?:[日号]?| ?[日号]? ?(?:凌晨|早上?|上午|中午|下午|晚上?|夜).*|(?:[日号]|[日号]?[T ])\d{1,2}[:时点].*)"
_FULL = re.compile(rf"(\d{{4}})[-./年](\d{{1,2}})[-./月](\d{{1,2}}){_TAIL}")
_SHORT = re.compile(rf"(\d{{2}})([-./年])(\d{{1,2}})[-./月](\d{{1,2}}){_TAIL}")
_PACKED = re.compile(r"(\d{4})(\d{2})(\d{2})")
_MONTH_DAY = re.compile(rf"(\d{{1,2}})([-./月])(\d{{1,2}}){_TAIL}")
_LOOSE_BLANKS = re.compile(r"(?<!\d)\s+|\s+(?!\d)")
#: First day of the lunar year, and the length of its twelfth month before (Hong Kong Observatory's tables).
NEW_YEARS = {
    2019: (date(2019, 2, 5), 30), 2020: (date(2020, 1, 25), 30), 2021: (date(2021, 2, 12), 30), 2022: (date(2022, 2, 1), 29),
    2023: (date(2023, 1, 22), 30), 2024: (date(2024, 2, 10), 30), 2025: (date(2025, 1, 29), 29), 2026: (date(2026, 2, 17), 29),
}  # fmt: skip
_ONE_TO_NINE = "[一二三四五六七八九]"
_LUNAR = re.compile(rf"(?:农历)?(正月|腊月|十二月)(初{_ONE_TO_NINE}|初十|十{_ONE_TO_NINE}?|二十|廿{_ONE_TO_NINE}?|三十)")
_DIGITS = {char: number for number, char in enumerate("一二三四五六七八九十", start=1)}


def read_day(cell: Cell, frame: Frame) -> tuple[date | None, tuple[str, ...]]:
    """The day a cell means, and codes of remarks; None when it cannot be told for sure."""
    if isinstance(cell, date):
        return (cell.date() if isinstance(cell, datetime) else cell), ()
    if isinstance(cell, float) and not cell.is_integer():
        # 1.25 may be 25 January or a number; 43855.4 is a moment.
        return _of_serial(cell, frame) if cell > SERIALS[0] else (None, ("date_unread",))
    text = _LOOSE_BLANKS.sub("", unicodedata.normalize("NFKC", text_of(cell))).lstrip("'")
    if match := _FULL.fullmatch(text):
        return _day(*match.groups())
    if (match := _PACKED.fullmatch(text)) and text[:2] in ("19", "20"):
        return _day(*match.groups())
    if text.isdigit():
        return _of_serial(float(text), frame)
    if text in ("除夕", "大年三十", "年三十"):
        return _of_lunar("腊月", "", frame)
    if match := _LUNAR.fullmatch(text.replace("大年", "正月")):
        return _of_lunar(match[1], match[2], frame)
    if match := _MONTH_DAY.fullmatch(text):
        return _without_year(int(match[1]), int(match[3]), frame, day_first=match[2] == "/")
    if match := _SHORT.fullmatch(text):
        return _of_short_year(int(match[1]), match[2], int(match[3]), int(match[4]), frame)
    return None, ("date_unread",)


def _day(year: str, month: str, day: str) -> tuple[date | None, tuple[str, ...]]:
    try:
        return date(int(year), int(month), int(day)), ()
    except ValueError:
        return None, ("date_unread",)


def _of_serial(number: float, frame: Frame) -> tuple[date | None, tuple[str, ...]]:
    if not SERIALS[0] <= number <= SERIALS[1]:
        return None, ("date_unread",)
    return (EPOCH_1904 if frame.from_1904 else EPOCH_1900) + timedelta(days=int(number)), ("date_serial",)


def _of_short_year(first: int, mark: str, month: int, last: int, frame: Frame) -> tuple[date | None, tuple[str, ...]]:
    """20.1.25: a year of two digits is read when it is about the list's and only one of the ends can be it."""
    about = {year % 100 for year in range(frame.day.year - 1, frame.day.year + 2)}
    if first not in about or (mark == "/" and last in about and last != first):
        return None, ("date_unread",)
    found, codes = _day(str(frame.day.year // 100 * 100 + first), str(month), str(last))
    return found, codes or ("date_year",)


def _without_year(first: int, second: int, frame: Frame, *, day_first: bool) -> tuple[date | None, tuple[str, ...]]:
    """Month and day, or with a stroke day and month when only that is possible; the latest such day not long after the list's."""
    month, day = (second, first) if day_first and first > 12 else (first, second)
    for year in (frame.day.year + 1, frame.day.year, frame.day.year - 1):
        found, _codes = _day(str(year), str(month), str(day))
        if found and found <= frame.day + AHEAD:
            return found, ("date_year",)
    return None, ("date_unread",)


def _of_lunar(month: str, word: str, frame: Frame) -> tuple[date | None, tuple[str, ...]]:
    """A day around the lunar new year that lies nearest to the list's day."""
    new_year, length = NEW_YEARS[min(NEW_YEARS, key=lambda year: abs(NEW_YEARS[year][0] - frame.day))]
    number = length if not word else _lunar_number(word)
    if number > 30 or (month != "正月" and number > length):
        return None, ("date_unread",)
    day = new_year + timedelta(days=number - 1 if month == "正月" else number - 1 - length)
    return day, ("date_lunar",)


def _lunar_number(word: str) -> int:
    if word[0] == "初":
        return _DIGITS[word[1]]
    if word in ("二十", "三十"):
        return 10 * _DIGITS[word[0]]
    tens = 20 if word[0] == "廿" else 10
    return tens + (_DIGITS[word[1]] if len(word) > 1 else 0)


class Day(Column):
    """A date of the list's matter: of return, travel, purchase, visit. A list may have several; each keeps its heading."""

    key, label, many = "date", N_("Date"), True
    names = ("日期", "时间", "date", "day")
    ends = ("日期", "时间", "到岗日期", "返回日")
    never = ("出生", "填报", "填表", "审核")

    def clean(self, cell: Cell, frame: Frame) -> tuple[date | None, tuple[str, ...]]:
        day, codes = read_day(cell, frame)
        if day and not frame.day - PAST <= day <= frame.day + FUTURE:
            return None, ("date_far",)
        return day, codes

    def assign(self, draft: Draft, value: date) -> None:
        draft.facts.setdefault("date", value.isoformat())
        if value.isoformat() != draft.facts["date"]:
            draft.facts["dates"] = ",".join(filter(None, (draft.facts.get("dates", ""), value.isoformat())))


class Arrival(Day):
    """The day on which somebody is to come, or came, to the county; the list's rows are then expected arrivals."""

    key, label, many = "arrival", N_("Day of arrival"), False
    names = words(
        "来永日期 来永时间 返永日期 返永时间 到永日期 到永时间 抵永日期 抵永时间 拟来永日期 拟来永时间 拟返永日期 拟返永时间 "
        "预计来永日期 预计来永时间 预计返永日期 预计返永时间 预计到达日期 预计到达时间 arrival arrivaldate expectedarrival"
    )
    ends = ("来永日期", "来永时间", "返永日期", "返永时间", "到达日期", "到达时间", "抵达日期", "抵达时间")

    def assign(self, draft: Draft, value: date) -> None:
        draft.facts["arrival"] = value.isoformat()
        super().assign(draft, value)
