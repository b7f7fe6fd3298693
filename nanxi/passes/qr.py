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
        omitsize=False,
    )
    return out.getvalue().decode()
