"""Every command on the how-to page runs as it is written there, on files of the names and columns the page gives."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import numpy as np
import pytest

from nanxi.cli import main

PAGE = Path(__file__).resolve().parents[4] / "docs" / "how-to" / "epi-on-your-own-data.md"
CASES = [2, 3, 5, 6, 9, 11, 14, 16, 18, 19, 21, 24, 22, 20, 19, 17]


def commands() -> list[str]:
    text = PAGE.read_text(encoding="utf-8")
    return re.findall(r"nanxi epi [a-z]+ [^`\n]+", text)


def lay_out(folder: Path) -> None:
    rng = np.random.default_rng(3)

    def write(name: str, header: str, lines: list[str]) -> None:
        (folder / name).write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")

    days = [f"2020-01-{day:02d}" for day in range(1, 17)]
    write("daily.csv", "date,incidence", [f"{day},{n}" for day, n in zip(days, CASES, strict=True)])
    write("totals.csv", "date,total", [f"{day},{n}" for day, n in zip(days, np.cumsum(CASES), strict=True)])
    write("my-interval.csv", "k,w", ["0,0", "1,0.2", "2,0.5", "3,0.3"])
    write("list.csv", "onset,report", [f"2020-01-{d:02d},2020-01-{d + d % 3 + 1:02d}" for d in range(8, 26) for _ in range(3)])
    towns = [f"2020-{1 + d // 28:02d}-{1 + d % 28:02d},{town},{rng.poisson(5)}" for town in ("A", "B") for d in range(28)]
    write("c.csv", "date,series,count", towns)
    write("festival.csv", "date", ["2020-01-24", "2020-01-25"])
    write("weeks.csv", "t,count", [f"{t},{rng.poisson(8)}" for t in range(5 * 52 + 10)])
    write("arrivals.csv", "town,origin,arrivals", ["Oubei,Wuhan,300"])
    write("origins.csv", "origin,cases14,population", ["Wuhan,2000,11000000"])


def test_every_command_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = commands()
    assert len(found) >= 14
    lay_out(tmp_path)
    for line in found:
        words = shlex.split(line, comments=True)[1:]
        if words[1] == "score":
            with (tmp_path / "daily.csv").open("a", encoding="utf-8") as file:
                file.writelines(f"2020-01-{day},{30 - day}\n" for day in range(17, 24))
        assert main(words) == 0, line
        for option in ("-o", "--plot"):
            if option in words:
                assert Path(words[words.index(option) + 1]).is_file(), line
