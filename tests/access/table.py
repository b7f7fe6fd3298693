"""Reads the hand-written tables of tests/spec/access: who may open which address, own and foreign."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from nanxi.foundation.rights import Role

FOLDER = Path(__file__).resolve().parent.parent / "spec" / "access"


@dataclass(frozen=True)
class Line:
    """One address: the roles that may open it (empty: everybody, no sign-in) and the answers.

    `others`: roles that get another answer for their own area, written `200; 302 grid_worker, checkpoint`.
    """

    name: str
    roles: frozenset[Role]
    own: int
    foreign: int | None
    others: dict[Role, int] = field(default_factory=dict)

    def answer_for(self, role: Role) -> int:
        return self.others.get(role, self.own)

    @property
    def is_open(self) -> bool:
        return not self.roles


def lines() -> dict[str, Line]:
    """All lines of all tables by address; a twice-listed address is an error of the table."""
    found: dict[str, Line] = {}
    for page in sorted(FOLDER.glob("*.md")):
        if page.stem != "foundation" and f"nanxi.{page.stem.partition('_')[0]}" not in settings.ROOMS:
            continue  # a run that loads some rooms only
        for text in page.read_text(encoding="utf-8").splitlines():
            cells = [cell.strip() for cell in text.strip("|").split("|")]
            if not text.startswith("|") or cells[0] in {"address", ""} or set(cells[0]) <= {"-", ":"}:
                continue
            line = _line(cells)
            assert line.name not in found, f"{line.name} is listed twice"
            found[line.name] = line
    return found


def _line(cells: list[str]) -> Line:
    name, roles, answers, foreign = cells
    own, *rest = (part.strip() for part in answers.split(";"))
    others = {Role.of(code.strip(" ,")): int(number) for number, *codes in (part.split() for part in rest) for code in codes}
    who = (
        frozenset()
        if roles == "open"
        else frozenset(Role)
        if roles == "all"
        else frozenset(Role.of(code.strip()) for code in roles.split(","))
    )
    return Line(name, who, int(own), None if foreign in {"–", "-", ""} else int(foreign), others)
