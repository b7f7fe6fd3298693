"""WGS-84 to GCJ-02, as map kits in China report it: the public formula, right to some metres. For phones that mix the two up."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: Krasovsky 1940, which the formula was fitted on.
_AXIS, _SQUARED_ECCENTRICITY = 6378245.0, 0.00669342162296594323
_Degrees = NDArray[np.float64]


def to_gcj02(lon: _Degrees, lat: _Degrees) -> tuple[_Degrees, _Degrees]:
    """lon, lat float64[n] WGS-84 to what an AMap position says."""
    x, y = lon - 105.0, lat - 35.0
    wave = (20 * np.sin(6 * x * np.pi) + 20 * np.sin(2 * x * np.pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x)) + wave
    north += (20 * np.sin(y * np.pi) + 40 * np.sin(y / 3 * np.pi)) * 2 / 3
    north += (160 * np.sin(y / 12 * np.pi) + 320 * np.sin(y * np.pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x)) + wave
    east += (20 * np.sin(x * np.pi) + 40 * np.sin(x / 3 * np.pi)) * 2 / 3
    east += (150 * np.sin(x / 12 * np.pi) + 300 * np.sin(x / 30 * np.pi)) * 2 / 3
    radians = lat / 180 * np.pi
    magic = 1 - _SQUARED_ECCENTRICITY * np.sin(radians) ** 2
    root = np.sqrt(magic)
    to_lat = north * 180 / ((_AXIS * (1 - _SQUARED_ECCENTRICITY)) / (magic * root) * np.pi)
    to_lon = east * 180 / (_AXIS / root * np.cos(radians) * np.pi)
    return lon + to_lon, lat + to_lat
