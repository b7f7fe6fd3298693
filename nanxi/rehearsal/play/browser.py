"""An officer at the desk's pages without a screen: opens a page, fills a form that is really on it, sends it.

A form is found by what it contains, and a value for a field that the page does not show is an error: the story breaks where a
person would stand puzzled, not later.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlparse

import httpx

from nanxi.rehearsal.play.pace import Pace

#: Enough for a page during an import on a loaded machine; a person would have given up.
PATIENCE_S = 60.0
#: Pauses before asking a desk again that is away or overloaded; the last one repeats until it is back.
PAUSES_S = (0.5, 1.0, 2.0, 5.0, 10.0)


class Puzzled(Exception):
    """The page does not offer what the story wants to do. Names page and field."""


class Declined(Puzzled):
    """The desk understood and said no, with a sentence that says why (409, 413, 422)."""


@dataclass
class Field:
    name: str
    value: str = ""
    #: Values one may choose from, with what the page calls them (selects, radios); empty for free text.
    choices: list[tuple[str, str]] = field(default_factory=list)
    is_file: bool = False
    many: bool = False


@dataclass
class Form:
    action: str = ""
    method: str = "get"
    fields: dict[str, Field] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class _Forms(HTMLParser):
    """Forms of a page with the values a browser would send, and the page's links and text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        #: Fields outside any form: a fragment that a form asks for, line by line.
        self.loose = Form()
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self.words: list[str] = []
        self._form: Form | None = None
        self._by_id: dict[str, Form] = {}
        self._select: Field | None = None
        self._option: tuple[str, bool] | None = None
        self._area: Field | None = None
        self._link: str | None = None
        self._text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = self._named(said["id"]) if said.get("id") else Form()
            self._form.action, self._form.method = said.get("action", ""), said.get("method", "get").lower()
            self.forms.append(self._form)
        elif tag == "a":
            self._link, self._text = said.get("href", ""), []
        elif tag in {"input", "button", "select", "textarea"}:
            form = self._named(said["form"]) if "form" in said else self._form or self.loose
            if "disabled" not in said:
                self._control(tag, said, form)
        elif tag == "option" and self._select is not None:
            self._end_option()
            self._option = (said.get("value", ""), "selected" in said)
            self._text = []

    def _named(self, name: str) -> Form:
        """A form by its id; fields may come before it."""
        return self._by_id.setdefault(name, Form())

    def _control(self, tag: str, said: dict[str, str], form: Form) -> None:
        name, kind = said.get("name", ""), said.get("type", "submit" if tag == "button" else "text").lower()
        if tag == "button" or kind in {"submit", "image"}:
            form.buttons.append((name, said.get("value", "")))
            return
        if not name:
            return
        known = form.fields.setdefault(name, Field(name))
        if tag == "select":
            known.many, self._select = "multiple" in said, known
        elif tag == "textarea":
            self._area, self._text = known, []
        elif kind in {"radio", "checkbox"}:
            known.choices.append((said.get("value", "on"), said.get("value", "on")))
            known.many = known.many or (kind == "checkbox" and len(known.choices) > 1)
            known.value = said.get("value", "on") if "checked" in said else known.value
        else:
            known.value, known.is_file = said.get("value", ""), kind == "file"

    def handle_data(self, data: str) -> None:
        self._text.append(data)
        self.words.append(data)

    def _end_option(self) -> None:
        if self._select is None or self._option is None:
            return
        value, chosen = self._option
        first = not self._select.choices and not self._select.many
        self._select.choices.append((value, " ".join("".join(self._text).split())))
        self._select.value = value if chosen or first else self._select.value
        self._option = None

    def handle_endtag(self, tag: str) -> None:
        if tag == "option":
            self._end_option()
        elif tag == "select":
            self._end_option()
            self._select = None
        elif tag == "textarea" and self._area is not None:
            self._area.value, self._area = "".join(self._text), None
        elif tag == "a" and self._link is not None:
            self.links.append((self._link, " ".join("".join(self._text).split())))
            self._link = None
        elif tag == "form":
            self._form = None


@dataclass(frozen=True)
class Page:
    """A page as it came: where it is, its forms, links and text."""

    officer: Officer
    url: str
    status: int
    forms: list[Form]
    loose: Form
    links: list[tuple[str, str]]
    text: str
    html: str

    def form(self, *names: str, action: str = "") -> Form:
        """The first form that has all these fields (or buttons) and whose address contains `action`."""
        for form in self.forms:
            offered = set(form.fields) | {name for name, _ in form.buttons}
            if action in urljoin(self.url, form.action) and offered.issuperset(names):
                return form
        raise Puzzled(
            f"{urlparse(self.url).path}: no form with {', '.join(names) or 'any field'} towards {action or 'anywhere'}."
        )

    def link(self, part: str) -> str:
        """The first link whose address contains `part`."""
        for href, _ in self.links:
            if part in href:
                return urljoin(self.url, href)
        raise Puzzled(f"{urlparse(self.url).path}: no link to {part}.")

    def send(
        self,
        form: Form,
        values: Mapping[str, Any] | None = None,
        files: Mapping[str, Any] | None = None,
        *,
        press: str = "",
        key: str = "",
    ) -> Page:
        """Fill and submit the form by its first button or the one whose value is `press`. A field that is not on the form, or a
        choice that is not offered, is an error. `key` takes the place of the form's own key: a repeat changes nothing."""
        data: dict[str, Any] = {
            name: one.value for name, one in form.fields.items() if not one.is_file and (one.value or not one.choices)
        }
        data.update(self._pressed(form, press))
        for name, value in (values or {}).items():
            self._check(form, name, value)
            data[name] = value
        if key and "_key" in form.fields:
            data["_key"] = key
        target = urljoin(self.url, form.action or self.url)
        if form.method == "post":
            return self.officer.post(target, data, files, referer=self.url)
        return self.officer.get(target, data)

    def _pressed(self, form: Form, press: str) -> dict[str, str]:
        if press and press not in {value for _, value in form.buttons}:
            offered = ", ".join(value for _, value in form.buttons if value)
            raise Puzzled(f"{urlparse(self.url).path}: no button {press!r}; there are {offered or 'none with a value'}.")
        name, value = next(((name, value) for name, value in form.buttons if not press or value == press), ("", ""))
        return {name: value} if name else {}

    def _check(self, form: Form, name: str, value: Any) -> None:
        at = urlparse(self.url).path
        one = form.fields.get(name)
        if one is None and name not in {button for button, _ in form.buttons}:
            raise Puzzled(f"{at}: the form has no field {name!r}; it has {', '.join(form.fields)}.")
        wanted = value if isinstance(value, list | tuple) else [value]
        if one is not None and one.choices and not {str(v) for v in wanted} <= {choice for choice, _ in one.choices}:
            offered = ", ".join(choice for choice, _ in one.choices[:12])
            raise Puzzled(f"{at}: field {name!r} does not offer what is wanted; it offers {offered}.")


class Officer:
    """One browser session; threads take turns with it."""

    def __init__(self, base: str, username: str, pace: Pace) -> None:
        self.base, self.username, self.pace = base, username, pace
        self._lock = threading.RLock()
        self.http = httpx.Client(base_url=base, timeout=PATIENCE_S, follow_redirects=True, headers={"Accept-Language": "zh-hans"})

    def enter(self) -> Page:
        """Press the rehearsal's "enter as" button of this officer."""
        self.get("/enter/")
        token = self.http.cookies.get("csrftoken", "")
        return self.post(
            "/enter/", {"username": self.username, "csrfmiddlewaretoken": token}, referer=urljoin(self.base, "/enter/")
        )

    def get(self, url: str, query: Mapping[str, Any] | None = None) -> Page:
        page = self._page(self._again(lambda: self.http.get(url, params=dict(query) if query else None)))
        if urlparse(page.url).path.startswith("/accounts/login"):
            # The desk was restarted or the session ran out.
            self.enter()
            page = self._page(self._again(lambda: self.http.get(url, params=dict(query) if query else None)))
        return page

    def post(self, url: str, data: Mapping[str, Any], files: Mapping[str, Any] | None = None, *, referer: str = "") -> Page:
        headers = {"Referer": referer} if referer else {}
        return self._page(self._again(lambda: self.http.post(url, data=dict(data), files=files, headers=headers)))

    def _again(self, ask: Callable[[], httpx.Response]) -> httpx.Response:
        """Again after a broken line or a 502 to 504, until the desk is back: forms carry a key, so a repeat changes nothing."""
        tries = 0
        while True:
            self.pace.turn()
            try:
                with self._lock:
                    answer = ask()
            except httpx.TransportError:
                answer = None
            if answer is not None and answer.status_code not in {502, 503, 504}:
                return answer
            self.pace.wait(PAUSES_S[min(tries, len(PAUSES_S) - 1)])
            tries += 1

    def _page(self, answer: httpx.Response) -> Page:
        parser = _Forms()
        if "html" in answer.headers.get("content-type", ""):
            parser.feed(answer.text)
        text = " ".join(" ".join(parser.words).split())
        page = Page(self, str(answer.url), answer.status_code, parser.forms, parser.loose, parser.links, text, answer.text)
        if answer.status_code >= 400:
            kind = Declined if answer.status_code in {409, 413, 422} else Puzzled
            raise kind(
                f"{self.username} at {urlparse(page.url).path}: the desk answered {answer.status_code}. {_said(answer.text)}"
            )
        return page


def _said(html: str) -> str:
    """The words of an answer's main part, without its menus."""
    parser = _Forms()
    parser.feed(html[html.find("<main") :] if "<main" in html else html)
    return " ".join(" ".join(parser.words).split())[:300]
