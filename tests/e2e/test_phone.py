"""A grid worker's day without a network, in a real browser before a real desk: nothing lost, nothing twice, nothing left."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Desk, until
from tests.e2e.phone import Phone, beside


@pytest.fixture(scope="module")
def own_desk() -> Iterator[Desk]:
    """A desk of this module's own, because it is killed here."""
    with tempfile.TemporaryDirectory(prefix="nanxi-e2e-phone-") as folder:
        Path(folder).chmod(0o755)
        one = Desk(Path(folder) / "home")
        one.start()
        try:
            one.found()
            yield one
        finally:
            if one.process.poll() is None:
                one.stop()


@pytest.fixture
def phone(browser: Any, own_desk: Desk, tmp_path: Path) -> Iterator[Phone]:
    one = Phone(browser, own_desk, tmp_path / "profile")
    yield one
    one.close()
    assert not one.faults


def test_a_visit_recorded_at_a_tasks_own_address_leaves_it(phone: Phone, own_desk: Desk) -> None:
    """The page of a task was opened without a network: after the visit stands the list, not the same form once more."""
    worker = beside(own_desk, "lay", "3", "1")["username"]
    phone.enter(worker)
    phone.take_along()
    tasks = phone.page.locator("[data-field-task]").evaluate_all("all => all.map((one) => one.dataset.fieldTask)")
    phone.network.cut()
    phone.open(f"/field/tasks/{tasks[0]}/")
    form = phone.page.locator("#field-page form")
    form.locator('[name="result"]').first.check()
    form.locator('button[type="submit"]').click()
    form.wait_for(state="detached")
    phone.work(1)
    assert phone.waiting() == 2
    # What waits is not filled in again.
    phone.page.locator(f'[data-field-task="{tasks[0]}"]').click()
    phone.page.get_by_text("已登记并保存在本机").wait_for()
    assert form.count() == 0
    phone.network.mend()
    phone.open()
    until(lambda: phone.waiting() == 0, "nothing waits", 90)
