"""What each ping says by itself, before any state: distance, probability of being outside, datum (fence notes §4.1–4.7)."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from nanxi.engines.fence.geometry import Fences
from nanxi.engines.fence.policy import Policy
from nanxi.engines.fence.state import Row, Source

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

#: Radius → σ: phones report the 68 % radius, browsers the 95 % radius of a circular normal error.
SIGMA_PHONE, SIGMA_WEB = 1.515, 2.448


@dataclass
class Facts:
    """One row per ping, all arrays of length n; metres and seconds. `p` is the probability of standing outside."""

    fence: NDArray[np.int32]
    t: Floats
    lon: Floats
    lat: Floats
    x: Floats
    y: Floats
    d: Floats
    p: Floats
    acc: Floats
    raw_acc: Floats
    fix: Bools
    vague: Bools
    mock: Bools
    gcj: Bools
    bd: Bools
    late: Bools
    door: Bools
    post: Bools
    leave: Bools

    def at(self, rows: NDArray[np.intp]) -> Facts:
        """The facts of some pings."""
        return Facts(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


def ordered(pings: Row, fences: Fences, policy: Policy, now: float | None) -> Row:
    """Pings of live orders in total order (fence, time, digest), each once. A time from the future becomes the arrival time."""
    pings = pings.copy()
    rx = pings["rx"]
    rx[np.isnan(rx)] = pings["t"][np.isnan(rx)] if now is None else now
    skewed = pings["t"] > rx + policy.skew_s
    pings["t"][skewed] = rx[skewed]
    live = (pings["t"] >= fences.start[pings["fence"]]) & (pings["t"] < fences.end[pings["fence"]])
    pings = pings[live]
    pings = pings[np.lexsort((pings["digest"], pings["t"], pings["fence"]))]
    if len(pings) < 2:
        return pings
    same = (
        (pings["fence"][1:] == pings["fence"][:-1])
        & (pings["t"][1:] == pings["t"][:-1])
        & (pings["digest"][1:] == pings["digest"][:-1])
    )
    return pings[np.concatenate(([True], ~same))]


def facts_of(pings: Row, fences: Fences, policy: Policy) -> Facts:
    """Everything a ping says without knowing what came before it."""
    # Here, not above: it takes a second to load and only the process that decides positions needs it.
    from scipy.special import erf  # pyright: ignore[reportMissingTypeStubs]

    fence, raw = pings["fence"], pings["acc"]
    known = np.isfinite(raw) & (raw > 0)
    acc = np.where(known, raw, policy.missing_acc_m)
    x, y = fences.local(fence, pings["lon"], pings["lat"])
    d = fences.distance(fence, x, y)
    scale = np.where(pings["source"] == Source.WEB, SIGMA_WEB, SIGMA_PHONE)
    sigma = np.clip(acc, policy.least_acc_m, policy.vague_m) / scale
    fix = np.isfinite(d)
    p = np.where(fix, 0.5 * (1 + erf((d - policy.buffer_m) / (sigma * np.sqrt(2)))), 0.0)
    vague = (acc > policy.vague_m) & ~(d > policy.decisive * acc)
    outside = fix & (d > policy.buffer_m)
    return Facts(
        fence=fence, t=pings["t"], lon=pings["lon"], lat=pings["lat"], x=x, y=y, d=d, p=p, acc=acc,
        raw_acc=np.where(known, raw, -1.0),
        fix=fix, vague=vague, mock=pings["mock"], gcj=outside & _shifted(fences.gcj, fence, x, y, acc, policy),
        bd=outside & _shifted(fences.bd, fence, x, y, acc, policy), late=pings["rx"] - pings["t"] > policy.late_s,
        door=(pings["source"] == Source.DOOR) & ~fix, post=(pings["source"] == Source.CHECKPOINT) & fix, leave=pings["leave"],
    )  # fmt: skip


def _shifted(vector: tuple[Floats, Floats], fence: NDArray[np.int32], x: Floats, y: Floats, acc: Floats, policy: Policy) -> Bools:
    """Whether a fix lies where home would lie if a map's shift had been applied to it."""
    east, north = vector[0][fence], vector[1][fence]
    real = np.hypot(east, north) > policy.datum_m
    return real & (np.hypot(x - east, y - north) <= policy.datum_m + np.minimum(acc, policy.vague_m))
