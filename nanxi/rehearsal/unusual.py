"""People whose papers are out of the ordinary, because lists stumble over them: twins with consecutive numbers, temporary
residents with the number of another county, foreigners with passports, names with a middle dot or a character outside GBK."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from faker.providers.person.en_US import Provider as LatinNames
from numpy.typing import NDArray

from nanxi.rehearsal import papers
from nanxi.rehearsal.chance import Chance
from nanxi.rehearsal.noise import Noise

NOBODY = -1
#: Like the county's own code, never assigned by any edition of GB/T 2260: Anhui, Henan, Guizhou, Xinjiang, Chongqing.
ELSEWHERE = ("340199", "411799", "522699", "652199", "500199")
#: Two letters that no country's passports carry, so that a made-up number is nobody's.
PASSPORT = "ZZ"
#: GBK has none of them, GB18030 has all.
RARE = "㛃䶮𠅤𫖯"
_UYGHUR = (
    "阿卜杜拉",
    "艾力",
    "古丽娜尔",
    "买买提",
    "吐尔逊",
    "热依汗",
    "帕提古丽",
    "玉素甫",
    "阿依努尔",
    "库尔班",
    "迪丽达尔",
    "伊力亚",
)


@dataclass(frozen=True)
class Unusual:
    """One value per person. temporary, foreign: bool[n]; twin: int32[n], the other twin or NOBODY."""

    temporary: NDArray[np.bool_]
    foreign: NDArray[np.bool_]
    twin: NDArray[np.int32]


def pair_twins(
    chance: Chance, noise: Noise, household: NDArray[np.int32], child: NDArray[np.bool_], male: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Some neighbouring children of a household are twins, two of three of one sex. Returns twin and the sexes with theirs."""
    rng = chance.of("twins")
    twin, sex = np.full(len(child), NOBODY, np.int32), male.copy()
    pairs = np.flatnonzero(child[:-1] & child[1:] & (household[:-1] == household[1:]))
    drawn = pairs[rng.random(len(pairs)) < noise["people", "twins"]]
    for first, alike in zip(drawn.tolist(), (rng.random(len(drawn)) < 0.67).tolist(), strict=True):
        if twin[first] == NOBODY:
            twin[first], twin[first + 1] = first + 1, first
            sex[first + 1] = sex[first] if alike else not sex[first]
    return twin, sex


def mark_unusual(
    chance: Chance, noise: Noise, household: NDArray[np.int32], age: NDArray[np.int16], twin: NDArray[np.int32]
) -> Unusual:
    """Whole households from elsewhere, and grown people with a passport among them."""
    rng = chance.of("unusual")
    temporary = (rng.random(int(household[-1]) + 1) < noise["people", "temporary"])[household]
    foreign = temporary & (age >= 18) & (age < 70) & (twin == NOBODY)
    return Unusual(temporary, foreign & (rng.random(len(age)) < noise["people", "foreign"]), twin)


def numbers(
    chance: Chance, unusual: Unusual, household: NDArray[np.int32], birth: NDArray[np.int32], male: NDArray[np.bool_]
) -> list[str]:
    """Each person's ID or passport number; all of them different. Twins were registered one after the other."""
    rng = chance.of("id of elsewhere")
    home = rng.integers(0, len(ELSEWHERE), int(household[-1]) + 1)[household]
    made = [""] * len(birth)
    for code, who in (
        (papers.COUNTY_CODE, ~unusual.temporary),
        *((code, unusual.temporary & ~unusual.foreign & (home == k)) for k, code in enumerate(ELSEWHERE)),
    ):
        rows = np.flatnonzero(who)
        for row, number in zip(rows.tolist(), papers.id_numbers(chance.of("id"), birth[rows], male[rows], code), strict=True):
            made[row] = number
    for row, number in zip(np.flatnonzero(unusual.foreign).tolist(), rng.permutation(10_000_000).tolist(), strict=False):
        made[row] = f"{PASSPORT}{number:07d}"
    _follow(made, unusual.twin, male)
    return made


def _follow(made: list[str], twin: NDArray[np.int32], male: NDArray[np.bool_]) -> None:
    """The second twin's sequence number is the next one of its sex, unless somebody has it."""
    taken = set(made)
    for first in np.flatnonzero(twin > np.arange(len(twin))).tolist():
        second, body = int(twin[first]), made[first][:14]
        same = male[first] == male[second]
        for step in (2, -2, 4) if same else (1, -1, 3):
            sequence = int(made[first][14:17]) + step
            if not 0 <= sequence <= 999:
                continue
            number = f"{body}{sequence:03d}"
            number += papers.check_digit(number)
            if number not in taken:
                taken.discard(made[second])
                taken.add(number)
                made[second] = number
                break


def rename(chance: Chance, noise: Noise, unusual: Unusual, male: NDArray[np.bool_], names: list[str]) -> list[str]:
    """Latin names of foreigners, names with a middle dot, rare characters; a twin shares one character with the first."""
    rng = chance.of("unusual names")
    made = list(names)
    for first in np.flatnonzero(unusual.twin > np.arange(len(names))).tolist():
        second = int(unusual.twin[first])
        if len(made[first]) == 3 and len(made[second]) == 3:
            made[second] = made[first][0] + made[first][1] + made[second][2]
    dotted = unusual.temporary & (rng.random(len(names)) < noise["people", "dotted_name"])
    rare = rng.random(len(names)) < noise["people", "rare_character"]
    last = list(LatinNames.last_names)
    given = {True: list(LatinNames.first_names_male), False: list(LatinNames.first_names_female)}
    for row in np.flatnonzero(unusual.foreign | dotted | rare).tolist():
        if unusual.foreign[row]:
            pool = given[bool(male[row])]
            made[row] = f"{last[int(rng.integers(len(last)))]} {pool[int(rng.integers(len(pool)))]}".upper()
        elif dotted[row]:
            made[row] = "·".join(_UYGHUR[i] for i in rng.permutation(len(_UYGHUR))[:2])
        else:
            made[row] = made[row][:-1] + RARE[int(rng.integers(len(RARE)))]
    return made
