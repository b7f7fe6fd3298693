"""Columns that say how and where to reach somebody: phones, address, area, household, plate, trip."""

from __future__ import annotations

import re
import unicodedata

from nanxi.people.intake.cells import Cell, folded, text_of
from nanxi.people.intake.columns.base import Column, Draft, Frame, words
from nanxi.people.intake.problems import N_
from nanxi.people.rules.phones import phones_in

#: GA 36: province, letter of the prefecture, five signs or six for new energy; I and O are not used.
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
PLATE = re.compile(rf"[{_PROVINCES}][A-HJ-NP-Z][A-HJ-NP-Z0-9]{{4,5}}[A-HJ-NP-Z0-9挂学警港澳]")
_SPREAD = re.compile(r"[\s·•.\-]")
_OF_OTHERS = ("单位", "企业", "填报", "负责", "户主", "家属", "监护", "网格", "联系人")


def plate_in(text: str) -> str:
    """The first number plate in a text, without dots and blanks."""
    match = PLATE.search(_SPREAD.sub("", unicodedata.normalize("NFKC", text)).upper())
    return match[0] if match else ""


class Phone(Column):
    key, label, many = "phone", N_("Phone"), True
    names = words(
        "电话 手机 手机号 手机号码 联系电话 联系方式 联系号码 电话号码 本人电话 移动电话 phone mobile tel telephone phonenumber"
    )
    ends = ("电话", "手机", "手机号", "手机号码", "联系方式", "电话号码")
    never = _OF_OTHERS

    def clean(self, cell: Cell, frame: Frame) -> tuple[tuple[str, ...], tuple[str, ...]]:
        text = text_of(cell)
        found = phones_in(text)
        if not found:
            return (), ("phone_unread",)
        if isinstance(cell, float):
            return found, ("phone_number_cell",)
        if len(found) > 1:
            return found, ("phone_several",)
        return found, () if cell in found else ("phone_tidied",)

    def assign(self, draft: Draft, value: tuple[str, ...]) -> None:
        draft.phones += [number for number in value if number not in draft.phones]


class Address(Column):
    key, label = "address", N_("Address")
    names = words(
        "住址 现住址 地址 现住地址 居住地址 居住地 家庭住址 家庭地址 详细地址 现居住地 现居地 现住地 常住地址 "
        "联系地址 住所 address homeaddress"
    )
    ends = ("住址", "居住地", "住地址", "庭地址", "现居地", "居住地址")
    never = ("单位", "户籍", "身份证", "来源", "途经", "企业")

    def clean(self, cell: Cell, frame: Frame) -> tuple[str, tuple[str, ...]]:
        return text_of(cell), ()

    def assign(self, draft: Draft, value: str) -> None:
        draft.address = draft.address or value


class Place(Column):
    """Town or village in a column of its own."""

    key, label, many = "place", N_("Town or village"), True
    names = words(
        "乡镇 镇街 街道 镇街道 乡镇街道 所属乡镇 所属街道 所属镇街 村 村社区 社区 村居 行政村 所属村 所在村 "
        "所在社区 所在乡镇 town village community"
    )
    ends = ("乡镇", "镇街", "行政村", "村社区", "街道")

    def clean(self, cell: Cell, frame: Frame) -> tuple[str, tuple[str, ...]]:
        return folded(cell), ()

    def assign(self, draft: Draft, value: str) -> None:
        draft.places.append(value)


class AreaCode(Column):
    key, label = "area_code", N_("Area code")
    names = words("网格编码 网格编号 网格代码 地区编码 地区代码 行政区划代码 区划代码 统计用区划代码 areacode grid")
    ends = ("区划代码", "网格编码", "网格编号")

    def clean(self, cell: Cell, frame: Frame) -> tuple[str, tuple[str, ...]]:
        digits = folded(cell)
        if len(digits) in (6, 9) and digits.isdigit():
            digits = digits.ljust(12, "0")
        return (digits, ()) if len(digits) in (12, 15) and digits.isascii() and digits.isdigit() else ("", ("area_unknown",))

    def assign(self, draft: Draft, value: str) -> None:
        draft.area_code = value


class Household(Column):
    key, label = "household", N_("Household number")
    names = ("户号", "家庭编号", "户编号", "户口编号", "户籍号", "household", "householdno")
    ends = ("户号",)

    def clean(self, cell: Cell, frame: Frame) -> tuple[str, tuple[str, ...]]:
        return folded(cell), ()

    def assign(self, draft: Draft, value: str) -> None:
        draft.household = value


class Plate(Column):
    key, label = "plate", N_("Number plate")
    names = ("车牌", "车牌号", "车牌号码", "车号", "车辆号牌", "号牌", "plate", "plateno")
    ends = ("车牌", "车牌号", "车牌号码", "号牌")

    def clean(self, cell: Cell, frame: Frame) -> tuple[str, tuple[str, ...]]:
        found = plate_in(text_of(cell))
        return found, () if found else ("plate_unread",)

    def assign(self, draft: Draft, value: str) -> None:
        draft.plate = value


class Trip(Column):
    """Train, flight, coach with seat, as written; a number plate in it is taken out."""

    key, label = "trip", N_("Trip")
    names = words("车次 航班 航班号 车次座位 交通方式 交通工具 车次航班 班次 返回方式 乘坐车次 出行方式 trip train flight")
    ends = ("车次", "航班", "航班号", "交通方式", "交通工具", "座位号", "班次")

    def clean(self, cell: Cell, frame: Frame) -> tuple[str, tuple[str, ...]]:
        return text_of(cell), ()

    def assign(self, draft: Draft, value: str) -> None:
        draft.facts["trip"] = value
        draft.plate = draft.plate or plate_in(value)
