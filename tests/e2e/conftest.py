"""A real desk on loopback and Debian's Chromium: what the pages do is tried as people would do it.

Without Chromium these tests are skipped and say so; with NANXI_E2E=required that is a failure.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]
SIZE = ["--persons", "400", "--days", "6", "--seed", "5"]
#: Chromium's own background traffic would be refused by a closed network, many times a minute.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).resolve().parent
    missing = shutil.which("chromium") is None
    for item in items:
        if here in Path(item.fspath).resolve().parents:
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.timeout(600))
            if missing and os.environ.get("NANXI_E2E") != "required":
                item.add_marker(
                    pytest.mark.skip(reason="Chromium is not installed (Debian: apt-get install chromium fonts-noto-cjk)")
                )


class Desk:
    """A running desk: addresses and home. By default a rehearsal without its clients, whose county's files are beside it."""

    def __init__(self, home: Path, *words: str) -> None:
        self.home, self.words = home, words or ("--rehearsal", "--alone", *SIZE)
        self.port = free_ports()
        self.url, self.ingest = f"http://127.0.0.1:{self.port}", f"http://127.0.0.1:{self.port + 1}"
        self.said: list[str] = []

    def start(self) -> None:
        words = ["serve", "--home", str(self.home), "--port", str(self.port), *self.words]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "nanxi.cli", *words], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env=bare_environment(),
        )  # fmt: skip
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)
            if line.startswith("Ready after"):
                break
        else:
            pytest.fail("the desk did not start:\n" + "".join(self.said))

    def found(self) -> dict[str, Any]:
        """Wait for the county's files and hand the county over, as the rehearsal's client does. Returns it."""
        folder = self.home / "files" / "rehearsal"
        until((folder / "county.json").exists, "the county's files", 120)
        content = (folder / "county.json").read_bytes()
        with httpx.Client(base_url=self.url, timeout=60) as door:
            door.get("/setup/")
            headers = {
                "X-CSRFToken": door.cookies["csrftoken"],
                "Referer": f"{self.url}/setup/",
                "Content-Type": "application/json",
            }
            assert door.post("/setup/rehearsal/", content=content, headers=headers).status_code == 201
        return json.loads(content)

    def stop(self) -> float:
        """Ctrl-C; the seconds it took to end."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)
        return time.monotonic() - began


def bare_environment() -> dict[str, str]:
    """As somebody's shell has it: nothing of this test run."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("NANXI_", "DJANGO_"))}


def free_ports() -> int:
    """A port whose successor is free too."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


def until(answer: Any, question: str, patience_s: float = 30) -> Any:
    """Ask until the answer is true; the answer."""
    end = time.monotonic() + patience_s
    while not (found := answer()):
        if time.monotonic() > end:
            pytest.fail(f"{question}: not within {patience_s:.0f} s")
        time.sleep(0.1)
    return found


@pytest.fixture(scope="session")
def desk() -> Iterator[Desk]:
    # The database server runs as another user when tests run as root and must be able to pass through; pytest's own
    # folders are closed again by every run.
    with tempfile.TemporaryDirectory(prefix="nanxi-e2e-") as folder:
        Path(folder).chmod(0o755)
        one = Desk(Path(folder) / "home")
        one.start()
        try:
            yield one
            assert one.stop() < 10, "Ctrl-C must end everything within ten seconds, open pages or not"
        finally:
            if one.process.poll() is None:
                one.process.kill()


@pytest.fixture(scope="session")
def county(desk: Desk) -> dict[str, Any]:
    return desk.found()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield chromium
        chromium.close()


class Officer:
    """One person at one browser, signed in by a click; remembers every complaint of the browser's console."""

    def __init__(
        self, browser: Any, desk: Desk, username: str, *, width: int = 1280, height: int = 860, language: str = "zh-CN"
    ) -> None:
        self.desk, self.username = desk, username
        self.context = browser.new_context(
            viewport={"width": width, "height": height}, locale=language, accept_downloads=True, timezone_id="Asia/Shanghai"
        )
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda e: self.complaints.append(str(e)))
        self.page.set_default_timeout(15_000)
        if username:
            self.page.goto(f"{desk.url}/enter/")
            button = self.page.locator(f'[data-enter="{username}"]')
            if button.count() == 0:
                form = self.page.locator(f'form:has(option[value="{username}"])')
                form.locator("select").select_option(username)
                button = form.locator("button")
            with self.page.expect_navigation():
                button.click()

    def open(self, path: str) -> Any:
        answer = self.page.goto(self.desk.url + path if path.startswith("/") else path)
        assert answer is not None
        return answer

    def menu(self, path: str) -> None:
        """Reach a page as people do: by its line in the menu."""
        self.page.click(f'nav a[href="{path}"]')
        self.page.wait_for_url(f"**{path}")

    def send(self, action: str, **values: Any) -> None:
        """Fill the form whose address ends so, and press its first button. `_button`: the value of the button to press."""
        button = values.pop("_button", None)
        # Without an address: the form of the page that holds the first field.
        holding = f':has([name="{next(iter(values))}"])' if values else ""
        form = self.page.locator(f'form[action$="{action}"]' if action else f'form[method="post"]{holding}').first
        for name, value in values.items():
            self._fill(form.locator(f'[name="{name}"]').first, value)
        wanted = (
            form.locator(f'button[value="{button}"]')
            if button
            else form.locator('button:not([type="button"]):not(.visually-hidden)')
        )
        with self.page.expect_navigation():
            wanted.first.click()

    def _fill(self, field: Any, value: Any) -> None:
        kind = field.evaluate("e => e.tagName + ':' + (e.type || '')").lower()
        if kind.startswith("select"):
            field.select_option(value)
        elif kind == "input:file":
            field.set_input_files(value)
        elif kind == "input:radio":
            self.page.locator(f'[name="{field.get_attribute("name")}"][value="{value}"]').check()
        elif kind == "input:checkbox":
            field.set_checked(bool(value))
        else:
            field.fill(str(value))

    def says(self, text: str) -> bool:
        return text in self.page.inner_text("body")

    def link(self, pattern: str) -> str:
        """The first address on the page that fits."""
        found = [
            a
            for a in self.page.eval_on_selector_all("a[href]", "all => all.map(a => a.getAttribute('href'))")
            if re.search(pattern, a)
        ]
        assert found, f"no link like {pattern} on {self.page.url}"
        return found[0]

    def shot(self, name: str) -> None:
        """Keep a picture for the docs, when asked to (NANXI_SCREENSHOTS=1)."""
        if os.environ.get("NANXI_SCREENSHOTS"):
            folder = ROOT / "docs" / "screenshots"
            folder.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=folder / f"{name}.png")

    def close(self) -> None:
        self.context.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    outcome: Any = yield
    item.went_wrong = outcome.get_result().failed or getattr(item, "went_wrong", False)  # type: ignore[attr-defined]


@pytest.fixture
def enter(request: pytest.FixtureRequest, browser: Any, desk: Desk, county: dict[str, Any]) -> Iterator[Any]:
    """`enter("town-101-1")`: an officer at a browser of his own. At the end no console may have complained."""
    everybody: list[Officer] = []

    def one(username: str, **options: Any) -> Officer:
        everybody.append(Officer(browser, desk, username, **options))
        return everybody[-1]

    yield one
    if getattr(request.node, "went_wrong", False):
        # What the last person saw, and what the desk wrote in its logs, beside the failure.
        for officer in everybody:
            print(f"--- {officer.username} at {officer.page.url}\n{officer.page.inner_text('body')[:3000]}")
        for log in sorted((desk.home / "log").glob("*.log")):
            print(f"--- {log.name}\n" + "\n".join(log.read_text(errors="replace").splitlines()[-15:]))
    complaints = {officer.username: officer.complaints for officer in everybody if officer.complaints}
    for officer in everybody:
        officer.close()
    assert not complaints, f"the browser complained: {complaints}"
