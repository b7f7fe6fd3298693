"""WGS-84, GCJ-02 and BD-09: conversion at the edge, so that inside there is only WGS-84.

The forward GCJ-02 formula is the one in public use; the inverse is its fixed point (two rounds leave 0.02 m,
fence notes §4.7). Outside mainland China's rectangle the shift is not applied.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

WGS, GCJ, BD = "WGS-84", "GCJ-02", "BD-09"
DATUMS = (WGS, GCJ, BD)
#: How people and files write them.
_SPELLINGS = {
    "": WGS, "wgs84": WGS, "epsg4326": WGS, "gps": WGS, "gcj02": GCJ, "gcj": GCJ, "amap": GCJ, "tencent": GCJ, "gaode": GCJ,
    "bd09": BD, "bd09ll": BD, "baidu": BD,
}  # fmt: skip

_A = 6378245.0  # Krasovsky 1940 semi-major axis, as the GCJ formula uses it
_EE = 0.00669342162296594323
_BD_TURN = np.pi * 3000.0 / 180.0


class UnknownDatum(ValueError):
    """A datum name nobody knows; the message lists those that are."""


def named(text: str) -> str:
    """The datum a file or form means by `text`; empty is WGS-84. Raises UnknownDatum."""
    found = _SPELLINGS.get("".join(c for c in text.lower() if c.isalnum()))
    if found is None:
        raise UnknownDatum(f"The datum is none of {', '.join(DATUMS)}.")
    return found


def to_wgs(lon: Floats, lat: Floats, datum: str) -> tuple[Floats, Floats]:
    """lon, lat: float64[n] degrees in `datum` → the same in WGS-84."""
    if datum == WGS:
        return lon, lat
    if datum == BD:
        lon, lat = _bd_to_gcj(lon, lat)
    guess_lon, guess_lat = lon, lat
    for _ in range(3):
        there_lon, there_lat = gcj_of(guess_lon, guess_lat)
        guess_lon, guess_lat = guess_lon - (there_lon - lon), guess_lat - (there_lat - lat)
    return guess_lon, guess_lat


def gcj_of(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """WGS-84 degrees → GCJ-02 degrees."""
    x, y = lon - 105.0, lat - 35.0
    common = (20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)) * 2 / 3
    root = np.sqrt(np.abs(x))
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + common
    east += (20 * np.sin(np.pi * x) + 40 * np.sin(np.pi * x / 3)) * 2 / 3
    east += (150 * np.sin(np.pi * x / 12) + 300 * np.sin(np.pi * x / 30)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + common
    north += (20 * np.sin(np.pi * y) + 40 * np.sin(np.pi * y / 3)) * 2 / 3
    north += (160 * np.sin(np.pi * y / 12) + 320 * np.sin(np.pi * y / 30)) * 2 / 3
    sin = np.sin(np.radians(lat))
    magic = 1 - _EE * sin * sin
    d_lat = np.degrees(north / (_A * (1 - _EE) / (magic * np.sqrt(magic))))
    d_lon = np.degrees(east / (_A / np.sqrt(magic) * np.cos(np.radians(lat))))
    china = (lon >= 72.004) & (lon <= 137.8347) & (lat >= 0.8293) & (lat <= 55.8271)
    return lon + np.where(china, d_lon, 0.0), lat + np.where(china, d_lat, 0.0)


def bd_of(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """WGS-84 degrees → BD-09 degrees."""
    lon, lat = gcj_of(lon, lat)
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BD_TURN)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BD_TURN)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def _bd_to_gcj(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    x, y = lon - 0.0065, lat - 0.006
    radius = np.hypot(x, y) - 0.00002 * np.sin(y * _BD_TURN)
    angle = np.arctan2(y, x) - 0.000003 * np.cos(x * _BD_TURN)
    return radius * np.cos(angle), radius * np.sin(angle)
