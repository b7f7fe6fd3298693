"""What is written on a synthetic person's papers: names, ID numbers, phones, plates, addresses.

ID numbers carry a valid check digit (ISO 7064 MOD 11-2, as GB 11643 says) and the county code 330399, which no edition of
GB/T 2260 assigned; phones begin with 1440, a range of thirteen-digit machine numbers, so that eleven digits of it ring nobody.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from faker.providers.person.zh_CN import Provider as Names
from numpy.typing import NDArray

COUNTY_CODE = "330399"
#: Strangers to the county: likewise never assigned (Wuhan's 4201 stops at 420117).
STRANGER_CODE = "420199"
PHONE_RANGE = "1440"
PLATE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
#: Shares of the county's commonest surnames, Wenzhou's own order; the rest follow Faker's national table. Assumed.
_LOCAL = {
    "陈": 9.0,
    "林": 4.5,
    "金": 4.0,
    "徐": 5.0,
    "叶": 4.0,
    "胡": 3.5,
    "郑": 3.0,
    "周": 3.5,
    "潘": 2.5,
    "戴": 2.0,
    "谢": 2.0,
    "麻": 1.5,
    "汤": 1.2,
}


def check_digit(first17: str) -> str:
    """The last character of an 18-digit ID number."""
    return _CHECK[sum(int(digit) * weight for digit, weight in zip(first17, _WEIGHTS, strict=True)) % 11]


def id_numbers(
    rng: np.random.Generator, births: NDArray[np.int32], male: NDArray[np.bool_], code: str = COUNTY_CODE
) -> list[str]:
    """One number for each person. births: int32[n] days since 1970-01-01. No number comes twice (500 per day and sex at most)."""
    key = births.astype(np.int64) * 2 + male
    order = np.argsort(key, kind="stable")
    ranks = np.empty(len(key), np.int64)
    starts = np.r_[0, np.flatnonzero(np.diff(key[order])) + 1] if len(key) else np.zeros(0, np.int64)
    lengths = np.diff(np.r_[starts, len(key)])
    ranks[order] = np.arange(len(key)) - np.repeat(starts, lengths)
    # 37 has no factor in common with 500: ranks spread over the day's numbers without meeting.
    offset = int(rng.integers(500))
    sequence = ((ranks * 37 + births * 11 + offset) % 500) * 2 + male
    epoch = date(1970, 1, 1)
    days = {int(day): (epoch + timedelta(days=int(day))).strftime("%Y%m%d") for day in np.unique(births)}
    bodies = [f"{code}{days[int(day)]}{int(number):03d}" for day, number in zip(births, sequence, strict=True)]
    if not bodies:
        return []
    digits = np.array([list(body) for body in bodies]).astype(np.int64)
    checks = (digits @ np.array(_WEIGHTS)) % 11
    return [body + _CHECK[check] for body, check in zip(bodies, checks, strict=True)]


def surnames(rng: np.random.Generator, count: int) -> list[str]:
    table = {**dict(Names.last_names), **{name: weight * 2 for name, weight in _LOCAL.items()}}
    words = [name for name in table if len(name) == 1]
    weights = np.array([table[name] for name in words], float)
    return [words[i] for i in rng.choice(len(words), count, p=weights / weights.sum())]


def given_names(rng: np.random.Generator, male: NDArray[np.bool_]) -> list[str]:
    """One or two characters, two of three times two, composed of Faker's words."""
    pools = {True: list(Names.first_names_male), False: list(Names.first_names_female)}
    single = {sex: sorted({c for word in pool for c in word}) for sex, pool in pools.items()}
    pick = rng.random((len(male), 3))
    names: list[str] = []
    for sex, (form, a, b) in zip(male.tolist(), pick.tolist(), strict=True):
        chars, words = single[sex], pools[sex]
        if form < 0.30:
            names.append(words[int(a * len(words))])
            continue
        first, second = chars[int(a * len(chars))], chars[int(b * len(chars))]
        names.append(first + second if first != second else first)
    return names


def phones(rng: np.random.Generator, count: int) -> list[str]:
    """Distinct numbers of eleven digits."""
    tails = rng.permutation(10_000_000)[:count] if count <= 10_000_000 else rng.integers(0, 10_000_000, count)
    return [f"{PHONE_RANGE}{tail:07d}" for tail in tails.tolist()]


def plates(rng: np.random.Generator, count: int) -> list[str]:
    """浙C and five characters; I and O are not used (GA 36)."""
    picks = rng.integers(0, len(PLATE_LETTERS), (count * 2 + 8, 5))
    made: dict[str, None] = {}
    for row in picks.tolist():
        made["浙C" + "".join(PLATE_LETTERS[i] for i in row)] = None
        if len(made) == count:
            break
    return list(made)
