"""Columns that say who: name, passport, sex, birth date, workplace."""

from __future__ import annotations

import re
from datetime import date

from nanxi.people.intake.cells import Cell, folded, text_of
from nanxi.people.intake.columns.base import Column, Draft, Frame, words
from nanxi.people.intake.columns.days import read_day
from nanxi.people.intake.problems import N_
from nanxi.people.rules import ids
from nanxi.people.rules.names import REMARK, TITLES

#: Written where nobody is named.
NOBODY = frozenset(words("无 不详 未知 空 没有 暂无 不明 未登记 无名氏 待查 na n/a none null nan"))
#: Signs and words that stand for a hidden part of a name: 陈*明, 陈某某.
_HIDDEN = re.compile(r"[*＊×✕○〇●?？]|某")
#: Numbering in front of a name.
_NUMBERED = re.compile(r"^\d{1,5}[.、．)）:：\s]\s*")
_OF_OTHERS = ("户主", "联系人", "家属", "监护人", "父", "母", "填报", "负责", "报告人", "调查", "审核", "配偶", "单位", "企业")
_BRACKETS = str.maketrans("（）［］", "()[]")


class Name(Column):
    key, label, repeats = "name", N_("Full name"), False
    names = words(
        "姓名 名字 人员 人员姓名 本人姓名 中文姓名 被排查人 购药人 登记人 乘客 旅客 患者 员工 职工 住户 人名 对象 对象姓名 "
        "name fullname personname"
    )
    ends = ("姓名", "名字")
    never = _OF_OTHERS

    def clean(self, cell: Cell, frame: Frame) -> tuple[str, tuple[str, ...]]:
        text = text_of(cell)
        if folded(cell).lower() in NOBODY:
            return "", ("name_missing",)
        plain = _plain_name(text)
        if not isinstance(cell, str) or plain.startswith(("=", "+", "@")) or not re.search(r"[^\W\d_]", plain):
            return "", ("name_is_error",)
        if _HIDDEN.search(plain):
            # Kept as a name it would contradict the full name of the same ID number.
            return "", ("name_masked",)
        return plain, ("name_tidied",) if plain != cell else ()

    def assign(self, draft: Draft, value: str) -> None:
        draft.name = draft.name or value


def _plain_name(text: str) -> str:
    """Without numbering, remarks in brackets, titles and the blanks between the signs of a Chinese name."""
    bare = REMARK.sub("", _NUMBERED.sub("", text.translate(_BRACKETS))).strip() or text
    squeezed = bare if bare.isascii() else bare.replace(" ", "")
    return TITLES.sub("", squeezed) or squeezed


class Passport(Column):
    key, label = "passport", N_("Passport or permit")
    names = words(
        "护照 护照号 护照号码 港澳通行证 港澳居民来往内地通行证 通行证号码 通行证号 台胞证 台胞证号 "
        "passport passportno passportnumber"
    )
    ends = ("护照号", "护照号码", "通行证号", "通行证号码")

    def clean(self, cell: Cell, frame: Frame) -> tuple[str, tuple[str, ...]]:
        if isinstance(cell, float):
            return str(int(cell)), ("passport_unread",)
        value = ids.tidy_id(text_of(cell))
        if value.lower() in NOBODY or value in ("/", ""):
            return "", ()
        if ids.read_id(value).valid or not DOCUMENT.fullmatch(value):
            return "", ("passport_unread",)
        return value, () if value == cell else ("passport_tidied",)

    def assign(self, draft: Draft, value: str) -> None:
        draft.passport = value


#: Any country's passport or permit: letters and digits, two digits at least.
DOCUMENT = re.compile(r"(?=(?:.*\d){2})[A-Z0-9]{5,15}(?:\([0-9A]\))?")


class Sex(Column):
    key, label = "sex", N_("Sex")
    names = ("性别", "sex", "gender")
    _words = {
        **dict.fromkeys(("男", "男性", "先生", "m", "male", "1"), "m"),
        **dict.fromkeys(("女", "女性", "女士", "f", "female", "2"), "f"),
    }  # fmt: skip

    def clean(self, cell: Cell, frame: Frame) -> tuple[str, tuple[str, ...]]:
        value = self._words.get(folded(cell).lower(), "")
        return value, () if value else ("sex_unread",)

    def assign(self, draft: Draft, value: str) -> None:
        draft.sex = value


class Birth(Column):
    key, label = "birth", N_("Birth date")
    names = words("出生日期 出生年月日 出生年月 出生时间 生日 birth birthday birthdate dateofbirth dob")
    ends = ("出生日期", "出生年月日")
    never = ("户主", "监护人")

    def clean(self, cell: Cell, frame: Frame) -> tuple[date | None, tuple[str, ...]]:
        day, codes = read_day(cell, frame)
        if day is None or "date_year" in codes or "date_lunar" in codes or not 1900 <= day.year <= frame.day.year + 1:
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
