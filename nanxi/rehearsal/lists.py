"""Lists as a superior, a department, a firm or a village would send them: who is on them, how they look, whose rows they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nanxi.rehearsal import papers
from nanxi.rehearsal.chance import Chance
from nanxi.rehearsal.county import COUNTY, County
from nanxi.rehearsal.life import DAY_S, iso, midnight
from nanxi.rehearsal.mess import Cell, mess_date, mess_id, mess_name, mess_phone
from nanxi.rehearsal.noise import Noise
from nanxi.rehearsal.outbreak import NEVER, Outbreak
from nanxi.rehearsal.residents import NOWHERE, Residents
from nanxi.rehearsal.workbooks import Sheet, write_workbook

STRANGER, NO_PERSON = "stranger", "no person"
#: Persons for one set of lists; a larger county receives more of them.
PERSONS_A_SET = 20_000


@dataclass(frozen=True)
class ListKind:
    """What a sender sends. columns: header as written → field."""

    name: str
    title: str
    sender: str
    columns: tuple[tuple[str, str], ...]
    joint: bool = True


KINDS = (
    ListKind(
        "returnees",
        "附件1 重点地区返永人员排查表",
        "温州市疫情防控工作领导小组办公室",
        (
            ("序号", "number"),
            ("姓名", "name"),
            ("性别", "sex"),
            ("身份证号", "id"),
            ("联系电话", "phone"),
            ("现住址", "address"),
            ("返回日期", "date"),
            ("交通方式", "trip"),
        ),
    ),
    ListKind(
        "train",
        "G1234次列车同乘旅客协查名单",
        "铁路公安处协查组",
        (("旅客姓名", "name"), ("证件号码", "id"), ("手机", "phone"), ("乘车日期", "date"), ("车次座位", "trip")),
    ),
    ListKind(
        "fever",
        "购买退热止咳药品人员登记汇总",
        "永嘉县市场监督管理局",
        (
            ("序号", "number"),
            ("购药人", "name"),
            ("身份证号码", "id"),
            ("手机号码", "phone"),
            ("购药日期", "date"),
            ("住址", "address"),
        ),
    ),
    ListKind(
        "roster",
        "复工企业员工花名册",
        "永嘉县经济和信息化局",
        (
            ("序号", "number"),
            ("员工姓名", "name"),
            ("性别", "sex"),
            ("公民身份号码", "id"),
            ("手机号", "phone"),
            ("工作单位", "firm"),
            ("到岗日期", "date"),
        ),
    ),
    ListKind(
        "village",
        "村（社区）人员排查登记表",
        "村（社区）排查组",
        (("户号", "house"), ("住址", "address"), ("姓名", "name"), ("证件号", "id"), ("电话", "phone"), ("体温", "fever")),
    ),
    ListKind(
        "venue",
        "聚集性活动场所到访人员名单",
        "永嘉县文化和广电旅游体育局",
        (("姓名", "name"), ("联系方式", "phone"), ("家庭住址", "address"), ("到访日期", "date")),
    ),
)


@dataclass(frozen=True)
class Archive:
    """All that lists are drawn from."""

    chance: Chance
    noise: Noise
    county: County
    residents: Residents
    outbreak: Outbreak
    start: date
    days: int


def write_lists(folder: Path, archive: Archive) -> tuple[list[dict[str, Any]], list[tuple[str, str, int, str, str]]]:
    """The workbooks in `folder`. Returns the index and the truth rows: file, sheet, row, person handle or kind, marks."""
    index: list[dict[str, Any]] = []
    truth: list[tuple[str, str, int, str, str]] = []
    before: list[int] = []
    for number in range(max(len(KINDS), archive.days) * max(1, len(archive.residents) // PERSONS_A_SET)):
        kind = KINDS[number % len(KINDS)]
        rng = archive.chance.of("list", number)
        day = 1 + number * max(1, archive.days - 1) // max(len(KINDS), archive.days) % max(1, archive.days - 1)
        people = _chosen(rng, archive, kind, day)
        if kind.joint and before:
            again = rng.choice(before, int(len(people) * archive.noise["lists", "duplicate"]))
            people = list(dict.fromkeys([*people, *again.tolist()]))
        before = [person for person in people if person >= 0]
        file = f"{number + 1:04d}-{kind.name}.xlsx"
        sheet = Sheet("名单" if number % 2 else "Sheet1")
        truth += [(file, sheet.name, *row) for row in _fill(rng, archive, kind, sheet, people, day, number)]
        sent = midnight(archive.start, day) + 8 * 3600 + int(rng.integers(0, 9 * 3600))
        write_workbook(folder / file, sheet, archive.start + timedelta(days=day))
        index.append(
            {
                "file": file,
                "sheet": sheet.name,
                "kind": kind.name,
                "title": kind.title,
                "sender": kind.sender,
                "number": f"永防指令〔{archive.start.year}〕{number + 1}号",
                "area": COUNTY,
                "sent_at": iso(sent),
                "due_at": iso(sent + DAY_S),
            }
        )
    return index, truth


def _chosen(rng: np.random.Generator, archive: Archive, kind: ListKind, day: int) -> list[int]:
    """Persons on the list; -1 stands for a stranger to the county."""
    size = max(8, int(rng.gamma(3, archive.noise["lists", "rows_mean"] / 3)))
    people = _SOURCE[kind.name](rng, archive, day)
    if kind.name != "village":
        people = rng.permutation(people)
    people = people[: max(1, round(size * (1 - archive.noise["lists", "stranger"])))]
    strangers = (
        int((rng.random(len(people)) < archive.noise["lists", "stranger"]).sum()) if kind.joint and kind.name != "roster" else 0
    )
    return [*people.tolist(), *[-1 - i for i in range(strangers)]]


def _returned(rng: np.random.Generator, archive: Archive, day: int) -> NDArray[np.int64]:
    back = archive.outbreak.home_from
    return np.flatnonzero((back > 0) & (back <= midnight(archive.start, day)))


def _travelled(rng: np.random.Generator, archive: Archive, day: int) -> NDArray[np.int64]:
    returned = _returned(rng, archive, day)
    return rng.permutation(returned)[: max(3, len(returned) // 2)]


def _feverish(rng: np.random.Generator, archive: Archive, day: int) -> NDArray[np.int64]:
    now = midnight(archive.start, day)
    ill = np.flatnonzero(archive.outbreak.symptoms & (archive.outbreak.onset < now) & (archive.outbreak.infected_at < NEVER))
    adults = rng.choice(np.flatnonzero(archive.residents.age >= 18), 60)
    return np.unique(np.r_[ill[:20], adults])


def _of_one_firm(rng: np.random.Generator, archive: Archive, day: int) -> NDArray[np.int64]:
    firms = archive.residents.firm
    some = firms[int(rng.choice(np.flatnonzero(firms != NOWHERE)))]
    return np.flatnonzero(firms == some)


def _of_one_village(rng: np.random.Generator, archive: Archive, day: int) -> NDArray[np.int64]:
    villages = archive.residents.house_village[archive.residents.household]
    return np.flatnonzero(villages == villages[int(rng.integers(len(villages)))])


def _at_one_venue(rng: np.random.Generator, archive: Archive, day: int) -> NDArray[np.int64]:
    towns = archive.county.village_town[archive.residents.house_village][archive.residents.household]
    people = np.flatnonzero((towns == towns[int(rng.integers(len(towns)))]) & (archive.residents.age >= 16))
    return rng.permutation(people)[:60]


_SOURCE: dict[str, Callable[[np.random.Generator, Archive, int], NDArray[np.int64]]] = {
    "returnees": _returned,
    "train": _travelled,
    "fever": _feverish,
    "roster": _of_one_firm,
    "village": _of_one_village,
    "venue": _at_one_venue,
}


def _fill(
    rng: np.random.Generator, archive: Archive, kind: ListKind, sheet: Sheet, people: list[int], day: int, number: int
) -> list[tuple[int, str, str]]:
    """Title, date line, header, rows, a subtotal in the middle, total and signatures. Returns (row, person or kind, marks)."""
    today = archive.start + timedelta(days=day)
    truth: list[tuple[int, str, str]] = []
    width = len(kind.columns)

    def aside(*cells: Cell) -> None:
        truth.append((sheet.add(*cells), NO_PERSON, ""))

    if number % 5 != 4:
        aside(kind.title)
        sheet.merges.append((0, 0, 0, width - 1))
        aside(f"填报单位：{kind.sender}", *[""] * (width - 2), f"填报日期：{today.year}.{today.month}.{today.day}")
    aside(*[header for header, _ in kind.columns])
    strangers = _strangers(rng, sum(person < 0 for person in people))
    half = len(people) // 2
    house, house_row = NOWHERE, 0
    for place, person in enumerate(people):
        cells, marks = _row(rng, archive, kind, person, strangers, place + 1, day)
        row = sheet.add(*cells)
        if kind.name == "village":
            house, house_row = _join_household(archive, sheet, person, row, house, house_row)
        truth.append(
            (row, archive.residents.handle(person) if person >= 0 else STRANGER, " ".join(mark for mark in marks if mark))
        )
        if place + 1 == half and kind.name in {"fever", "returnees"}:
            aside("小计", f"{half}人")
    aside("合计", f"{len(people)}人")
    aside("填表人：", "", "审核人：", "", "单位（盖章）：")
    return truth


def _join_household(archive: Archive, sheet: Sheet, person: int, row: int, house: int, house_row: int) -> tuple[int, int]:
    """House number and address stand in one merged cell for the whole household."""
    mine = int(archive.residents.household[person])
    if mine != house:
        return mine, row
    for column in (0, 1):
        sheet.merges = [merge for merge in sheet.merges if merge[:2] != (house_row - 1, column)]
        sheet.merges.append((house_row - 1, column, row - 1, column))
    return house, house_row


def _strangers(rng: np.random.Generator, count: int) -> list[tuple[str, str, str, bool]]:
    """(name, ID, phone, male) of people from elsewhere."""
    male = rng.random(count) < 0.5
    births = rng.integers(-5000, 12_000, count).astype(np.int32)
    numbers = papers.id_numbers(rng, births, male, papers.STRANGER_CODE)
    # 1441: likewise machine numbers of thirteen digits; apart from the residents' range.
    phones = [f"1441{int(n):07d}" for n in rng.integers(0, 10_000_000, count)]
    names = [a + b for a, b in zip(papers.surnames(rng, count), papers.given_names(rng, male), strict=True)]
    return list(zip(names, numbers, phones, male.tolist(), strict=True))


def _row(
    rng: np.random.Generator,
    archive: Archive,
    kind: ListKind,
    person: int,
    strangers: list[tuple[str, str, str, bool]],
    number: int,
    day: int,
) -> tuple[list[Cell], list[str]]:
    residents, noise = archive.residents, archive.noise
    if person >= 0:
        family = np.flatnonzero(residents.household == residents.household[person])
        name, id_no, phone = residents.name[person], residents.id_no[person], residents.phone[person]
        male, other = (
            bool(residents.male[person]),
            residents.phone[int(family[0] if family[0] != person or len(family) == 1 else family[1])],
        )
    else:
        name, id_no, phone, male = strangers[-1 - person]
        other = phone
    back = int(archive.outbreak.home_from[person]) if person >= 0 else 0
    event = archive.start + timedelta(days=day - 1) if not back else datetime.fromisoformat(iso(back)).date()
    id_cell, id_mark = mess_id(rng, noise, id_no)
    name_cell, name_mark = mess_name(rng, noise, name, male)
    phone_cell, phone_mark = mess_phone(rng, noise, phone, other)
    date_cell, date_mark = mess_date(rng, noise, event)
    known: dict[str, Cell] = {
        "number": float(number),
        "name": name_cell,
        "sex": "男" if male else "女",
        "id": id_cell,
        "phone": phone_cell,
        "date": date_cell,
        "address": residents.address(archive.county, person) if person >= 0 else "湖北省武汉市",
        "trip": f"G1234 {int(rng.integers(1, 17))}车{int(rng.integers(1, 20))}{'ABCDF'[int(rng.integers(5))]}",
        "firm": residents.firm_name[residents.firm[person]] if person >= 0 and residents.firm[person] != NOWHERE else "",
        "house": f"H{int(residents.household[person]):06d}" if person >= 0 else "",
        "fever": ("36.5", "正常", "36。8℃", "37.2")[int(rng.integers(4))],
    }
    fields = [field for _, field in kind.columns]
    marks = [id_mark if "id" in fields else "id_missing", name_mark, phone_mark, date_mark if "date" in fields else ""]
    return [known[field] for field in fields], marks
