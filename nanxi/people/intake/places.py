"""Which area an address speaks of: names of towns and villages inside the officer's reach, looked for in the text."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path

from nanxi.people.intake.cells import folded

TOWN_ENDINGS, VILLAGE_ENDINGS = ("街道", "镇", "乡"), ("村民委员会", "居民委员会", "社区", "村委会", "村", "居委会")
_ABOVE = re.compile(r"^(?:浙江省?)?(?:温州市?)?")

#: Seats of the townships before they were merged, with the town each lies in today.
SEATS = Path(__file__).resolve().parents[2] / "foundation" / "seats.csv"


@cache
def former_towns() -> tuple[tuple[str, str], ...]:
    """(name of a township, town of today), for lists that still use the old names."""
    with SEATS.open(encoding="utf-8", newline="") as lines:
        return tuple((row["seat_name"], row["town_name"]) for row in csv.DictReader(lines))


def _stem(name: str, endings: tuple[str, ...]) -> str:
    return next((name.removesuffix(end) for end in endings if name.endswith(end)), name)


class Gazetteer:
    """Names of areas → codes. `areas`: (code, name) of towns and villages; `former`: (former name, today's name) of towns."""

    def __init__(self, areas: Iterable[tuple[str, str]], former: Iterable[tuple[str, str]] = ()) -> None:
        self.towns: dict[str, str] = {}
        self._town_words: list[tuple[str, str]] = []
        self._villages: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self._everywhere: dict[str, set[str]] = defaultdict(set)
        self.known: set[str] = set()
        for code, written in sorted(areas):
            name = folded(written)
            self.known.add(code)
            if code.endswith("000") and len(code) == 12:
                self._town_words += [(word, code) for word in {name, _stem(name, TOWN_ENDINGS)} if len(word) >= 2]
            elif len(code) == 12:
                for word in {name, _stem(name, VILLAGE_ENDINGS)}:
                    if len(word) >= 2:
                        self._villages[code[:9]].append((word, code))
                if len(name) >= 3:
                    self._everywhere[name].add(code)
        self._add_former(former)
        #: Six digits of the counties: region codes of ID numbers that need no table.
        self.regions = frozenset(code[:6] for code in self.known)
        self._town_words.sort(key=lambda pair: -len(pair[0]))
        for words in self._villages.values():
            words.sort(key=lambda pair: -len(pair[0]))
        self.find = lru_cache(maxsize=65536)(self._find)

    def _add_former(self, former: Iterable[tuple[str, str]]) -> None:
        """A town that was merged into one of today's; a name that was divided among several tells nothing."""
        today = dict(self._town_words)
        heirs: dict[str, set[str]] = defaultdict(set)
        for old, name in former:
            if code := today.get(folded(name)):
                plain = folded(old).split("(")[0]
                heirs[_stem(plain, TOWN_ENDINGS)].add(code)
        for word, codes in heirs.items():
            if word not in today and len(codes) == 1:
                self._town_words += [(f"{word}{end}", code) for code in codes for end in TOWN_ENDINGS]

    def _find(self, text: str) -> str:
        """Code of the smallest area named for sure, or ""."""
        plain = _ABOVE.sub("", folded(text))
        town, rest = self._town(plain)
        if town:
            village = next((code for word, code in self._villages[town[:9]] if word in rest), "")
            return village or town
        named = {code for name, codes in self._everywhere.items() if name in plain for code in codes}
        return named.pop() if len(named) == 1 else ""

    def _town(self, plain: str) -> tuple[str, str]:
        """The town named first, and what stands behind its name."""
        found = [(place, -len(word), code, word) for word, code in self._town_words if (place := plain.find(word)) >= 0]
        if not found:
            return "", plain
        place, _length, code, word = min(found)
        return code, plain[place + len(word) :]

    def holding(self, code: str) -> str:
        """The code itself or, for a grid, when the village that holds it is known; "" otherwise."""
        return code if code in self.known or code[:12] in self.known else ""


NO_PLACES = Gazetteer(())
