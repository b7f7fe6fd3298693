"""Columns that say how and where to reach somebody: phones, address, area, household, plate, trip."""

from __future__ import annotations

import re

from nanxi.people.intake.cells import Cell, folded, text_of
from nanxi.people.intake.columns.base import Column, Draft, Frame, words
from nanxi.people.intake.origins import origin_of
from nanxi.people.intake.plates import plate_in
from nanxi.people.intake.problems import N_
from nanxi.people.intake.trips import trip_of
from nanxi.people.rules.phones import phones_in

_OF_OTHERS = ("单位", "企业", "填报", "负责", "户主", "家属", "监护", "网格", "联系人")


#: What is written where somebody has no phone.
NO_PHONE = frozenset(("无", "没有", "无手机", "无电话", "/", "-", "—"))
#: A number cell that went through text keeps its point.
_POINT_ZERO = re.compile(r"(?<=\d)\.0+(?!\d)")
_OF_FAMILY = re.compile(r"[(（\[【]?(?:父|母|爸|妈|儿|女儿|夫|妻|子|媳|婿|家人|家属|户主|监护|邻居|村干部)")


class Phone(Column):
    key, label, many, repeats = "phone", N_("Phone"), True, False
    names = words(
        "电话 手机 手机号 手机号码 联系电话 联系手机 联系方式 联系号码 电话号码 本人电话 本人手机 本人联系电话 移动电话 固定电话 "
        "phone mobile mobileno tel telephone phoneno phonenumber cellphone contactno"
    )
    ends = ("电话", "手机", "手机号", "手机号码", "联系方式", "电话号码")
    never = _OF_OTHERS

    def clean(self, cell: Cell, frame: Frame) -> tuple[tuple[str, ...], tuple[str, ...]]:
        text = text_of(cell)
        if text in NO_PHONE:
            return (), ()
        found = phones_in(_POINT_ZERO.sub("", text))
        if not found:
            return (), ("phone_masked" if "*" in text else "phone_unread",)
        other = ("phone_of_other",) if _OF_FAMILY.search(text) else ()
        if isinstance(cell, float):
            return found, ("phone_number_cell",)
        if len(found) > 1:
            return found, ("phone_several", *other)
        return found, other or (() if cell in found else ("phone_tidied",))

    def assign(self, draft: Draft, value: tuple[str, ...]) -> None:
        draft.phones += [number for number in value if number not in draft.phones]


class Address(Column):
    key, label, repeats = "address", N_("Address"), False
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
    """Train, flight, coach with seat: kept as written and taken apart; a number plate in it is taken out."""

    key, label = "trip", N_("Trip")
    names = words(
        "车次 航班 航班号 车次座位 交通方式 交通工具 车次航班 航班车次 班次 返回方式 返程方式 来永方式 乘坐车次 "
        "乘坐交通工具 出行方式 trip train flight transport"
    )
    ends = ("车次", "航班", "航班号", "交通方式", "交通工具", "座位号", "班次")

    def clean(self, cell: Cell, frame: Frame) -> tuple[str, tuple[str, ...]]:
        return text_of(cell), ()

    def assign(self, draft: Draft, value: str) -> None:
        trip = trip_of(value)
        draft.facts.update({"trip": value, **trip.facts()})
        draft.plate = draft.plate or trip.plate


class Origin(Column):
    """Where somebody came from: the prefecture when it can be told, the words in any case."""

    key, label = "origin", N_("Came from")
    names = words(
        "来源地 出发地 始发地 返回地 来自 来自何地 从何地返回 何地返回 何处返回 从何处来 外出地 外出地点 旅居地 "
        "旅居史 务工地 返回前所在地 出发城市 来源地区 origin from departure"
    )
    ends = ("来源地", "出发地", "旅居地", "返回地", "何地返回", "旅居史")

    def clean(self, cell: Cell, frame: Frame) -> tuple[str, tuple[str, ...]]:
        text = folded(cell)
        code = origin_of(text)
        return code or text, () if code else ("origin_unknown",)

    def assign(self, draft: Draft, value: str) -> None:
        draft.facts["origin"] = value
