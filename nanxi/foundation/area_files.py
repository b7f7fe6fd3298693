"""`nanxi areas import FILES…`: the area tree from CSV and GeoJSON, as one act. The same files again change nothing."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from nanxi.foundation.postgres import Home, roles
from nanxi.foundation.supervisor.database import enter_django, reached


def run(home: Home, files: list[Path]) -> int:
    with reached(home):
        enter_django(home, roles.WEB)
        counts = bring_in(files)
    kinds = ", ".join(f"{counts[kind]} {plural}" for kind, plural in KINDS.items() if counts[kind])
    print(f"{kinds}; {counts['shapes']} shapes, {counts['approximate']} of them approximate. {counts['new']} areas are new.")
    return 0


KINDS = {"county": "county", "town": "towns and sub-districts", "village": "villages and communities", "grid": "grids"}


def bring_in(files: list[Path]) -> Counter[str]:
    """Read and found in one transaction; counts by kind. Raises InputError naming file, row and remedy."""
    from nanxi.foundation import areas, scope
    from nanxi.foundation.act import Act, house
    from nanxi.foundation.models import Area
    from nanxi.foundation.reach import EVERYWHERE

    records = areas.read_files(files)
    act = Act(actor=house("areas"))
    with scope.enter(EVERYWHERE, at=act.now):
        before = Area.objects.count()
        kept = areas.found_areas(act, records, origin="files")
        counts = Counter(str(area.kind) for area in kept)
        counts["shapes"] = sum(area.boundary is not None for area in kept)
        counts["approximate"] = sum(area.approximate for area in kept)
        counts["new"] = Area.objects.count() - before
    return counts
