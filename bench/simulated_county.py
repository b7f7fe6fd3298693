"""A made-up county for learning weights and for measuring speed: a register and messy lists about the people in it.

Written with the matcher in mind, so it teaches and loads the matcher but never says how right it is: that is measured on the
rehearsal's noise and on FEBRL. Names are drawn by frequency, households share surname, phone and house, brothers share a character.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from nanxi.engines.linkage.numbers import check_digit

SURNAMES = [*"陈金林李王徐叶胡周潘朱刘黄吴张郑谢邵杨麻戴汤盛单蒋董季柯缪章廖孙夏程余谷邹施柳木滕厉曹尤应瞿仇解曾", "欧阳", "上官"]
GIVEN = [
    *"伟明红丽华军强国建英芳杰涛敏静超勇娟秀霞平刚桂兰文辉玲海燕春晓志永光成小爱玉金荣珍琴云飞鹏浩宇轩子涵欣怡雨晨佳思博俊洁倩雪琳阳旭东清正兴福才生根宝银妹香花月美素权胜利民安康乐道"
]
LIKE = {"伟": "炜玮", "明": "铭名", "红": "洪鸿", "丽": "莉利", "华": "桦骅", "军": "君钧", "芳": "方", "静": "靖进", "燕": "艳",
        "志": "智", "玉": "育", "晓": "小", "兰": "南", "晨": "辰陈", "陈": "阵", "金": "全", "徐": "涂", "末": "未"}  # fmt: skip
VILLAGES = [f"{one}{two}村" for one in "上下前后东西中新老大" for two in "垟岙坑岭桥塘溪山田屿"]
TOWN_NAMES = [f"{one}{two}镇" for one in "碧岩枫沙桥" for two in "莲头林溪下"][:22]
TOWNS = len(TOWN_NAMES)


@dataclass(frozen=True)
class Someone:
    number: int
    name: str
    id_no: str
    birth: date
    sex: str
    phone: str
    town: int
    village: int
    house: int
    family_phone: str

    @property
    def address(self) -> str:
        return f"{TOWN_NAMES[self.town]}{VILLAGES[self.village]}{self.house}号"

    @property
    def area(self) -> str:
        return f"990324{101 + self.town:03d}{1 + self.village:03d}"


def residents(count: int, dice: random.Random) -> list[Someone]:
    """Households of one to five; a tenth of the brothers are one character apart, every 200th pair are twins."""
    found: list[Someone] = []
    weights = [1 / (rank + 2) for rank in range(len(SURNAMES))]
    given_weights = [1 / (rank + 12) for rank in range(len(GIVEN))]
    while len(found) < count:
        surname = dice.choices(SURNAMES, weights)[0]
        town, village, house = dice.randrange(TOWNS), dice.randrange(24), dice.randrange(1, 400)
        phone = _phone(dice)
        shared = dice.choice(GIVEN)
        for place in range(dice.choices((1, 2, 3, 4, 5), (2, 3, 4, 3, 1))[0]):
            sex = dice.choice("mf")
            birth = date(1930, 1, 1) + timedelta(days=int(dice.triangular(0, 32_000, 18_000)))
            own = surname if place == 0 or dice.random() < 0.6 else dice.choices(SURNAMES, weights)[0]
            given = dice.choices(GIVEN, given_weights)[0] + (
                dice.choices(GIVEN, given_weights)[0] if dice.random() < 0.82 else ""
            )
            given = shared + given[-1] if dice.random() < 0.25 else given
            twin = place and dice.random() < 0.005
            if twin:
                birth = found[-1].birth
            serial = int(found[-1].id_no[14:17]) + 2 if twin else dice.randrange(499) * 2 + (sex == "m")
            code = "990324" if dice.random() < 0.78 else f"{dice.choice((3303, 3301, 4201, 3601)):04d}{dice.randrange(20):02d}"
            first = f"{code}{birth:%Y%m%d}{serial % 1000:03d}"
            own_phone = phone if place == 0 or dice.random() < 0.25 else _phone(dice)
            found.append(
                Someone(len(found), own + given, first + check_digit(first), birth, sex, own_phone, town, village, house, phone)
            )
    return found[:count]


def _phone(dice: random.Random) -> str:
    return dice.choice(("135", "138", "139", "150", "158", "186")) + f"{dice.randrange(10**8):08d}"


def register_row(one: Someone, dice: random.Random) -> dict[str, Any]:
    return {
        "name": one.name, "id_no": one.id_no if dice.random() < 0.97 else "", "phone": one.phone if dice.random() < 0.9 else "",
        "birth_date": one.birth, "sex": one.sex, "address": one.address, "area": one.area,
    }  # fmt: skip


def list_rows(people: list[Someone], count: int, known: float, dice: random.Random) -> Iterator[tuple[dict[str, Any], int]]:
    """Messy rows and whom they are about; -1 for somebody who is in no register (half of these live in a known household)."""
    for stranger in range(count):
        if dice.random() < known:
            one = dice.choice(people)
            yield _messy(one, dice), one.number
            continue
        like = dice.choice(people)
        (new,) = residents(1, dice)
        if stranger % 2:
            name = like.name[0] + new.name[-1] + dice.choice(GIVEN)
            new = Someone(-1, name, new.id_no, new.birth, new.sex, like.family_phone, like.town, like.village, like.house, "")
        yield _messy(new, dice), -1


def _messy(one: Someone, dice: random.Random) -> dict[str, Any]:
    luck = dice.random
    row: dict[str, Any] = {"name": _name(one.name, dice), "sex": one.sex if luck() < 0.8 else "", "area": one.area}
    row["id_no"] = _id(one.id_no, dice)
    row["birth_date"] = one.birth if luck() < 0.45 else None
    if row["birth_date"] and luck() < 0.03:
        row["birth_date"] = one.birth + timedelta(days=dice.choice((1, -1, 10, 365, 366)))
    elif row["birth_date"] and one.birth.day <= 12 and luck() < 0.01:
        row["birth_date"] = one.birth.replace(month=one.birth.day, day=one.birth.month)
    turn = luck()
    row["phone"] = one.phone if turn < 0.6 else "" if turn < 0.8 else _phone(dice) if turn < 0.9 else one.family_phone
    if turn < 0.6 and luck() < 0.02:
        row["phone"] = _slip(one.phone, dice)
    elif turn < 0.6 and luck() < 0.05:
        row["phone"] = "/".join(dice.sample((one.phone, _phone(dice)), 2))
    row["address"] = one.address if luck() < 0.5 else TOWN_NAMES[one.town] + VILLAGES[one.village] if luck() < 0.5 else ""
    if luck() < 0.15:
        row["area"] = f"990324{101 + dice.randrange(TOWNS):03d}000"
    elif luck() < 0.3:
        row["area"] = f"{one.area[:9]}000"
    return row


def _name(name: str, dice: random.Random) -> str:
    luck = dice.random()
    if luck < 0.88:
        return name
    at = dice.randrange(len(name))
    if luck < 0.94 and name[at] in LIKE:
        return name[:at] + dice.choice(LIKE[name[at]]) + name[at + 1 :]
    if luck < 0.955:
        return name[:at] + dice.choice(GIVEN) + name[at + 1 :] if at else name
    if luck < 0.965 and len(name) > 2:
        return name[:1] + name[2:]
    if luck < 0.98:
        return name + dice.choice(("女士", "先生"))
    from nanxi.engines.linkage.hanzi import syllables

    parts = syllables(name)
    given = "".join(parts[1:])
    given = _slip(given, dice) if len(given) > 3 and dice.random() < 0.1 else given
    return f"{parts[0]} {given}".title() if luck < 0.995 else name[:1] + dice.choice(("先生", "女士"))


def _id(number: str, dice: random.Random) -> str:
    luck = dice.random()
    if luck < 0.74:
        return number
    if luck < 0.91:
        return ""
    if luck < 0.96:
        return _slip(number, dice)
    if luck < 0.97 and number[6:8] == "19":
        return number[:6] + number[8:17]
    return number[:6] + "********" + number[14:] if luck < 0.985 else number


def _slip(word: str, dice: random.Random) -> str:
    at = dice.randrange(1, len(word) - 1)
    if dice.random() < 0.5 or not word[at].isdigit():
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word[:at] + str(dice.randrange(10)) + word[at + 1 :]
