"""A venue's register or a passenger list as a workbook or CSV. Bytes in, lines and sentences out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from nanxi.cases import rules, sheets
from nanxi.cases.services.rides import is_plate
from nanxi.cases.wording import VEHICLES
from nanxi.engines.trace.protocol import Trip
from nanxi.engines.trace.stays import NO_ROW
from nanxi.foundation.clock import WALL, county_day

HEADINGS = {
    "name": ("name", "姓名", "旅客姓名", "乘客姓名", "登记人"),
    "id_no": ("id_no", "id", "身份证号", "身份证号码", "证件号码", "证件号"),
    "phone": ("phone", "电话", "联系电话", "手机号", "手机号码"),
    "place": ("place", "地点", "场所", "场所名称", "到访地点"),
    "trip": ("trip", "车次", "航班", "航班号", "班次", "车次/航班"),
    "coach": ("coach", "车厢", "车厢号"),
    "row": ("row", "排", "座位排", "排号"),
    "plate": ("plate", "车牌", "车牌号", "车牌号码"),
    "t0": ("from", "t0", "到达时间", "进入时间", "登记时间", "上车时间", "乘车时间", "时间"),
    "t1": ("to", "t1", "until", "离开时间", "下车时间", "到站时间"),
}
NEEDED = ("t0",)


@dataclass(frozen=True)
class Line:
    """One person of the list."""

    number: int
    name: str
    id_no: str
    phone: str
    t0: datetime
    t1: datetime | None
    where: str
    row: int
    plate: str


@dataclass(frozen=True)
class Sheet:
    lines: list[Line]
    problems: list[str]


def read(name: str, data: bytes, *, place: str, vehicle: str) -> Sheet:
    """The lines of a file. `place`: where those were whose line names no place or trip; `vehicle`: the kind of the trips."""
    rows = sheets.rows(name, data, HEADINGS, NEEDED)
    if isinstance(rows, str):
        return Sheet([], [rows])
    sheet = Sheet([], [])
    for row in rows:
        found = _line(row, place.strip(), vehicle)
        if isinstance(found, str):
            sheet.problems.append(found)
        else:
            sheet.lines.append(found)
    return sheet


def _line(row: sheets.Row, place: str, vehicle: str) -> Line | str:
    if problem := row.lost_digits(("id_no", "phone")):
        return problem
    name, id_no, phone = row.text("name"), row.text("id_no"), row.text("phone")
    # Asked of every line before the register is: whose line may do without a name would tell whom the register knows.
    if not name:
        return row.problem("name", _("is empty; who is not in the register yet is looked for by it"))
    if not id_no and not phone:
        return row.problem("id_no", _("is empty and there is no phone either; one of them says who it is"))
    t0 = row.moment("t0")
    if t0 is None:
        return row.problem("from", _("is no time; write 2020-01-30 08:00"))
    t1 = row.moment("t1")
    if t1 is None and row.text("t1"):
        return row.problem("to", _("is no time; write 2020-01-30 08:00"))
    if problem := rules.why_not_told(t0, t1, WALL.now()):
        return row.problem("from", _(problem).rstrip(".。"))
    where = row.text("place") or place
    if row.text("trip"):
        if vehicle not in VEHICLES:
            return row.problem("trip", _("names a trip; choose above what kind of vehicle it was"))
        where = Trip(vehicle, row.text("trip"), county_day(t0).isoformat(), row.text("coach")).place
    if not where:
        return row.problem("place", _("is empty; fill it in, or give one place above for the whole list"))
    seat = row.text("row")
    if seat and not seat.isdigit():
        return row.problem("row", _("is no number; give the row of the seat without its letter"))
    plate = row.text("plate")
    if plate and not is_plate(plate):
        return row.problem("plate", _("is no plate; 5 to 12 letters and digits, for example 浙C12345"))
    return Line(row.number, name, id_no, phone, t0, t1, where, int(seat) if seat else NO_ROW, plate)
