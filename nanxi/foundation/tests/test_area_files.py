"""The real files of Yongjia, where they are to be had: 25 towns, 547 villages, 22 approximate shapes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nanxi.cli import InputError
from nanxi.foundation.area_files import bring_in
from nanxi.foundation.models import Area, LedgerEntry

DATA = Path(os.environ.get("NANXI_SHARED_DATA") or Path(__file__).resolve().parents[4] / "shared" / "data")
FILES = [
    DATA / "boundaries" / "yongjia_county_wgs84.geojson",
    DATA / "admin" / "yongjia_towns.csv",
    DATA / "admin" / "yongjia_villages.csv",
    DATA / "boundaries" / "yongjia_towns_approx_voronoi_wgs84.geojson",
]
real_files = pytest.mark.skipif(not all(file.exists() for file in FILES), reason="../shared/data is not here")


@real_files
def test_the_countys_own_files(db: None) -> None:
    counts = bring_in(FILES)
    assert {kind: counts[kind] for kind in ("county", "town", "village")} == {"county": 1, "town": 25, "village": 547}
    assert counts["approximate"] == 22
    east = Area.objects.get(code="330324001000")
    assert (east.name, east.approximate, east.boundary["type"]) == ("东城街道", True, "MultiPolygon")
    assert Area.objects.get(code="330324001001").parent_id == "330324001000"


@real_files
def test_the_same_files_again_change_nothing(db: None) -> None:
    bring_in(FILES)
    before = list(Area.objects.order_by("code").values())
    assert bring_in(FILES)["new"] == 0
    assert list(Area.objects.order_by("code").values()) == before


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.csv", "code,name\n33032400100,East\n", "a.csv row 2: '33032400100' is no area code"),
        ("a.csv", "code,name\n330324001000,East\n", "330324001000: its parent 330324000000"),
        ("a.geojson", "{}", "a.geojson: is not a GeoJSON FeatureCollection"),
        ("a.csv", b"code,name\n330324000000,\xd3\xc0\xbc\xce\n", "a.csv: cannot be read as UTF-8"),
    ],
)
def test_a_file_that_does_not_fit_is_one_sentence_and_nothing_is_kept(
    db: None, tmp_path: Path, name: str, content: str | bytes, sentence: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError) as raised:
        bring_in([path])
    assert sentence in str(raised.value)
    assert not Area.objects.exists()
    assert not LedgerEntry.objects.exists()
