"""What each ping says by itself, before any state: distance, how surely it is outside, datum (fence notes §4.1–4.7)."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from nanxi.engines.fence.geometry import Fences
from nanxi.engines.fence.policy import Rows
from nanxi.engines.fence.state import Row, Source

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

#: Radius → σ: phones report the 68 % radius, browsers the 95 % radius of a circular normal error.
SIGMA_PHONE, SIGMA_WEB = 1.515, 2.448


@dataclass
class Facts:
    """One row per ping, all arrays of length n; metres and seconds. `z`: σ beyond the buffer, so that Φ(z) is the
    probability of standing outside; `rule`: number of the policy row."""

    fence: NDArray[np.int32]
    rule: NDArray[np.int32]
    t: Floats
    lon6: Floats
    lat6: Floats
    x: Floats
    y: Floats
    d: Floats
    z: Floats
    acc: Floats
    raw_acc: Floats
    sigma: Floats
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


def facts_of(pings: Row, fences: Fences, params: Rows, rule: NDArray[np.int32]) -> Facts:
    """Everything a ping says without knowing what came before it. params: PARAMS; rule: int32[m] its row for each ping."""
    fence, raw, p = pings["fence"], pings["acc"], params[rule]
    known = np.isfinite(raw) & (raw > 0)
    acc = np.where(known, raw, p["missing_acc_m"])
    x, y = fences.local(fence, pings["lon"], pings["lat"])
    d = fences.distance(fence, x, y)
    scale = np.where(pings["source"] == Source.WEB, SIGMA_WEB, SIGMA_PHONE)
    sigma = np.minimum(np.maximum(acc, p["least_acc_m"]), p["vague_m"]) / scale
    fix = np.isfinite(d)
    outside = fix & (d > p["buffer_m"])
    reach = p["datum_m"] + np.minimum(acc, p["vague_m"])
    return Facts(
        fence=fence, rule=rule, t=pings["t"], lon6=np.rint(pings["lon"] * 1e6), lat6=np.rint(pings["lat"] * 1e6), x=x, y=y, d=d,
        z=(d - p["buffer_m"]) / sigma, acc=acc, raw_acc=np.where(known, raw, -1.0), sigma=sigma,
        fix=fix, vague=(acc > p["vague_m"]) & ~(d > p["decisive"] * acc), mock=pings["mock"],
        gcj=outside & _shifted(fences.gcj, fence, x, y, reach, p["datum_m"]),
        bd=outside & _shifted(fences.bd, fence, x, y, reach, p["datum_m"]), late=pings["rx"] - pings["t"] > p["late_s"],
        door=(pings["source"] == Source.DOOR) & ~fix, post=(pings["source"] == Source.CHECKPOINT) & fix, leave=pings["leave"],
    )  # fmt: skip


def _shifted(
    vector: tuple[Floats, Floats], fence: NDArray[np.int32], x: Floats, y: Floats, reach: Floats, least: Floats
) -> Bools:
    """Whether a fix lies where home would lie if a map's shift had been applied to it."""
    east, north = vector[0][fence], vector[1][fence]
    real = np.sqrt(east * east + north * north) > least
    ex, ey = x - east, y - north
    return real & (np.sqrt(ex * ex + ey * ey) <= reach)
