"""QR codes as SVG, black on white in any theme, quiet zone kept (ISO/IEC 18004)."""

from __future__ import annotations

import io

import segno


def svg(text: str, *, scale: float = 4, error: str = "m", title: str = "") -> str:
    """An inline SVG element of the text, without script or style."""
    out = io.BytesIO()
    code = segno.make(text, error=error, micro=False)
    code.save(
        out,
        kind="svg",
        scale=scale,
        border=4,
        xmldecl=False,
        svgns=True,
        light="#fff",
        dark="#000",
        title=title or None,
        omitsize=True,
    )
    width, height = code.symbol_size(scale=scale, border=4)
    # Both: a size for readers without style sheets, a viewBox so that style sheets can shrink it.
    return out.getvalue().decode().replace("<svg ", f'<svg width="{width:g}" height="{height:g}" ', 1)
