"""The county's areas, units and the made-up officers in them, in the form in which a rehearsal desk is founded."""

from __future__ import annotations

from typing import Any

import numpy as np

from nanxi.rehearsal import papers
from nanxi.rehearsal.chance import Chance
from nanxi.rehearsal.county import COUNTY, GRIDS_A_VILLAGE, County
from nanxi.rehearsal.shapes import shapes

LEGAL_BASIS = "演练：《中华人民共和国传染病防治法》第四十一条、第四十二条"
HEADQUARTERS = "永嘉县疫情防控指挥部"
#: Who keeps lists of visitors and passengers, each with one terminal.
OPERATORS = (
    ("永嘉县公共交通有限公司", "bus-1"),
    ("永嘉县农贸市场管理公司", "market-1"),
    ("永嘉县餐饮行业协会", "venue-1"),
    ("永嘉县工业园区服务中心", "gate-1"),
)


class _Officers:
    """Made-up names and phones, one after the other."""

    def __init__(self, rng: np.random.Generator, count: int) -> None:
        male = rng.random(count) < 0.6
        names = zip(papers.surnames(rng, count), papers.given_names(rng, male), strict=True)
        # 1442: machine numbers of thirteen digits, apart from residents and strangers.
        phones = (f"1442{number:07d}" for number in rng.permutation(10_000_000)[:count].tolist())
        self.people = iter(list(zip(names, phones, strict=True)))

    def hire(self, username: str, role: str) -> dict[str, str]:
        (surname, given), phone = next(self.people)
        return {"username": username, "display_name": surname + given, "role": role, "phone": phone}


def founding(chance: Chance, county: County) -> dict[str, Any]:
    """{"county": {code, name, legal_basis}, "areas": […], "units": [{name, kind, areas, phone, officers}]}."""
    return {
        "county": {"code": COUNTY, "name": "永嘉县（演练）", "legal_basis": LEGAL_BASIS},
        "areas": areas_of(county),
        "units": units_of(chance, county),
    }


def areas_of(county: County) -> list[dict[str, Any]]:
    """County, towns, villages and grids as records: code, name, kind, parent, lon, lat, boundary."""
    whole, drawn = shapes(county.towns)
    found: list[dict[str, Any]] = [{"code": COUNTY, "name": "永嘉县", "kind": "county", "parent": None, "boundary": whole}]
    for town, shape in zip(county.towns, drawn, strict=True):
        lon, lat = town.seats[0]
        found.append(
            {"code": town.code, "name": town.name, "kind": "town", "parent": COUNTY, "lon": lon, "lat": lat, "boundary": shape}
        )
    for index, code in enumerate(county.village_code):
        name = county.village_name[index]
        place = {"lon": float(county.village_lon[index]), "lat": float(county.village_lat[index])}
        found.append({"code": code, "name": name, "kind": "village", "parent": county.town_code(index), **place})
        for grid in range(1, GRIDS_A_VILLAGE + 1):
            found.append({"code": f"{code}{grid:03d}", "name": f"{name}第{grid}网格", "kind": "grid", "parent": code})
    return found


def units_of(chance: Chance, county: County) -> list[dict[str, Any]]:
    """Headquarters, departments, 22 towns with duty officer and deputy, 8 posts, a station, operators, grid workers."""
    officers = _Officers(chance.of("officers"), len(county.village_code) + 3 * len(county.towns) + 40)
    units: list[dict[str, Any]] = []

    def found(name: str, kind: str, area: str, *staff: tuple[str, str]) -> None:
        people = [officers.hire(username, role) for username, role in staff]
        units.append({"name": name, "kind": kind, "areas": [area], "phone": people[0]["phone"], "officers": people})

    found(HEADQUARTERS, "headquarters", COUNTY, ("hq-desk-1", "hq_desk"), ("hq-desk-2", "hq_desk"), ("hq-leader", "hq_leader"))
    found("永嘉县疾病预防控制中心", "department", COUNTY, ("cdc-1", "epidemiologist"), ("cdc-2", "epidemiologist"))
    found("永嘉县人民医院检验科", "hospital", COUNTY, ("lab-1", "confirmer"), ("lab-2", "confirmer"))
    found("永嘉县防控监督办公室", "oversight", COUNTY, ("oversight", "oversight"))
    found("永嘉县大数据服务中心", "department", COUNTY, ("operator", "operator"))
    for town in county.towns:
        short = town.code[6:9]
        found(f"{town.name}防控办", "town", town.code, (f"town-{short}-1", "town_duty"), (f"town-{short}-2", "town_duty"))
    for number, index in enumerate(county.posts, start=1):
        town = county.towns[index]
        found(f"{town.name}{number}号卡点", "post", town.code, (f"post-{number}", "checkpoint"))
    found(f"{county.towns[0].name}派出所", "station", county.towns[0].code, ("station-1", "liaison"))
    for name, username in OPERATORS:
        found(name, "enterprise", county.towns[0].code, (username, "venue"))
    for index, code in enumerate(county.village_code):
        town = county.towns[int(county.village_town[index])]
        found(f"{town.name}{county.village_name[index]}", "community", code, (f"grid-{code[6:]}", "grid_worker"))
    return units
