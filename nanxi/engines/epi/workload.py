"""People under follow-up, staff and quarantine beds for the days ahead, with the first day of shortage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .distributions import Floats, floats

FOLLOW_UP_DAYS = 14  # close contacts, national protocol of 2020
CHECKS_PER_DAY = 2.0
VISITS_PER_WORKER = 40.0


@dataclass(frozen=True, slots=True)
class Workload:
    """Simulated paths, float64[paths, days]: people followed, beds taken, workers needed."""

    followed: Floats
    beds: Floats
    workers: Floats

    def first_shortage(self, beds: float, free_share: float = 0.15, level: float = 0.8) -> int | None:
        """First day (index from 0) on which the `level` quantile of free beds is below `free_share`;

        None if never. ValueError for no beds.
        """
        if beds <= 0:
            raise ValueError("beds must be above 0")
        needed = np.quantile(self.beds, level, axis=0)
        short = np.flatnonzero(beds - needed < free_share * beds)
        return int(short[0]) if short.size else None


def stay_survival(days: int = FOLLOW_UP_DAYS, turnover: int = 1) -> Floats:
    """S(s): share of beds still taken s days after admission: the stay and the days to clean the room."""
    return np.ones(days + turnover)


def simulate_workload(
    new_cases: Floats,
    *,
    contacts_per_case: float,
    size: float = 0.5,
    arrivals: Floats | None = None,
    quarantined: float = 1.0,
    past_contacts: Floats | None = None,
    rng: np.random.Generator,
    checks: float = CHECKS_PER_DAY,
    visits: float = VISITS_PER_WORKER,
) -> Workload:
    """Work for simulated cases: float64[paths, days] (from `forecast.simulate`).

    Contacts per case are negative binomial (mean, size; few cases have very many). `arrivals`: float64[days] people to
    observe; `past_contacts`: float64[≤ 14] admitted before today, oldest first; `quarantined`: share that needs a bed
    rather than staying home.
    """
    cases = np.atleast_2d(floats(new_cases))
    rate = rng.standard_gamma(np.maximum(size * cases, 1e-9)) * contacts_per_case / size
    contacts = np.where(cases > 0, rng.poisson(np.minimum(rate, 1e12)), 0).astype(np.float64)
    contacts += 0.0 if arrivals is None else floats(arrivals)
    before = np.zeros(0) if past_contacts is None else floats(past_contacts)
    whole = np.concatenate([np.broadcast_to(before, (cases.shape[0], before.size)), contacts], axis=1)
    followed = _present(whole, np.ones(FOLLOW_UP_DAYS))[:, before.size :]
    beds = quarantined * _present(whole, stay_survival())[:, before.size :]
    return Workload(followed, beds, np.ceil(followed * checks / visits))


def _present(admitted: Floats, survival: Floats) -> Floats:
    out = np.zeros_like(admitted)
    for s in range(min(survival.size, admitted.shape[1])):
        out[:, s:] += survival[s] * admitted[:, : admitted.shape[1] - s]
    return out
