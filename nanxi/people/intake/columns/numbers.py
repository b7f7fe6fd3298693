"""The column of ID numbers, whose last three digits a spreadsheet loses when they are typed as a number."""

from __future__ import annotations

import re
from functools import lru_cache

from nanxi.people.intake.cells import Cell, text_of
from nanxi.people.intake.columns.base import Column, Draft, Frame, words
from nanxi.people.intake.problems import N_
from nanxi.people.intake.regions import region_remark
from nanxi.people.rules import ids
from nanxi.people.rules.ids import IdState

#: A float holds fifteen digits for sure; a longer number typed into a number cell is gone (identity notes §7).
SURE_DIGITS = 1e15
SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[eE]\+?\d{2}")
#: Passports, permits of Hong Kong, Macao and Taiwan, permanent residence: letters, then digits.
TRAVEL = re.compile(r"[A-Z]{1,2}\d{6,9}[A-Z]?|[A-Z]{3}\d{12}|[A-Z]\d{6}\([0-9A]\)")
#: Whose number it is when it is not the person's own.
OF_OTHER = re.compile(r"父|母|爸|妈|监护|家长|爷|奶|外公|外婆|户主|配偶|丈夫|妻|代办")
_WHOLE = re.compile(r"(?<!\d)(?:\d{17}[\dX]|\d{15})(?![\dX])")
_STAR_FOR_X = re.compile(r"(\d{17})\*")
#: What a number that was rounded to fifteen digits ends with.
ROUNDED = "000"
_WORDS = {IdState.MASKED: "id_masked", IdState.BAD_CHECK: "id_check", IdState.BAD_DATE: "id_date", IdState.BAD_SHAPE: "id_shape"}


#: Asked once for the cell and once for what its neighbours say of sex and birth.
read_number = lru_cache(maxsize=256)(ids.read_id)


class IdNumber(Column):
    """The resident ID number; a passport in the same column is told apart by its form."""

    key, label, repeats = "id_no", N_("ID number"), False
    names = words(
        "身份证 身份证号 身份证号码 公民身份号码 公民身份证号码 身份号码 居民身份证 居民身份证号 居民身份证号码 证件号 证件号码 "
        "有效证件号码 有效证件号 身份证件号码 身份证件号 身份证明号码 本人身份证号 本人身份证号码 证件 "
        "idno id idnumber idcard idcardno idcardnumber"
    )
    ends = ("身份证号", "身份证号码", "证件号", "证件号码", "身份号码", "身份证")
    never = ("户主", "监护人", "联系人", "家属", "父", "母", "配偶", "信用", "法人", "负责人", "编号")

    def clean(self, cell: Cell, frame: Frame) -> tuple[str, tuple[str, ...]]:
        if isinstance(cell, float):
            return _from_number(cell, frame)
        text = text_of(cell)
        if SCIENTIFIC.fullmatch(text.replace(" ", "").lstrip("'")):
            return "", ("id_lost_digits",)
        if OF_OTHER.search(text):
            return "", ("id_of_other",)
        number = read_number(text)
        if number.valid:
            tidied = number.state is IdState.VALID and number.value != cell
            return number.value, (("id_tidied",) if tidied else ()) + _about(number, frame)
        return _of_broken(number, frame)

    def assign(self, draft: Draft, value: str) -> None:
        if value.startswith("passport:"):
            draft.passport = draft.passport or value.removeprefix("passport:")
        else:
            draft.id_no = draft.id_no or value


def _from_number(cell: float, frame: Frame) -> tuple[str, tuple[str, ...]]:
    """Fifteen digits are whole in a number cell, more are not."""
    if cell >= SURE_DIGITS or not cell.is_integer():
        return "", ("id_lost_digits",)
    number = read_number(str(int(cell)))
    if number.valid:
        return number.value, ("id_number_cell", *_about(number, frame))
    return number.value, (_WORDS.get(number.state, "id_shape"),)


def _of_broken(number: ids.IdNumber, frame: Frame) -> tuple[str, tuple[str, ...]]:
    """What is no valid number by itself: a star for X, a passport, a number among words, or a mistake to be told."""
    value = number.value
    if (star := _STAR_FOR_X.fullmatch(value)) and ids.check_digit(star[1]) == "X":
        return _taken(star[1] + "X", frame)
    if TRAVEL.fullmatch(value):
        return f"passport:{value}", ("id_foreign",)
    if number.state is IdState.BAD_CHECK and value.endswith(ROUNDED):
        return "", ("id_lost_digits",)
    if number.state is IdState.BAD_SHAPE:
        whole = {found.value for text in _WHOLE.findall(value) if (found := read_number(text)).valid}
        if len(whole) > 1:
            return "", ("id_several",)
        if whole:
            return _taken(whole.pop(), frame)
    return value, (_WORDS[number.state],) if number.state in _WORDS else ()


def _taken(value: str, frame: Frame) -> tuple[str, tuple[str, ...]]:
    number = read_number(value)
    return number.value, ("id_tidied", *_about(number, frame))


def _about(number: ids.IdNumber, frame: Frame) -> tuple[str, ...]:
    """What is told of a valid number: that it was completed, and where its region is odd. The region never refuses."""
    assert number.birth is not None
    completed = ("id_upgraded",) if number.state is IdState.UPGRADED else ()
    code = number.value[:6]
    odd = "" if code in frame.regions else region_remark(code, number.birth.year)
    return (*completed, odd) if odd else completed
