"""Every page of every role's menu, at a desk and on a phone: no complaint of the browser, no overflow, no barrier, no English.

The county is as empty as on its first day or as full as the thread's steps made it; nothing here writes to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import ROOT, Desk, Officer
from tests.e2e.people import largest_register

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
ROLES = ("hq-desk-1", "hq-leader", "town", "cdc-1", "lab-1", "station-1", "oversight", "operator", "grid", "post-1", "nobody")
#: Pages that no menu leads to: of the public, and those that forms begin with.
PUBLIC = ("/enter/", "/accounts/login/", "/my/transparency/", "/pin/")
FORMS = {"hq-desk-1": ("/desk/directives/new/", "/people/lists/new/"), "cdc-1": ("/orders/new/",)}
WIDTHS = (1280, 360)
#: Words that stay as they are on a Chinese page: formats, keys, sign-in names, the ledger's kinds, the other language's name.
KEPT = re.compile(
    r"English|Rehearsal|QR|PIN|ID|GPS|WGS-84|GCJ-02|BD-09|OwnTracks|Excel|xlsx?|csv|Ctrl|Enter|[a-z]+(?:[-_.][\w-]+)+",
    re.IGNORECASE,
)
SERIOUS = """axe.run(document, {resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'best-practice']})
    .then(found => found.violations
    .filter(one => ['serious', 'critical'].includes(one.impact))
    .map(one => one.id + ': ' + one.nodes.slice(0, 2).map(node => node.html.slice(0, 120)).join(' | ')))"""
HEADINGS = """[...document.querySelectorAll('h1, h2, h3, th, label, legend, button, a.btn, nav a, .nx-nothing')]
    .filter(one => one.checkVisibility() && !one.closest('[data-enter], [lang="en"], .nx-who'))
    .map(one => one.innerText.trim())"""
#: What sticks out to the right, tables that are meant to be pushed sideways left out.
WIDE = """[...document.querySelectorAll('body *')]
    .filter(one => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest('.table-responsive, .nx-scroll'))
    .slice(0, 3).map(one => one.tagName + '.' + one.className)"""


@pytest.fixture(scope="module")
def axe() -> str:
    if not AXE.exists():
        pytest.skip("axe-core is not installed (npm ci); the pages were not looked at for barriers")
    return AXE.read_text(encoding="utf-8")


@pytest.fixture
def officers(browser: Any, desk: Desk, county: dict[str, Any]) -> Iterator[Any]:
    """An officer at a browser of a given width. Reading English is tried for, so pages are asked for in Chinese."""
    everybody: list[Officer] = []

    def one(name: str, width: int) -> Officer:
        town = largest_register(desk.home / "files" / "rehearsal")
        names = {"town": town.officer, "grid": f"grid-{town.people[0].village[6:]}", "nobody": ""}
        everybody.append(Officer(browser, desk, names.get(name, name), width=width, height=800))
        return everybody[-1]

    yield one
    for officer in everybody:
        officer.close()


def faults_of(officer: Officer, path: str, axe: str) -> list[str]:
    """What is wrong with the page that is open."""
    page, width = officer.page, officer.page.viewport_size["width"]
    wrong = [f"console: {one}" for one in officer.complaints]
    officer.complaints.clear()
    if page.evaluate("document.documentElement.scrollWidth") > width:
        wrong.append(f"wider than {width} px: {page.evaluate(WIDE)}")
    left = {text for text in page.evaluate(HEADINGS) if re.search(r"[A-Za-z]{2,}", KEPT.sub("", text))}
    if left:
        wrong.append(f"not in Chinese: {sorted(left)[:5]}")
    if axe:
        page.evaluate(axe)
        wrong += [f"barrier {one}" for one in page.evaluate(SERIOUS)]
    return [f"{path} at {width} px: {one}" for one in wrong]


def menu_of(officer: Officer) -> list[str]:
    """Where the officer lands, and every line of the menu."""
    landed = officer.page.url.removeprefix(officer.desk.url)
    return [landed, *officer.page.eval_on_selector_all("#nx-menu a", "all => all.map(one => one.getAttribute('href'))")]


@pytest.mark.parametrize("role", ROLES)
def test_every_page_of_the_menu(officers: Any, axe: str, role: str) -> None:
    wrong: list[str] = []
    for width in WIDTHS:
        officer = officers(role, width)
        paths = PUBLIC if role == "nobody" else [*menu_of(officer), *FORMS.get(role, ())]
        for path in dict.fromkeys(paths):
            answer = officer.open(path)
            if path == "/pin/":
                officer.complaints.clear()  # 403 is this page's answer to a phone that is not bound
            else:
                assert answer.status == 200, path
            # On a phone everything is there that is at a desk, and it is tighter: barriers are looked for once.
            wrong += faults_of(officer, path, axe if width == min(WIDTHS) else "")
    assert not wrong, "\n".join(wrong)


def test_it_works_without_a_mouse(officers: Any) -> None:
    """Past the menu to the content, the help and away again, home, a form sent with Ctrl+Enter."""
    officer = officers("hq-desk-1", 1280)
    page = officer.page
    officer.open("/units/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "nx-skip", "the first stop leads past the menu"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "nx-main"
    page.keyboard.press("?")
    assert page.locator("#nx-help").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#nx-help").is_visible()
    page.keyboard.type("gh")
    page.wait_for_url(officer.desk.url + "/")
    officer.open("/brief/")
    page.focus('main form [name="day"]')
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/brief/?*day=*")


def test_a_form_keeps_what_was_typed_and_names_the_field(officers: Any) -> None:
    officer = officers("hq-desk-1", 360)
    page = officer.page
    officer.open("/desk/directives/new/")
    page.evaluate("document.querySelectorAll('main form [required]').forEach(one => one.required = false)")
    page.fill('[name="number"]', "温防指〔2026〕77号")
    with page.expect_navigation():
        page.locator('main form[method="post"] button.btn-primary').click()
    assert page.input_value('[name="number"]') == "温防指〔2026〕77号"
    summary = page.locator(".nx-summary")
    assert summary.locator("a").count() >= 1, "the summary leads to the field"
    assert page.evaluate("document.activeElement.classList.contains('nx-summary')"), "read out at once"
    summary.locator("a").first.click()
    assert page.evaluate("document.activeElement.matches('input, select, textarea')")


def test_print_pages_fit_their_paper(officers: Any, tmp_path: Path) -> None:
    officer = officers("hq-leader", 1280)
    officer.open("/brief/")
    address = officer.page.locator('a[href*="print"]').first.get_attribute("href")
    officer.open(address)
    assert officer.page.locator("h1").inner_text().strip()
    content = officer.page.pdf(path=tmp_path / "brief.pdf")
    assert len(re.findall(rb"/Type\s*/Page[^s]", content)) <= 3
