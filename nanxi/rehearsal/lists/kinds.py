"""Who sends lists, of whom, and with which columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from nanxi.rehearsal.archive import Archive
from nanxi.rehearsal.life import midnight
from nanxi.rehearsal.lists.entries import HOMES, People, some
from nanxi.rehearsal.outbreak import NEVER
from nanxi.rehearsal.residents import NOWHERE


@dataclass(frozen=True)
class ListKind:
    """What a sender sends. columns: header as written → field. shares: people from elsewhere and from the list before may be on
    it. groups: what each sheet of it stands for, when it comes on several."""

    name: str
    title: str
    sender: str
    columns: tuple[tuple[str, str], ...]
    shares: bool = True
    groups: str = ""

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(field for _, field in self.columns)


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
            ("来自", "origin"),
            ("交通方式", "trip"),
            ("有无症状", "symptom"),
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
        shares=False,
        groups="firm",
    ),
    ListKind(
        "village",
        "村（社区）人员排查登记表",
        "村（社区）排查组",
        (("户号", "house"), ("住址", "address"), ("姓名", "name"), ("证件号", "id"), ("电话", "phone"), ("体温", "fever")),
        shares=False,
        groups="village",
    ),
    ListKind(
        "venue",
        "聚集性活动场所到访人员名单",
        "永嘉县文化和广电旅游体育局",
        (("姓名", "name"), ("联系方式", "phone"), ("家庭住址", "address"), ("到访日期", "date")),
    ),
    ListKind(
        "joint",
        "永嘉、乐清、鹿城三地联合协查名单",
        "温州市公安局联合协查专班",
        (
            ("序号", "number"),
            ("属地", "county"),
            ("姓名", "name"),
            ("性别", "sex"),
            ("身份证件号码", "id"),
            ("联系电话", "phone"),
            ("居住地址", "address"),
            ("是否密接", "contact"),
        ),
        groups="county",
    ),
)
_Chosen = Callable[[np.random.Generator, People, date, int], list[int]]
SHARE_OF_NEIGHBOURS = 0.55


def choose(rng: np.random.Generator, people: People, kind: ListKind, day: date, size: int, before: list[int]) -> list[int]:
    """Up to `size` persons for a list of this day: residents by their number, people from elsewhere by −1 and less."""
    noise = people.archive.noise
    strangers = 0
    if kind.shares and kind.name != "joint":
        strangers = int(rng.binomial(size, noise["lists", "stranger"]))
    again = some(rng, np.array(before, np.int64), int(size * noise["lists", "duplicate"])) if kind.shares and before else []
    found = [*again, *_SOURCE[kind.name](rng, people, day, size - strangers)]
    found = list(dict.fromkeys(found))[: size - strangers]
    found += [-1 - int(n) for n in rng.choice(len(people.elsewhere), strangers, replace=strangers > len(people.elsewhere))]
    found = list(dict.fromkeys(found))
    return found if kind.groups else rng.permutation(np.array(found, np.int64)).tolist()


def _seconds(archive: Archive, day: date) -> int:
    return midnight(day, 0)


def _returned(rng: np.random.Generator, people: People, day: date, size: int) -> list[int]:
    back = people.archive.outbreak.home_from
    return some(rng, np.flatnonzero((back > 0) & (back <= _seconds(people.archive, day))), size)


def _feverish(rng: np.random.Generator, people: People, day: date, size: int) -> list[int]:
    outbreak = people.archive.outbreak
    now = _seconds(people.archive, day)
    ill = np.flatnonzero(outbreak.symptoms & (outbreak.onset < now) & (outbreak.infected_at < NEVER))
    grown = np.flatnonzero(people.archive.residents.age >= 18)
    return list(dict.fromkeys([*some(rng, ill, 20), *some(rng, grown, size)]))[:size]


def _of_firms(rng: np.random.Generator, people: People, day: date, size: int) -> list[int]:
    """One firm after the other until the roster is full; what does not fit is left out."""
    firms = people.archive.residents.firm
    first = firms[int(rng.choice(np.flatnonzero(firms != NOWHERE)))]
    found: list[int] = []
    for firm in range(int(first), int(firms.max()) + 1):
        found += np.flatnonzero(firms == firm).tolist()
        if len(found) >= size:
            break
    return found[:size]


def _of_villages(rng: np.random.Generator, people: People, day: date, size: int) -> list[int]:
    residents = people.archive.residents
    village = residents.house_village[residents.household]
    first = int(rng.integers(len(village)))
    start = int(np.searchsorted(village, village[first], side="left"))
    return list(range(start, min(start + size, len(village))))


def _at_a_venue(rng: np.random.Generator, people: People, day: date, size: int) -> list[int]:
    residents, county = people.archive.residents, people.archive.county
    towns = county.village_town[residents.house_village][residents.household]
    here = towns == towns[int(rng.integers(len(towns)))]
    return some(rng, np.flatnonzero(here & (residents.age >= 16)), size)


def _of_three_counties(rng: np.random.Generator, people: People, day: date, size: int) -> list[int]:
    """Mostly people of the neighbours; the county's own are what it is asked for."""
    near = [-1 - at for at, one in enumerate(people.elsewhere) if one.county in {HOMES[1][3], HOMES[2][3]}]
    theirs = some(rng, np.array(near, np.int64), round(size * SHARE_OF_NEIGHBOURS))
    grown = np.flatnonzero(people.archive.residents.age >= 6)
    found = [*some(rng, grown, size - len(theirs)), *theirs]
    return sorted(found, key=lambda number: people.elsewhere[-1 - number].county if number < 0 else "")


_SOURCE: dict[str, _Chosen] = {
    "returnees": _returned,
    "train": _returned,
    "fever": _feverish,
    "roster": _of_firms,
    "village": _of_villages,
    "venue": _at_a_venue,
    "joint": _of_three_counties,
}


def group_of(people: People, kind: ListKind, number: int) -> str:
    """The sheet of a list on several sheets that somebody belongs on."""
    residents, county = people.archive.residents, people.archive.county
    if kind.groups == "county":
        return people.elsewhere[-1 - number].county if number < 0 else "永嘉县"
    if kind.groups == "village":
        return county.village_name[residents.village(number)]
    return residents.firm_name[int(residents.firm[number])][3:-8] if kind.groups == "firm" else ""


def sizes(rng: np.random.Generator, mean: float, count: int) -> list[int]:
    """Rows of each of `count` lists, of very different length; all together `count` × mean, rounded."""
    drawn = np.maximum(rng.gamma(3, mean / 3, count), 8)
    exact = drawn * (round(count * mean) / drawn.sum())
    rows = np.floor(exact).astype(int)
    for at in np.argsort(rows - exact, kind="stable")[: round(count * mean) - int(rows.sum())].tolist():
        rows[at] += 1
    return rows.tolist()


def day_of(number: int, count: int, days: int) -> timedelta:
    """When list `number` of `count` is sent: spread over all days but the first."""
    return timedelta(days=1 + number * max(1, days - 1) // count)
