"""The towns hand in their registers by the intake page: upload, look at the preview, commit, follow the job."""

from __future__ import annotations

import re
import threading
from typing import Any
from urllib.parse import urljoin, urlparse

from nanxi.rehearsal.play.browser import Form, Officer, Page, Puzzled
from nanxi.rehearsal.play.company import tell
from nanxi.rehearsal.play.files import CountyFiles, duty_officer
from nanxi.rehearsal.play.memory import Memory
from nanxi.rehearsal.play.office import Office
from nanxi.rehearsal.play.pace import Pace

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
UPLOAD = "/people/intake/new/"
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
        page = officer.get(UPLOAD)
        form = _with_file(page)
        field = next(one.name for one in form.fields.values() if one.is_file)
        facts = {name: sender for name in ("sender",) if name in form.fields}
        shown = page.send(form, facts, {field: (book[0], book[1], WORKBOOK)}, key=self.memory.key(f"{step}:upload"))
        self.memory.keep(f"{step}:page", urlparse(shown.url).path)
        return shown

    def commit(self, officer: Officer, page: Page, step: str) -> None:
        """Press commit on the preview (or on the list that a directive's page links to) and wait for the job."""
        form = self._commit_form(officer, page)
        if form is None:
            return
        page, button = form
        page = page.send(button, key=self.memory.key(f"{step}:commit"))
        self._wait(officer, page)

    def _commit_form(self, officer: Officer, page: Page) -> tuple[Page, Form] | None:
        waited = 0.0
        while True:
            found = next((form for form in page.forms if form.action.rstrip("/").endswith("commit")), None)
            if found is not None:
                return page, found
            if "/people/intake/" not in page.url:
                page = officer.get(page.link("/people/intake/"))
                continue
            if _state(page) == "done" and waited:
                return None
            if waited > DONE_S:
                raise Puzzled(f"{urlparse(page.url).path}: the list cannot be committed. {page.text[-300:]}")
            self.pace.wait(LOOK_EVERY_S)
            waited += LOOK_EVERY_S
            page = officer.get(page.url)

    def _wait(self, officer: Officer, page: Page) -> None:
        job = re.search(r"/jobs/[0-9a-f-]{36}/", page.html)
        if job is None:
            return
        waited = 0.0
        while waited < DONE_S:
            state = _state(officer.get(urljoin(page.url, job[0])))
            if state == "done":
                return
            if state in {"failed", "stopped"}:
                raise Puzzled(f"{job[0]}: the job {state}.")
            self.pace.wait(LOOK_EVERY_S)
            waited += LOOK_EVERY_S
        raise Puzzled(f"{job[0]}: not done after {DONE_S:.0f} s.")


def _with_file(page: Page) -> Form:
    for form in page.forms:
        if any(one.is_file for one in form.fields.values()):
            return form
    raise Puzzled(f"{urlparse(page.url).path}: no form takes a file.")


def _state(page: Page) -> str:
    found = re.search(r"nx-job nx-job-(\w+)", page.html)
    return found[1] if found else ""
