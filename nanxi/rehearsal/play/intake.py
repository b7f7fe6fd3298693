"""The towns hand in their registers by the intake page: upload, look at the preview, commit, follow the job."""

from __future__ import annotations

import re
import threading
from typing import Any
from urllib.parse import urlparse

from nanxi.rehearsal.play.browser import Form, Officer, Page, Puzzled
from nanxi.rehearsal.play.company import tell
from nanxi.rehearsal.play.files import CountyFiles, duty_officer
from nanxi.rehearsal.play.memory import Memory
from nanxi.rehearsal.play.office import Office
from nanxi.rehearsal.play.pace import Pace

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LISTS = "/people/lists/"
#: A job of some thousand rows; after that something is wrong and the log says so.
DONE_S = 600.0
LOOK_EVERY_S = 0.5


class Intake:
    """All workbooks of the register, and lists that need no directive."""

    def __init__(self, office: Office, files: CountyFiles, memory: Memory, pace: Pace) -> None:
        self.office, self.files, self.memory, self.pace = office, files, memory, pace
        self._changed = threading.Condition()

    def in_order(self, wanted: list[str]) -> list[dict[str, Any]]:
        """Books of the register: the smallest town first, so that the desk opens early, then the towns in the wanted order."""
        books = self.files.register
        place = {town: number for number, town in enumerate(dict.fromkeys([books[0]["town"], *wanted]))}
        return sorted(books, key=lambda book: place.get(book["town"], len(place)))

    def take_in_all(self, books: list[dict[str, Any]]) -> None:
        for book in books:
            self.take_in(book)
        tell("county", "all towns are in the register")

    def take_in(self, book: dict[str, Any]) -> None:
        step = f"intake:{book['file']}"
        if f"{step}:done" in self.memory:
            return
        content = (self.files.folder / "register" / book["file"]).read_bytes()
        officer = self.office.officer(duty_officer(book["town"]))
        page = self.upload(officer, (book["file"], content), f"{book['name']}防控办", step)
        self.commit(officer, page, step)
        with self._changed:
            self.memory.keep(f"{step}:done")
            self._changed.notify_all()
        tell("intake", f"{book['file']}: {book['rows']} rows")

    def wait_for(self, town: str) -> None:
        """Until all books of a town are in the register."""
        books = [book["file"] for book in self.files.register if book["town"] == town]
        while not all(f"intake:{file}:done" in self.memory for file in books):
            self.pace.wait(1.0)

    def hand_in(self, book: tuple[str, bytes], sender: str, step: str) -> None:
        """A list without a directive."""
        officer = self.office.officer("hq-desk-1")
        page = self.upload(officer, book, sender, step)
        self.commit(officer, page, step)

    def upload(self, officer: Officer, book: tuple[str, bytes], sender: str, step: str) -> Page:
        """Hand in a workbook; the page that follows is its preview."""
        address = self.memory.get(f"{step}:page")
        if address:
            return officer.get(address)
        page = officer.get(f"{LISTS}new/")
        form = _with_file(page)
        field = next(one.name for one in form.fields.values() if one.is_file)
        facts = {name: sender for name in ("sender",) if name in form.fields}
        shown = page.send(form, facts, {field: (book[0], book[1], WORKBOOK)}, key=self.memory.key(f"{step}:upload"))
        self.memory.keep(f"{step}:page", urlparse(shown.url).path)
        return shown

    def correct(self, address: str, book: tuple[str, bytes], step: str) -> None:
        """Hand in the corrected file on the page of the earlier list, which may be that of a directive, and take it in."""
        officer = self.office.officer("hq-desk-1")
        page = officer.get(address)
        if LISTS not in page.url:
            page = officer.get(_one_list(page))
        form = page.form(action="/corrected/")
        field = next(one.name for one in form.fields.values() if one.is_file)
        shown = page.send(form, {}, {field: (book[0], book[1], WORKBOOK)}, key=self.memory.key(f"{step}:correct"))
        self.memory.keep(f"{step}:page", urlparse(shown.url).path)
        self.commit(officer, shown, step)

    def commit(self, officer: Officer, page: Page, step: str) -> None:
        """Take the list in (that of this page, or the one a directive's page links to) and wait until its rows are records."""
        if LISTS not in page.url:
            page = officer.get(_one_list(page))
        page = self._settled(officer, page)
        form = next((form for form in page.forms if form.action.endswith("/commit/")), None)
        if form is None:
            # Taken in before a restart, or the desk cannot read it and says why on the page.
            return
        self._settled(officer, page.send(form, key=self.memory.key(f"{step}:commit")))

    def _settled(self, officer: Officer, page: Page) -> Page:
        """The list's page as soon as no job is at work on it."""
        waited = 0.0
        while _state(page) in {"waiting", "running"}:
            if waited > DONE_S:
                raise Puzzled(f"{urlparse(page.url).path}: the list's job is not done after {DONE_S:.0f} s.")
            self.pace.wait(LOOK_EVERY_S)
            waited += LOOK_EVERY_S
            page = officer.get(page.url)
        if _state(page) == "failed":
            raise Puzzled(f"{urlparse(page.url).path}: the list's job failed.")
        return page


def _one_list(page: Page) -> str:
    found = next((href for href, _ in page.links if re.search(rf"{LISTS}[0-9a-f-]{{36}}/$", href)), None)
    if found is None:
        raise Puzzled(f"{urlparse(page.url).path}: no link to the list that came with it.")
    return found


def _with_file(page: Page) -> Form:
    for form in page.forms:
        if any(one.is_file for one in form.fields.values()):
            return form
    raise Puzzled(f"{urlparse(page.url).path}: no form takes a file.")


def _state(page: Page) -> str:
    found = re.search(r"nx-job nx-job-(\w+)", page.html)
    return found[1] if found else ""
