"""Made-up people and the workbooks that speak of them, for `bench/intake.py`: 88 % of the rows are known to the register, 17 % have
no ID number, 22 % no phone, one in a hundred an ID number that lost its digits (identity notes §2, data notes §6)."""

from __future__ import annotations

import io
import random
from dataclasses import dataclass

import xlsxwriter

from nanxi.people.rules.ids import check_digit

SURNAMES, GIVEN = "陈林王李张金吴周徐郑叶胡朱潘黄谢刘杨麻戴", "伟明红丽华军强国建英芳杰涛敏静超勇娟秀霞平刚桂兰文辉玲海燕"
HEADINGS = (
    "序号", "姓名", "性别", "身份证号码", "联系电话", "乡镇（街道）", "村（社区）", "现住址", "返回日期", "交通方式", "体温", "是否有症状", "备注",
)  # fmt: skip
TOWNS, VILLAGES = 20, 25


@dataclass(frozen=True)
class Somebody:
    name: str
    sex: str
    id_no: str
    phone: str
    town: str
    village: str
    house: int

    @property
    def address(self) -> str:
        return f"{self.town}{self.village}{self.house}号"


def areas() -> list[tuple[str, str]]:
    """(code, name) of a county with its towns and villages."""
    found = [("990324000000", "试验县")]
    for town in range(TOWNS):
        found.append((f"990324{101 + town}000", _town(town)))
        found += [(f"990324{101 + town}{201 + number}", _village(number)) for number in range(VILLAGES)]
    return found


def _town(number: int) -> str:
    return f"{GIVEN[number]}{SURNAMES[number % len(SURNAMES)]}镇"


def _village(number: int) -> str:
    return f"{SURNAMES[number % len(SURNAMES)]}{GIVEN[-1 - number]}村"


def people(persons: int, seed: int) -> list[Somebody]:
    dice = random.Random(seed)
    return [_somebody(dice, number) for number in range(persons)]


def _somebody(dice: random.Random, number: int) -> Somebody:
    sex = dice.choice("男女")
    born = f"{dice.randint(1930, 2015)}{dice.randint(1, 12):02d}{dice.randint(1, 28):02d}"
    first = f"990324{born}{number % 90 + 10}{dice.randrange(1 if sex == '男' else 0, 10, 2)}"
    return Somebody(
        dice.choice(SURNAMES) + dice.choice(GIVEN) + dice.choice(GIVEN), sex, first + check_digit(first),
        f"13{dice.randint(100_000_000, 999_999_999)}", _town(number % TOWNS), _village(number % VILLAGES), number,
    )  # fmt: skip


def everybody(persons: list[Somebody]) -> bytes:
    """A list of these people, each once and with everything known."""
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held, {"in_memory": True})
    page = book.add_worksheet("名单")
    page.write_row(0, 0, ["姓名", "性别", "身份证号码", "联系电话", "现住址"])
    for number, who in enumerate(persons, start=1):
        page.write_row(number, 0, [who.name, who.sex, who.id_no, who.phone, who.address])
    book.close()
    return held.getvalue()


def workbook(known: list[Somebody], strangers: list[Somebody], rows: int, seed: int) -> bytes:
    """A list as a department sends it: a title, a reporting line, the heading, rows, a total below."""
    dice = random.Random(seed)
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held, {"in_memory": True})
    page = book.add_worksheet("名单")
    page.merge_range(0, 0, 0, len(HEADINGS) - 1, "附件1 重点人员排查表")
    page.write_row(1, 0, ["填报单位：", "", "", "", "", "", "填报日期：2020.2.3"])
    page.write_row(2, 0, HEADINGS)
    for number in range(rows):
        who = dice.choice(known) if dice.random() < 0.88 else dice.choice(strangers)
        page.write_row(3 + number, 0, _cells(dice, number, who))
    page.write_row(3 + rows, 0, ["合计", f"{rows}人"])
    book.close()
    return held.getvalue()


def _cells(dice: random.Random, number: int, who: Somebody) -> list[str | float]:
    chance = dice.random()
    id_no: str | float = "" if chance < 0.17 else float(who.id_no[:17] + "0") if chance < 0.18 else who.id_no
    return [
        number + 1, who.name, who.sex, id_no, "" if dice.random() < 0.22 else who.phone, who.town, who.village, who.address,
        dice.choice(["2020.1.25", "1月26日", "2020-01-27"]), dice.choice(["G1234 5车12F", "自驾 浙C12345", ""]),
        dice.choice([36.5, "36.8", "正常"]), dice.choice("是否"), "",
    ]  # fmt: skip
