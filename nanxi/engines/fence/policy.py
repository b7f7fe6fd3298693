"""The parameters of the fence decision, versioned as one row. Values and their measured effect: fence notes §3 and §4."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

#: Parameters as the engine reads them: one row for each policy in use, one number for each fence.
Rows = NDArray[np.void]
Which = NDArray[np.int32]


class BadPolicy(ValueError):
    """A parameter that does not exist or lies outside its sense; the message names it."""


@dataclass(frozen=True)
class Policy:
    """Distances in metres, times in seconds, probabilities 0–1."""

    version: str = "fence-1"
    buffer_m: float = 20.0  # GNSS bias at a wall
    out_p: float = 0.9
    in_p: float = 0.5
    probable_fixes: int = 3
    probable_s: float = 120.0  # dwell buys precision, the number of fixes does not
    confirmed_fixes: int = 5
    confirmed_s: float = 240.0
    arm_fixes: int = 2
    return_fixes: int = 2
    return_s: float = 60.0
    missing_acc_m: float = 50.0
    least_acc_m: float = 5.0
    vague_m: float = 100.0
    decisive: float = 2.5  # a vague fix further out than this many times its accuracy still decides
    top_speed_ms: float = 70.0
    anchor_fixes: int = 3  # mutually consistent jumps after which the new place is believed
    far_m: float = 500.0
    far_acc_m: float = 30.0
    far_fixes: int = 2
    corroborated_s: float = 600.0
    suspect_silent_s: float = 300.0
    silent_s: float = 900.0
    silent_night_s: float = 1800.0
    interval_s: float = 60.0
    not_activated_s: float = 7200.0
    late_s: float = 900.0
    skew_s: float = 120.0
    datum_m: float = 30.0
    frozen_s: float = 21600.0
    utc_offset_h: float = 8.0
    night_from_h: float = 22.0
    night_to_h: float = 6.0

    @property
    def silence_s(self) -> float:
        """Silence by day: never under three agreed intervals."""
        return max(self.silent_s, 3 * self.interval_s)

    @property
    def silence_night_s(self) -> float:
        return max(self.silent_night_s, self.silence_s)

    def changed(self, **values: object) -> Policy:
        """A copy with other parameters. Raises BadPolicy naming an unknown, negative or contradictory one."""
        known = {field.name for field in fields(self)}
        for name, value in values.items():
            if name not in known:
                raise BadPolicy(f"The policy has no parameter {name!r}; known are {', '.join(sorted(known))}.")
            if name != "version" and (isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0):
                raise BadPolicy(f"The policy parameter {name!r} must be a number that is not negative.")
        made = replace(self, **values)  # type: ignore[arg-type]
        if not 0 < made.in_p < made.out_p < 1:
            raise BadPolicy("The policy needs 0 < in_p < out_p < 1, or a fix could be inside and outside at once.")
        if made.least_acc_m > made.vague_m:
            raise BadPolicy("The policy needs least_acc_m not above vague_m.")
        return made

    def as_row(self) -> dict[str, object]:
        return asdict(self)


PARAMS = np.dtype(
    [(field.name, "f8") for field in fields(Policy) if field.name != "version"]
    + [(name, "f8") for name in ("z_out", "z_in", "silence_s", "silence_night_s")]
)


@dataclass(frozen=True)
class Policies:
    """Each fence under its own policy. rows: policies in use; of: int32[n], the row of each fence."""

    rows: tuple[Policy, ...]
    of: Which

    def params(self) -> Rows:
        """PARAMS[len(rows)]. `z_out`, `z_in`: how many σ beyond the buffer a fix must lie for p ≥ out_p, p ≤ in_p."""
        table = np.zeros(len(self.rows), PARAMS)
        for at, policy in enumerate(self.rows):
            for name, value in asdict(policy).items():
                if name != "version":
                    table[name][at] = value
            table["z_out"][at], table["z_in"][at] = NormalDist().inv_cdf(policy.out_p), NormalDist().inv_cdf(policy.in_p)
            table["silence_s"][at], table["silence_night_s"][at] = policy.silence_s, policy.silence_night_s
        return table


def policies_of(policy: Policy | Policies, n: int) -> Policies:
    """`policy` for n fences."""
    return policy if isinstance(policy, Policies) else Policies((policy,), np.zeros(n, np.int32))
