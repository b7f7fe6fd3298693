"""How far a counted figure can be trusted: 95 % intervals of a share and of a rate. Pure.

Share: E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209. Rate of events that come by themselves: F. Garwood, Biometrika 28 (1936)
437, exact by the gamma distribution.
"""

from __future__ import annotations

from math import sqrt

Z = 1.959964


def share_interval(hits: int, n: int) -> tuple[float, float]:
    """Interval of hits/n; 0–1 when nothing was counted."""
    if n == 0:
        return 0.0, 1.0
    share, spread = hits / n, Z * Z / n
    middle = share + spread / 2
    half = Z * sqrt(share * (1 - share) / n + spread / (4 * n))
    return max(0.0, (middle - half) / (1 + spread)), min(1.0, (middle + half) / (1 + spread))


def rate_interval(events: int, exposure: float) -> tuple[float, float]:
    """Interval of events/exposure; exposure in person-days, above 0."""
    from scipy.special import gammaincinv

    low = float(gammaincinv(events, 0.025)) if events else 0.0
    return low / exposure, float(gammaincinv(events + 1, 0.975)) / exposure
