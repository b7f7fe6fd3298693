"""`nanxi serve` for real: an empty county, founded in the browser, and no way in without the second factor."""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from nanxi.foundation.clock import WALL, county_day
from nanxi.foundation.tests.test_first_run import AREAS, PASSWORD, totp
from tests.e2e.conftest import Desk, Officer


@pytest.fixture(scope="module")
def empty() -> Iterator[Desk]:
    with tempfile.TemporaryDirectory(prefix="nanxi-e2e-") as folder:
        Path(folder).chmod(0o755)
        one = Desk(Path(folder) / "home", "--host", "127.0.0.1")
        one.start()
        try:
            yield one
            one.stop()
        finally:
            if one.process.poll() is None:
                one.process.kill()


def test_a_county_is_founded_and_its_administrator_needs_two_factors(browser: Any, empty: Desk, tmp_path: Path) -> None:
    areas = tmp_path / "areas.csv"
    areas.write_text(AREAS, encoding="utf-8")
    admin = Officer(browser, empty, "")
    page = admin.page
    admin.open("/")
    assert page.url.endswith("/setup/"), "a stranger in an empty county is led to the first run"
    assert "演练" not in page.inner_text("body")
    admin.shot("first-run")
    admin.send(
        "", name="永嘉县", legal_basis="《中华人民共和国传染病防治法》第四十二条", area_files=str(areas), username="zhou",
        display_name="周敏", until=(county_day(WALL.now()) + timedelta(days=90)).isoformat(), password=PASSWORD,
    )  # fmt: skip
    secret = re.search(r"\b[A-Z2-7]{32}\b", page.content())
    assert secret, "the second factor comes before anything else"
    admin.send("", code=totp(secret[0], time.time()))
    assert "recovery-codes" in page.url, page.inner_text("body")[:600]
    admin.open("/units/")
    assert admin.says("永嘉县") or admin.says("指挥部")
    assert admin.open("/enter/").status == 404, "nobody enters a real county by a click"
    admin.complaints.clear()

    stranger = Officer(browser, empty, "")
    stranger.open("/units/")
    assert "/accounts/login/" in stranger.page.url
    stranger.send("", login="zhou", password=PASSWORD)
    assert "/2fa/" in stranger.page.url, "the password alone opens nothing"
    stranger.open("/units/")
    assert "/units/" not in stranger.page.url
    assert not admin.complaints
    for one in (admin, stranger):
        one.close()
