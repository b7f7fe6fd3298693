"""How a name is shown to whoever may not see it. What makes two names agree is `engines.linkage.hanzi`."""

from __future__ import annotations

from nanxi.engines.linkage.hanzi import REMARK, normal_name
from nanxi.engines.linkage.hanzi import TITLE as TITLES

__all__ = ["REMARK", "TITLES", "mask_name", "normal_name"]


def mask_name(normal: str) -> str:
    """陈*明, 陈*, C***: enough to tell lines of a work list apart."""
    if normal.isascii():
        return normal[:1].upper() + "***" if normal else ""
    if len(normal) <= 1:
        return normal
    return normal[0] + "*" if len(normal) == 2 else normal[0] + "*" * (len(normal) - 2) + normal[-1]
