"""What a column holds, judged by its cells: for lists without a heading, and for headings that no synonym knows.

Only a proposal, which whoever previews the list sees and corrects. A heading that names somebody else (户主, 监护人 …) is never
overruled by what stands below it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from nanxi.people.intake.cells import Cell, folded, is_empty, text_of
from nanxi.people.intake.columns.catalogue import BY_KEY, IGNORED
from nanxi.people.rules import ids

#: The hundred commonest surnames bear 85 % of all people (Ministry of Public Security, 2020), and two of two characters.
SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦"
    "贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤叶季麻戚滕"
)
_NAME = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]{2,4}")
_MOBILE = re.compile(r"(?:\+?86)?1[3-9]\d{9}")
#: Rows looked at, rows that must hold something, and the share of them that must agree. Names are told less surely than numbers.
LOOKED_AT, FEWEST = 200, 2
SURE = {"id_no": 0.6, "phone": 0.7, "name": 0.7}
_LOST = re.compile(r"\d(?:\.\d+)?[eE]\+?17")


def guess(keys: Sequence[str], headings: Sequence[str], rows: Sequence[Sequence[Cell]]) -> tuple[str, ...]:
    """The keys with columns of ID numbers, names and phones filled in where nothing was proposed. `headings`: of `heading_of`."""
    found = list(keys)
    for kind in ("id_no", "name", "phone"):
        if kind in found:
            continue
        shares = {
            at: share
            for at, key in enumerate(found)
            if key == IGNORED and not _of_others(kind, headings[at]) and (share := _share(kind, at, rows)) >= SURE[kind]
        }
        if shares:
            found[max(shares, key=lambda at: (shares[at], -at))] = kind
    return tuple(found)


def names_somebody(cells: Sequence[Cell]) -> bool:
    """Whether a row holds a cell that can only be an ID number."""
    return any(_like("id_no", cell) for cell in cells)


def _of_others(kind: str, heading: str) -> bool:
    return any(word in heading for word in BY_KEY[kind].never)


def _share(kind: str, at: int, rows: Sequence[Sequence[Cell]]) -> float:
    cells = [row[at] for row in rows[:LOOKED_AT] if at < len(row) and not is_empty(row[at])]
    if len(cells) < min(FEWEST, len(rows)):
        return 0.0
    return sum(_like(kind, cell) for cell in cells) / len(cells)


def _like(kind: str, cell: Cell) -> bool:
    if kind == "id_no":
        if isinstance(cell, float):
            return 1e17 <= cell < 1e18
        text = text_of(cell)
        return ids.read_id(text).valid or _LOST.fullmatch(text) is not None
    text = folded(cell)
    if kind == "phone":
        return _MOBILE.fullmatch(text.replace("-", "")) is not None
    return isinstance(cell, str) and text[:1] in SURNAMES and _NAME.fullmatch(text) is not None
