"""Bars drawn as SVG text: the waterfall of weights behind a score. Pure; no scripts, no style attributes (strict CSP)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from xml.sax.saxutils import escape

from nanxi.web.parts import Bar

WIDTH, ROW, LABEL = 560, 26, 190


def waterfall_svg(bars: Sequence[Bar], *, title: str, total: str) -> str:
    """Each weight starts where the one before ended; the last row is their sum. Returns one <svg> element.

    Labels and title are plain text and are escaped here.
    """
    steps, end = _steps(bars)
    low = min([0.0, *(min(a, b) for _, a, b in steps)])
    high = max([0.0, *(max(a, b) for _, a, b in steps)])
    scale = (WIDTH - LABEL - 70) / ((high - low) or 1.0)

    def x(value: float) -> float:
        return round(LABEL + 10 + (value - low) * scale, 1)

    rows = [*steps, (total, 0.0, end)]
    spoken = "; ".join(f"{label} {after - before:+.1f}" for label, before, after in rows)
    parts = [
        f'<svg class="nx-waterfall" viewBox="0 0 {WIDTH} {ROW * len(rows) + 8}" role="img">',
        f"<title>{escape(title)}</title><desc>{escape(spoken)}</desc>",
        f'<line class="nx-axis" x1="{x(0)}" y1="0" x2="{x(0)}" y2="{ROW * len(rows) + 4}"/>',
    ]
    for number, (label, before, after) in enumerate(rows):
        parts.append(_row(label, before, after, number, x, last=number == len(rows) - 1))
    return "".join([*parts, "</svg>"])


def _steps(bars: Sequence[Bar]) -> tuple[list[tuple[str, float, float]], float]:
    steps: list[tuple[str, float, float]] = []
    at = 0.0
    for bar in bars:
        steps.append((bar.label, at, at + bar.weight))
        at += bar.weight
    return steps, at


def _row(label: str, before: float, after: float, number: int, x: Callable[[float], float], *, last: bool) -> str:
    left, right = sorted((x(before), x(after)))
    top = number * ROW + 4
    kind = "nx-sum" if last else "nx-for" if after >= before else "nx-against"
    width = max(1.0, round(right - left, 1))
    return (
        f'<text x="{LABEL}" y="{top + 15}" text-anchor="end">{escape(label)}</text>'
        f'<rect class="{kind}" x="{left}" y="{top + 2}" width="{width}" height="{ROW - 8}" rx="2"/>'
        f'<text class="nx-value" x="{right + 5}" y="{top + 15}">{after - before:+.1f}</text>'
    )
