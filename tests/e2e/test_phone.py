"""A grid worker's day without a network, in a real browser before a real desk: nothing lost, nothing twice, nothing left."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.e2e.conftest import Desk, until
from tests.e2e.phone import Beside, Phone, kill

VISITS = 60
WEEK_S = 7 * 86_400


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


@pytest.fixture(scope="module")
def beside(own_desk: Desk) -> Iterator[Beside]:
    one = Beside(own_desk)
    yield one
    one.close()


@pytest.fixture
def phone(browser: Any, own_desk: Desk, tmp_path: Path) -> Iterator[Phone]:
    one = Phone(browser, own_desk, tmp_path / "profile")
    yield one
    one.close()
    assert not one.faults


def test_a_visit_recorded_at_a_tasks_own_address_leaves_it(phone: Phone, beside: Beside) -> None:
    """The page of a task was opened without a network: after the visit stands the list, not the same form once more."""
    worker = beside("lay", "3", "1")["username"]
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


def test_a_day_of_sixty_visits_without_a_network_loses_nothing(phone: Phone, own_desk: Desk, beside: Beside) -> None:
    worker = beside("lay", str(VISITS), "0")["username"]
    phone.enter(worker)
    phone.take_along()
    half = VISITS // 2

    # Thirty visits of last week; then the browser is killed.
    phone.leave()
    assert phone.page.locator("#field-page [data-field-task]").count() == VISITS
    phone.set_clock(-WEEK_S)
    phone.open()
    first = phone.work(half, photos=10)
    assert phone.waiting() == half
    kept = phone.kept()
    assert kept["extractable"] is False
    assert not [word for word in ("Made for the phone", "门口见到本人", "120.691", "JFIF") if word in kept["text"]]
    phone.die()

    # The browser is new, there is still no network: the other thirty.
    phone.wake()
    phone.open()
    phone.page.locator("[data-field-task]").first.wait_for()
    assert phone.waiting() == half
    phone.set_clock(0)
    phone.open()
    second = phone.work(half, photos=15)
    assert len({*first, *second}) == phone.waiting() == VISITS

    # The desk hears the first visits, the phone never hears that it did.
    phone.network.deaf_to = b"POST /field/api/v1/phone/visits"
    # The browser that was killed forgot the session: the worker signs in again.
    phone.network.mend()
    phone.enter(worker)
    phone.open()
    until(lambda: beside("read", "0")["handed_in"] > 0, "the first ten visits", 120)
    assert phone.waiting() == VISITS

    # A poor line, and the desk is killed while it takes in.
    phone.network.slow(0, 0.3)
    phone.network.deaf_to = b""
    before = phone.network.traffic.up
    phone.page.evaluate("dispatchEvent(new Event('online'))")
    until(lambda: phone.network.traffic.up > before + 12_000, "two batches", 90)
    kill(own_desk)
    phone.network.slow(0, 0)
    phone.open()
    phone.page.get_by_text("当前无网络").wait_for()
    left = phone.waiting()
    own_desk.start()
    assert 0 < VISITS - left <= beside("read", "0")["handed_in"] < VISITS

    phone.open()
    until(lambda: phone.waiting() == 0 and phone.page.locator("[data-field-task]").count() == 0, "all visits", 120)
    found = until(lambda: (told := beside("read", "0"))["photos"] == 5 and told, "all photos", 90)
    wanted = {
        "handed_in": VISITS, "tasks": VISITS, "standings": {"taken": VISITS}, "open": 0, "closed": VISITS, "visits": VISITS,
        "located": VISITS, "photos": 5, "week_old": half,
    }  # fmt: skip
    assert {name: found[name] for name in wanted} == wanted


def test_households_are_visited_without_a_network(phone: Phone, beside: Beside) -> None:
    phone.enter(beside("sweep", "2")["username"])
    phone.take_along()
    phone.leave()
    page = phone.page
    homes = page.locator("[data-field-task]")
    assert homes.count() == 2
    homes.nth(0).click()
    fill(phone, result="visited", answered_by="adult", living="4", unwell="0", arrived="1", note="四人在家")
    homes.nth(1).click()
    fill(phone, result="absent")
    page.locator("[data-field-found]").click()
    # What is missing is named, and nothing that was filled in is lost.
    answers = {"result": "visited", "answered_by": "adult", "living": "2", "unwell": "0", "arrived": "0"}
    fill(phone, home_address="桥头村 9 号", home_persons="2", **answers)
    page.locator(".nx-summary a[href='#q_home_address']").wait_for()
    fill(phone, home_name="潘国")
    page.locator("#field-page form").wait_for(state="detached")
    assert phone.waiting() == 3
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    phone.network.mend()
    phone.open("/field/doors/")
    until(lambda: phone.waiting() == 0, "nothing waits", 90)
    found = beside("doors", "2")
    assert found == {"outcomes": ["absent", "visited", "visited"], "counted": 3, "homes": 3, "found": 1, "again": 1}


def fill(phone: Phone, **answers: str) -> None:
    """Answer the questions of the form on the screen, and record."""
    form = phone.page.locator("#field-page form")
    for name, told in answers.items():
        control = form.locator(f'[name="{name}"]').first
        if control.get_attribute("type") == "radio":
            form.locator(f'[name="{name}"][value="{told}"]').check()
        else:
            control.fill(told)
    form.locator('button[type="submit"]').click()


def test_two_phones_a_wrong_clock_and_a_large_photo(
    browser: Any, phone: Phone, own_desk: Desk, beside: Beside, tmp_path: Path
) -> None:
    worker = beside("lay", "2", "3")["username"]
    other = Phone(browser, own_desk, tmp_path / "other", language="en", width=320)
    try:
        for one in (phone, other):
            one.enter(worker)
            # One phone's clock is a day ahead.
            one.set_clock(86_400 if one is phone else 0)
            one.take_along()
            one.leave()
        # The camera's 40 MB are not taken, and the form stays as it is.
        phone.page.locator("[data-field-task]").first.click()
        large = tmp_path / "large.jpg"
        large.write_bytes(b"\xff\xd8" + bytes(40_000_000))
        phone.page.locator('#field-page input[type="file"]').first.set_input_files(str(large))
        phone.page.get_by_text("这张照片有 40 MB").wait_for()
        answer = handed_in(phone, own_desk, large.read_bytes())
        assert (answer.status_code, "400 KB" in answer.text) == (413, True)
        # Both do the same task, and the second does the other task differently.
        phone.open()
        phone.work(2)
        other.work(1)
        other.work(1, answers={"result": ["absent", "no_answer"], "note": ["Nobody there"]})
        assert other.page.evaluate("document.documentElement.scrollWidth") <= 320
        for one in (phone, other):
            one.network.mend()
            one.open()
            until(lambda one=one: one.waiting() == 0, "nothing waits", 90)
        found = beside("read", "3")
        assert found["standings"] == {"taken": 2, "same": 1, "closed": 1}
        assert found["oldest_min"] < 30
        assert any(abs(off + 86_400) < 120 for off in found["off_s"])
        # The worker reads what became of it, and it goes when it was read.
        told = other.page.locator("[data-field-told]")
        assert told.count() == 2
        other.page.get_by_text("the task was closed before this came in").wait_for()
        told.first.locator("button").click()
        until(lambda: told.count() == 1, "one is read")
        assert not other.faults
    finally:
        other.close()


def handed_in(phone: Phone, desk: Desk, photo: bytes) -> httpx.Response:
    """A photo sent as it is by a program with the phone's own session."""
    cookies = {one["name"]: one["value"] for one in phone.context.cookies()}
    headers = {"Content-Type": "image/jpeg", "X-CSRFToken": cookies["csrftoken"], "Origin": desk.url}
    address = f"{desk.url}/field/api/v1/phone/photos/{uuid4()}?visit={uuid4()}"
    return httpx.post(address, content=photo, headers=headers, cookies=cookies, timeout=60)


def test_nothing_stays_after_signing_out_revoking_or_days_without_contact(phone: Phone, beside: Beside) -> None:
    worker = beside("lay", "2", "4")["username"]
    phone.enter(worker)
    phone.take_along()
    # Four days without a contact: the tasks are gone, what waits is not; after fifteen days it goes as well.
    phone.leave()
    phone.work(1)
    for days, waits in ((4, 1), (15, 0)):
        phone.set_clock(days * 86_400)
        phone.open()
        phone.page.get_by_text("本机没有保存任务").wait_for()
        until(lambda waits=waits: phone.waiting() == waits, f"{waits} wait after {days} days", 60)
    phone.set_clock(0)
    phone.network.mend()
    phone.take_along()
    # Signing out hands in first; without a network it says what would be lost.
    phone.leave()
    phone.work(1)
    phone.network.mend()
    # From a page that shows nothing of the day.
    phone.open("/field/duty/")
    assert phone.page.locator("#field-bar").count() == 0
    leave_by_menu(phone)
    assert beside("read", "4")["standings"] == {"taken": 1}
    assert "nanxi-field" not in phone.bases()
    # A revoked phone forgets everything with its next contact.
    phone.enter(worker)
    phone.take_along()
    assert "nanxi-field" in phone.bases()
    device = beside("bind", "4")["token"]
    beside("revoke", "4")
    phone.context.clear_cookies()
    phone.context.add_cookies([{"name": "nanxi_device", "value": device, "url": phone.network.url}])
    phone.page.evaluate("dispatchEvent(new Event('online'))")
    phone.page.get_by_text("本手机已被停用").wait_for()
    assert "nanxi-field" not in phone.bases()


def leave_by_menu(phone: Phone) -> None:
    phone.page.locator(".nx-who summary").click()
    with phone.page.expect_navigation():
        phone.page.locator('form[action$="/logout/"] button').click()
