"""Columns that say who: name, ID number, passport, sex, birth date, workplace."""

from __future__ import annotations

import re
from datetime import date

from nanxi.people.intake.cells import Cell, text_of
from nanxi.people.intake.columns.base import Column, Draft, Frame, words
from nanxi.people.intake.columns.days import read_day
from nanxi.people.intake.problems import N_
from nanxi.people.rules import ids
from nanxi.people.rules.names import TITLES

#: A float holds fifteen digits for sure; a longer number typed into a number cell is gone (identity notes §7).
SURE_DIGITS = 1e15
SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[eE]\+?\d{2}")
#: Passports, permits of Hong Kong, Macao and Taiwan, permanent residence: letters, then digits.
TRAVEL = re.compile(r"[A-Z]{1,2}\d{6,9}[A-Z]?|[A-Z]{3}\d{12}|[A-Z]\d{6}\([0-9A]\)")
_OF_OTHERS = ("户主", "联系人", "家属", "监护人", "父", "母", "填报", "负责", "报告人", "调查", "审核", "配偶", "单位", "企业")


class Name(Column):
    key, label = "name", N_("Full name")
    names = words("姓名 名字 人员 人员姓名 被排查人 购药人 登记人 乘客 旅客 患者 员工 住户 name fullname")
    ends = ("姓名", "名字")
    never = _OF_OTHERS

    def clean(self, cell: Cell, frame: Frame) -> tuple[str, tuple[str, ...]]:
        text = text_of(cell)
        if not isinstance(cell, str) or not re.search(r"[^\W\d_]", text):
            return "", ("name_is_error",)
        squeezed = text if text.isascii() else text.replace(" ", "")
        plain = TITLES.sub("", squeezed)
        return plain or squeezed, ("name_tidied",) if plain != cell and plain else ()

    def assign(self, draft: Draft, value: str) -> None:
        draft.name = draft.name or value


class IdNumber(Column):
    """The resident ID number; a passport in the same column is told apart by its form."""

    key, label = "id_no", N_("ID number")
    names = words(
        "身份证 身份证号 身份证号码 公民身份号码 公民身份证号码 身份号码 居民身份证 居民身份证号码 证件号 证件号码 "
        "有效证件号码 身份证件号码 证件 idno id idnumber idcard"
    )
    ends = ("身份证号", "身份证号码", "证件号", "证件号码", "身份号码", "身份证")
    never = ("户主", "监护人", "联系人", "家属", "信用")

    def clean(self, cell: Cell, frame: Frame) -> tuple[str, tuple[str, ...]]:
        if isinstance(cell, float):
            if cell >= SURE_DIGITS or not cell.is_integer():
                return "", ("id_lost_digits",)
            text = str(int(cell))
            return (text, ("id_number_cell",)) if len(text) == 15 else (text, ("id_shape",))
        text = text_of(cell)
        if SCIENTIFIC.fullmatch(text.replace(" ", "")):
            return "", ("id_lost_digits",)
        number = ids.read_id(text)
        if number.valid:
            how = "id_upgraded" if number.state is ids.IdState.UPGRADED else "id_tidied" if number.value != cell else ""
            return number.value, (how,) if how else ()
        if TRAVEL.fullmatch(number.value):
            return f"passport:{number.value}", ("id_foreign",)
        return number.value, {
            ids.IdState.MASKED: ("id_masked",), ids.IdState.BAD_CHECK: ("id_check",), ids.IdState.BAD_DATE: ("id_date",),
            ids.IdState.BAD_SHAPE: ("id_shape",),
        }.get(number.state, ())  # fmt: skip

    def assign(self, draft: Draft, value: str) -> None:
        if value.startswith("passport:"):
            draft.passport = draft.passport or value.removeprefix("passport:")
        else:
            draft.id_no = draft.id_no or value


class Passport(Column):
    key, label = "passport", N_("Passport or permit")
    names = ("护照", "护照号", "护照号码", "港澳通行证", "通行证号码", "台胞证", "台胞证号", "passport", "passportno")
    ends = ("护照号", "护照号码", "通行证号", "通行证号码")

    def clean(self, cell: Cell, frame: Frame) -> tuple[str, tuple[str, ...]]:
        return ids.tidy_id(text_of(cell)), ()

    def assign(self, draft: Draft, value: str) -> None:
        draft.passport = value


class Sex(Column):
    key, label = "sex", N_("Sex")
    names = ("性别", "sex", "gender")
    _words = {"男": "m", "男性": "m", "m": "m", "male": "m", "1": "m", "女": "f", "女性": "f", "f": "f", "female": "f", "2": "f"}

    def clean(self, cell: Cell, frame: Frame) -> tuple[str, tuple[str, ...]]:
        value = self._words.get(text_of(cell).lower(), "")
        return value, () if value else ("sex_unread",)

    def assign(self, draft: Draft, value: str) -> None:
        draft.sex = value


class Birth(Column):
    key, label = "birth", N_("Birth date")
    names = ("出生日期", "出生年月日", "出生年月", "生日", "birth", "birthdate", "dateofbirth")
    ends = ("出生日期", "出生年月日")
    never = ("户主", "监护人")

    def clean(self, cell: Cell, frame: Frame) -> tuple[date | None, tuple[str, ...]]:
        day, codes = read_day(cell, frame)
        if day is None or "date_year" in codes or not 1900 <= day.year <= frame.day.year + 1:
            return None, ("date_unread",)
        return day, codes

    def assign(self, draft: Draft, value: date) -> None:
        draft.birth = value


class Workplace(Column):
    key, label = "workplace", N_("Workplace")
    names = ("工作单位", "单位", "单位名称", "所在单位", "企业名称", "公司", "就业单位", "学校", "workplace", "employer")
    ends = ("工作单位", "单位名称", "企业名称")
    never = ("填报", "报送", "隔离", "检测", "采样")

    def clean(self, cell: Cell, frame: Frame) -> tuple[str, tuple[str, ...]]:
        return text_of(cell), ()

    def assign(self, draft: Draft, value: str) -> None:
        draft.workplace = value
