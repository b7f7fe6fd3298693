"""Columns of findings: body temperature and questions answered yes or no."""

from __future__ import annotations

import re

from nanxi.people.intake.cells import Cell, folded
from nanxi.people.intake.columns.base import Column, Draft, Frame
from nanxi.people.intake.problems import N_

_DEGREES = re.compile(r"(?:体温)?(\d{2})(?:(?:[.。,，]|度)(\d{1,2}))?(?:℃|°c|度|c|摄氏度)?")


class Temperature(Column):
    key, label = "temperature", N_("Temperature")
    names = ("体温", "体温℃", "体温°c", "测量体温", "当日体温", "temperature", "temp")
    ends = ("体温",)

    def clean(self, cell: Cell, frame: Frame) -> tuple[str, tuple[str, ...]]:
        text = folded(cell).lower()
        if text in ("正常", "体温正常", "无发热", "不发热", "未发热"):
            return "normal", ()
        match = _DEGREES.fullmatch(text)
        value = float(f"{match[1]}.{match[2] or 0}") if match else 0.0
        return (f"{value:.1f}", ()) if 34 <= value <= 43 else ("", ("temperature_unread",))

    def assign(self, draft: Draft, value: str) -> None:
        draft.facts["temperature"] = value


class YesNo(Column):
    """A question as heading (是否…, 有无…) with a mark below it; each answer is kept under its column as Excel counts them."""

    key, label, many = "yes_no", N_("Yes or no"), True
    _words = {
        **dict.fromkeys(("是", "有", "√", "✓", "✔", "☑", "v", "1", "y", "yes", "true", "对", "已", "是的", "阳性"), "yes"),
        **dict.fromkeys(
            ("否", "无", "没有", "没", "×", "✕", "x", "✗", "0", "n", "no", "false", "未", "不", "不是", "阴性", "/", "-", "—"),
            "no",
        ),
    }  # fmt: skip

    def resolve(self, heading: str) -> int:
        return 1 if heading.startswith(("是否", "有无", "有否", "曾否")) else 0

    def clean(self, cell: Cell, frame: Frame) -> tuple[str, tuple[str, ...]]:
        value = self._words.get(folded(cell).lower(), "")
        return value, () if value else ("yes_no_unread",)

    def assign(self, draft: Draft, value: str) -> None:
        draft.facts[f"answer{draft.here + 1}"] = value
