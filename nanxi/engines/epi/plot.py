# pyright: basic
"""A printable SVG of a series with its interval, threshold and alarms, drawn here so that a command needs no plotting library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

import numpy as np

from nanxi.cli import InputError

from .distributions import Floats

WIDTH, PANEL, LEFT, RIGHT, TOP, BOTTOM = 900, 230, 64, 16, 34, 34
INK, SOFT, BAND, BAR, LINE, ALARM = "#1d2733", "#6b7785", "#c9dcef", "#d5dbe2", "#1f6fb2", "#b42318"


@dataclass(frozen=True)
class Panel:
    """One series to draw; all arrays float64[T], NaN where nothing is to be drawn."""

    title: str
    labels: Sequence[str]
    bars: Floats | None = None
    line: Floats | None = None
    low: Floats | None = None
    high: Floats | None = None
    limit: Floats | None = None
    marks: Sequence[int] = field(default_factory=tuple)
    level: float | None = None


@dataclass(frozen=True)
class Drawing:
    """A finished picture. Notebooks show it by itself."""

    svg: str

    def _repr_svg_(self) -> str:
        return self.svg


def draw_plot(heading: str, panels: Sequence[Panel]) -> Drawing:
    """Panels below one another, at most twelve: more cannot be read on a page."""
    shown = list(panels)[:12]
    height = 40 + PANEL * len(shown)
    body = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" font-family="sans-serif"'
        ' font-size="12">',
        f"<title>{escape(heading)}</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        f'<text x="{LEFT}" y="24" font-size="16" fill="{INK}">{escape(heading)}</text>',
    ]
    for number, panel in enumerate(shown):
        body.append(f'<g transform="translate(0 {40 + PANEL * number})">{"".join(_panel(panel))}</g>')
    if len(panels) > len(shown):
        body.append(
            f'<text x="{LEFT}" y="{height - 4}" fill="{SOFT}">{len(panels) - len(shown)} more series are in the table</text>'
        )
    return Drawing("\n".join([*body, "</svg>"]) + "\n")


def write_plot(path: Path, heading: str, panels: Sequence[Panel]) -> None:
    """The drawing of `draw_plot` as a file."""
    try:
        path.write_text(draw_plot(heading, panels).svg, encoding="utf-8")
    except OSError as problem:
        raise InputError(f"{path.name}: cannot be written ({problem.strerror}); choose another place.") from None


def _panel(panel: Panel) -> list[str]:
    n = len(panel.labels)
    drawn = [a for a in (panel.bars, panel.line, panel.high, panel.limit) if a is not None]
    finite = np.concatenate([a[np.isfinite(a)] for a in drawn]) if drawn else np.zeros(0)
    top = _nice(max(float(finite.max()) if finite.size else 1.0, panel.level or 0.0, 1e-9))
    width = (WIDTH - LEFT - RIGHT) / max(n, 1)

    def x(i: float) -> float:
        return LEFT + (i + 0.5) * width

    def y(value: float) -> float:
        return TOP + (PANEL - TOP - BOTTOM) * (1 - min(value, top) / top)

    parts = [f'<text x="{LEFT}" y="18" fill="{INK}">{escape(panel.title)}</text>']
    for step in range(5):
        value = top * step / 4
        parts.append(f'<path d="M{LEFT} {y(value):.1f}H{WIDTH - RIGHT}" stroke="#e6eaee"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end" fill="{SOFT}">{value:g}</text>')
    for i in range(0, n, max(1, n // 8)):
        parts.append(f'<text x="{x(i):.1f}" y="{PANEL - 14}" text-anchor="middle" fill="{SOFT}">{escape(panel.labels[i])}</text>')
    if panel.bars is not None:
        parts += [
            f'<rect x="{x(i) - 0.4 * width:.1f}" y="{y(v):.1f}" width="{0.8 * width:.1f}" height="{y(0) - y(v):.1f}"'
            f' fill="{BAR}"/>'
            for i, v in enumerate(panel.bars) if v > 0
        ]  # fmt: skip
    if panel.low is not None and panel.high is not None:
        for run in _runs(panel.low + panel.high):
            edge = [f"{x(i):.1f} {y(float(panel.high[i])):.1f}" for i in run] + [
                f"{x(i):.1f} {y(float(panel.low[i])):.1f}" for i in reversed(run)
            ]
            parts.append(f'<path d="M{"L".join(edge)}Z" fill="{BAND}" fill-opacity="0.7"/>')
    if panel.level is not None:
        parts.append(f'<path d="M{LEFT} {y(panel.level):.1f}H{WIDTH - RIGHT}" stroke="{SOFT}" stroke-dasharray="4 3"/>')
    for values, colour, dash in ((panel.limit, ALARM, "5 3"), (panel.line, LINE, "")):
        for run in _runs(values) if values is not None else []:
            points = "L".join(f"{x(i):.1f} {y(float(values[i])):.1f}" for i in run)  # type: ignore[index]
            parts.append(
                f'<path d="M{points}" fill="none" stroke="{colour}" stroke-width="1.8"'
                + (f' stroke-dasharray="{dash}"' if dash else "")
                + "/>"
            )
    for i in panel.marks:
        height = y(float(panel.bars[i])) if panel.bars is not None else TOP
        parts.append(
            f'<path d="M{x(i) - 5:.1f} {height - 12:.1f}h10l-5 9z" fill="{ALARM}"><title>{escape(panel.labels[i])}</title></path>'
        )
    return parts


def _runs(values: Floats) -> list[list[int]]:
    """Stretches of indices without NaN."""
    runs: list[list[int]] = [[]]
    for i, value in enumerate(values):
        if np.isfinite(value):
            runs[-1].append(i)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _nice(value: float) -> float:
    """The next 1, 2, 4, 5, 8 or 10 times a power of ten."""
    power = 10.0 ** np.floor(np.log10(value))
    return float(next(step * power for step in (1, 2, 4, 5, 8, 10) if step * power >= value * 0.999999))
