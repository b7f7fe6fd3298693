"""How long do a county's lists take from files to persons: the 637 of a rehearsal against its register of 300,000?

The register is the one that `bench/identity.py DIR --home HOME` keeps; every list goes through the services and jobs of an upload,
as a copy of that register's system worker would do it, one after another in one process. With `--large` a workbook of 10,000 rows
made of the lists' own rows is previewed and taken in instead.

    .venv/bin/python bench/county_lists.py DIR --home HOME [--lists 637] [--large] [--profile]
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import statistics
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.identity import copy_register, start_django  # noqa: E402
from bench.identity_rows import Line, rows_of  # noqa: E402
from bench.intake import LARGE, SMALL_S, found, large, take_in  # noqa: E402
from bench.people import timed  # noqa: E402
from nanxi.foundation.postgres import Cluster, Home  # noqa: E402

#: Gate of the issue for 29,170 rows, in seconds.
ALL_S = 300


def lists_of(folder: Path, most: int) -> list[tuple[str, bytes]]:
    """The lists that a county takes in, corrections instead of what they correct, none that is to be refused."""
    with (folder / "truth" / "list_files.csv").open(encoding="utf-8", newline="") as file:
        files = [(row["file"], row["must"].partition(" ")) for row in csv.DictReader(file)]
    out = {old for _, (what, _, old) in files if what == "supersedes"} | {
        name for name, (what, _, _) in files if what == "refuse"
    }
    return [(name, (folder / "lists" / name).read_bytes()) for name, _ in files if name not in out][:most]


def workbook(lines: list[Line]) -> bytes:
    """Rows of many lists as one workbook."""
    import xlsxwriter

    held = io.BytesIO()
    book = xlsxwriter.Workbook(held, {"in_memory": True})
    page = book.add_worksheet("名单")
    page.write_row(0, 0, ["序号", "姓名", "性别", "身份证号码", "联系电话", "现住址", "出生日期"])
    for number, line in enumerate(lines, start=1):
        who = line.identity
        born = who.birth_date.isoformat() if who.birth_date else ""
        page.write_row(number, 0, [number, who.name, who.sex, who.id_no, "/".join([who.phone, *who.phones]), who.address, born])
    book.close()
    return held.getvalue()


def measure(options: argparse.Namespace) -> bool:
    county = json.loads((options.folder / "county.json").read_text(encoding="utf-8"))["areas"]
    actor = found([(area["code"], area["name"]) for area in county])
    area = county[0]["code"]
    if options.large:
        return large(actor, area, workbook(rows_of(options.folder)[1][:LARGE]), options.profile)
    rows, spent = [0], []

    def one(name: str, content: bytes) -> None:
        rows.append(take_in(actor, area, name, content, preview=False))

    for name, content in lists_of(options.folder, options.lists):
        spent.append((timed(lambda name=name, content=content: one(name, content)), rows[-1]))
    whole = sum(seconds for seconds, _ in spent)
    fifty = sorted(seconds for seconds, count in spent if 40 <= count <= 60)
    print(f"  {sum(rows)} rows in {len(spent)} files, file to persons: {whole:.0f} s (gate {ALL_S})")
    print(
        f"  lists of 40 to 60 rows: p50 {statistics.median(fifty):.2f} s, slowest of {len(fifty)} {fifty[-1]:.2f} s (gate {SMALL_S})"
    )
    return whole <= ALL_S and fifty[-1] <= SMALL_S


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--lists", type=int, default=10_000, help="only so many of them")
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    home = Home(options.home)
    with Cluster(home) as cluster:
        copy_register(cluster)
        start_django(home.root)
        held: Any = measure(options)
        from django.db import connections

        connections.close_all()
    return 0 if held else 1


if __name__ == "__main__":
    raise SystemExit(main())
