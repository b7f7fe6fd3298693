"""Who stands on a list, as their papers have it: residents of the county, and people from elsewhere with handles of their own."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from nanxi.rehearsal import papers
from nanxi.rehearsal.archive import Archive
from nanxi.rehearsal.life import iso
from nanxi.rehearsal.residents import NOWHERE, Residents
from nanxi.rehearsal.unusual import PASSPORT

#: Places people come from: code of their numbers (never assigned), share, addresses, county as a list names it.
HOMES = (
    (papers.STRANGER_CODE, 0.45, ("湖北省武汉市洪山区", "湖北省武汉市江汉区", "湖北省黄冈市黄州区"), "武汉市"),
    ("330398", 0.25, ("浙江省乐清市柳市镇", "浙江省乐清市北白象镇", "浙江省乐清市虹桥镇"), "乐清市"),
    ("330397", 0.20, ("浙江省温州市鹿城区藤桥镇", "浙江省温州市鹿城区五马街道", "浙江省温州市鹿城区七都街道"), "鹿城区"),
    ("", 0.10, ("浙江省温州市鹿城区五马街道", "浙江省义乌市稠城街道"), "鹿城区"),
)
#: Somebody without a birth of their own on any list (foreigners): age says nothing there.
GROWN_UP = 14


@dataclass(frozen=True)
class Entry:
    """One person for one list. who: the truth's handle, P… of a resident, S… of somebody from elsewhere."""

    who: str
    resident: int
    name: str
    id_no: str
    phone: str
    male: bool
    born: date
    address: str
    old_address: str
    origin: str
    county: str
    home: int
    event: date
    firm: str = ""
    plate: str = ""
    family_phone: str = ""
    guardian_id: str = ""
    traits: tuple[str, ...] = field(default=())

    @property
    def person(self) -> str:
        """As truth/list_rows.csv has always told it: a resident's handle, or that it is a stranger to the register."""
        return self.who if self.resident >= 0 else "stranger"


class People:
    """Entries by number: 0 and more are residents, −1 and less people from elsewhere."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive

    @cached_property
    def elsewhere(self) -> list[Entry]:
        """A fixed company of people from elsewhere, so that one of them may stand on several lists."""
        archive = self.archive
        rng = archive.chance.of("elsewhere")
        count = max(40, len(archive.residents) // 40)
        homes = rng.choice(len(HOMES), count, p=[share for _, share, _, _ in HOMES])
        male = rng.random(count) < 0.5
        births = rng.integers(-5000, 12_000, count).astype(np.int32)
        numbers = [f"{PASSPORT}{9_000_000 + n}" for n in range(count)]
        for index, (code, *_) in enumerate(HOMES):
            rows = np.flatnonzero(homes == index) if code else np.zeros(0, np.int64)
            for row, number in zip(rows.tolist(), papers.id_numbers(rng, births[rows], male[rows], code), strict=True):
                numbers[row] = number
        # 1441: likewise machine numbers of thirteen digits; apart from the residents' range.
        phones = [f"1441{n:07d}" for n in rng.permutation(10_000_000)[:count].tolist()]
        names = [a + b for a, b in zip(papers.surnames(rng, count), papers.given_names(rng, male), strict=True)]
        return [
            Entry(
                f"S{row + 1:06d}",
                -1,
                names[row] if HOMES[home][0] else _latin(rng),
                numbers[row],
                phones[row],
                bool(male[row]),
                date.fromordinal(date(1970, 1, 1).toordinal() + int(births[row])),
                address := HOMES[home][2][int(rng.integers(len(HOMES[home][2])))],
                address,
                address,
                HOMES[home][3],
                NOWHERE,
                archive.start,
                family_phone=phones[row],
                traits=("other_county",) if HOMES[home][0] else ("other_county", "foreign"),
            )
            for row, home in enumerate(homes.tolist())
        ]

    @cached_property
    def _namesakes(self) -> set[str]:
        names, counts = np.unique(np.array(self.archive.residents.name), return_counts=True)
        return set(names[counts > 1].tolist())

    def entry(self, number: int, event: date) -> Entry:
        """The entry of one person on a list about `event`."""
        if number < 0:
            one = self.elsewhere[-1 - number]
            return Entry(**{**one.__dict__, "event": event})
        residents, county = self.archive.residents, self.archive.county
        house, firm = int(residents.household[number]), int(residents.firm[number])
        address = residents.address(county, number)
        town = county.towns[int(county.village_town[residents.village(number)])]
        family = self.family(number)
        grown = [one for one in family if one != number and residents.age[one] >= 20 and not residents.unusual.foreign[one]]
        back = int(self.archive.outbreak.home_from[number])
        young = residents.age[number] < GROWN_UP
        return Entry(
            residents.handle(number),
            number,
            residents.name[number],
            residents.id_no[number],
            residents.phone[number],
            bool(residents.male[number]),
            residents.born(number),
            address,
            address.replace(town.name, county.former_town(residents.village(number)), 1),
            "湖北省武汉市洪山区",
            "永嘉县",
            house,
            datetime.fromisoformat(iso(back)).date() if back else event,
            residents.firm_name[firm] if firm != NOWHERE else "",
            residents.house_plate[house],
            next((residents.phone[one] for one in family if residents.phone[one] != residents.phone[number]), ""),
            residents.id_no[grown[0]] if young and grown else "",
            self._traits(residents, number, young),
        )

    def family(self, number: int) -> list[int]:
        """Everybody of the household; its people stand side by side."""
        household = self.archive.residents.household
        low, high = np.searchsorted(household, household[number], "left"), np.searchsorted(household, household[number], "right")
        return list(range(int(low), int(high)))

    def _traits(self, residents: Residents, number: int, young: bool) -> tuple[str, ...]:
        odd = residents.unusual
        found = (
            ("minor", young),
            ("temporary", bool(odd.temporary[number])),
            ("foreign", bool(odd.foreign[number])),
            ("twin", odd.twin[number] != NOWHERE),
            ("namesake", residents.name[number] in self._namesakes),
        )
        return tuple(mark for mark, is_so in found if is_so)


def _latin(rng: np.random.Generator) -> str:
    from faker.providers.person.en_US import Provider as Names

    first, last = list(Names.first_names), list(Names.last_names)
    return f"{last[int(rng.integers(len(last)))]} {first[int(rng.integers(len(first)))]}".upper()


def some(rng: np.random.Generator, people: NDArray[np.int64], count: int) -> list[int]:
    """Up to `count` of them, by lot."""
    return rng.permutation(people)[:count].tolist()
