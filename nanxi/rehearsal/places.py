"""Where people can be: homes, firms, classes, markets, venues, posts and bus trips, numbered in one row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nanxi.rehearsal.county import County
from nanxi.rehearsal.residents import Residents

KINDS = ("home", "firm", "class", "market", "venue", "checkpoint", "camera", "bus")
HOME, FIRM, CLASS, MARKET, VENUE, CHECKPOINT, CAMERA, BUS = range(8)
#: Cameras that read plates, by the main roads. Assumed.
CAMERAS_A_TOWN = 2
#: Persons for one market and one venue (restaurant, hall, parlour). Assumed.
PERSONS_A_MARKET, PERSONS_A_VENUE = 900, 300
#: A bus leaves every 20 minutes from 05:00.
SLOT_S, FIRST_BUS_S, SLOTS = 1200, 5 * 3600, 54


@dataclass(frozen=True)
class Places:
    """first[k] is the number of the first place of kind k; market_of and venue_of give (first, count) by town."""

    county: County
    residents: Residents
    first: tuple[int, ...]
    markets: NDArray[np.int32]
    venues: NDArray[np.int32]

    def kind_of(self, place: NDArray[np.int32]) -> NDArray[np.int8]:
        return (np.searchsorted(np.array(self.first), place, side="right") - 1).astype(np.int8)

    def bus(self, town_from: NDArray[np.int32], town_to: NDArray[np.int32], second: NDArray[np.int64]) -> NDArray[np.int32]:
        """The trip that leaves next after `second` of the day, from town to town."""
        slot = np.clip((second - FIRST_BUS_S) // SLOT_S, 0, SLOTS - 1)
        towns = len(self.county.towns)
        return (self.first[BUS] + (town_from * towns + town_to) * SLOTS + slot).astype(np.int32)

    def describe(self, place: int) -> tuple[str, str, str]:
        """(kind, name, area code) of one place."""
        kind = int(self.kind_of(np.array([place], np.int32))[0])
        number = place - self.first[kind]
        towns = self.county.towns
        if kind == HOME:
            village = int(self.residents.house_village[number])
            return KINDS[kind], self.residents.house_name(self.county, number), self.county.village_code[village]
        if kind == BUS:
            line, slot = divmod(number, SLOTS)
            start, end = divmod(line, len(towns))
            minute = (FIRST_BUS_S + slot * SLOT_S) // 60
            return (
                KINDS[kind],
                f"{towns[start].name[:2]}至{towns[end].name[:2]}公交{minute // 60:02d}:{minute % 60:02d}班次",
                towns[start].code,
            )
        if kind == FIRM:
            return KINDS[kind], self.residents.firm_name[number], towns[int(self.residents.firm_town[number])].code
        if kind == CHECKPOINT:
            town = towns[self.county.posts[number]]
            return KINDS[kind], f"{town.name}{number + 1}号卡点", town.code
        if kind == CAMERA:
            town = towns[number // CAMERAS_A_TOWN]
            return KINDS[kind], f"{town.name}电警{number % CAMERAS_A_TOWN + 1}号", town.code
        owner = {CLASS: self.residents.class_town, MARKET: self.markets, VENUE: self.venues}[kind]
        town = towns[int(owner[number])]
        word = {CLASS: "学校班级", MARKET: "农贸市场", VENUE: "饭店"}[kind]
        return KINDS[kind], f"{town.name}{word}{number + 1}", town.code

    def fixed(self) -> Iterator[tuple[int, str, str, str]]:
        """(place, kind, name, area) of every place but bus trips and homes, which are named when met."""
        for place in range(self.first[FIRM], self.first[BUS]):
            yield (place, *self.describe(place))


def lay_out(county: County, residents: Residents) -> Places:
    people = np.bincount(county.village_town[residents.house_village][residents.household], minlength=len(county.towns))
    markets = np.repeat(np.arange(len(people), dtype=np.int32), np.ceil((people + 1) / PERSONS_A_MARKET).astype(int))
    venues = np.repeat(np.arange(len(people), dtype=np.int32), np.ceil((people + 1) / PERSONS_A_VENUE).astype(int))
    counts = (
        len(residents.house_village),
        len(residents.firm_town),
        len(residents.class_town),
        len(markets),
        len(venues),
        len(county.posts),
        len(county.towns) * CAMERAS_A_TOWN,
    )
    first = (0, *(int(total) for total in np.cumsum(counts)))
    return Places(county, residents, first, markets, venues)
