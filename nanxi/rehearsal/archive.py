"""The county after all its days: what lists, feeds and the truth are drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from nanxi.rehearsal.chance import Chance
from nanxi.rehearsal.county import County
from nanxi.rehearsal.noise import Noise
from nanxi.rehearsal.outbreak import Outbreak
from nanxi.rehearsal.residents import Residents


@dataclass(frozen=True)
class Archive:
    """Everything the generator knows when the last day is over."""

    chance: Chance
    noise: Noise
    county: County
    residents: Residents
    outbreak: Outbreak
    start: date
    days: int
