"""The shell: strict content policy, menu by right, pages that stand without the npm files, forms that say what is wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import Client, RequestFactory

from nanxi.foundation.rights import Right, Role
from nanxi.web import menu

HOUSE = Path(menu.__file__).resolve().parent.parent
TEMPLATES = sorted(HOUSE.glob("*/templates/**/*.html"))
MODULES = sorted((HOUSE / "web" / "static" / "nanxi").glob("*.js"))
#: What the content policy would silently refuse in a browser.
FORBIDDEN = {
    "inline style": re.compile(r"\sstyle\s*=\s*[\"']"),
    "style element": re.compile(r"<style\b"),
    "inline script": re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>"),
    "event attribute": re.compile(r"<[^>{]*\son[a-z]+\s*=\s*[\"']"),
    "javascript address": re.compile(r"javascript:", re.IGNORECASE),
    "something from outside": re.compile(r"(?:src|href)\s*=\s*[\"'](?:https?:)?//(?!\{)"),
}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(HOUSE)))
def test_templates_hold_nothing_the_content_policy_refuses(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not [name for name, pattern in FORBIDDEN.items() if pattern.search(text)]


@pytest.mark.parametrize("name", sorted(FORBIDDEN))
def test_the_search_for_refused_things_finds_them(name: str) -> None:
    bad = {
        "inline style": '<p style="color:red">', "style element": "<style>", "inline script": "<script>go()</script>",
        "event attribute": '<a onclick="go()">', "javascript address": '<a href="javascript:go()">',
        "something from outside": '<img src="https://example.org/a.png">',
    }[name]  # fmt: skip
    assert FORBIDDEN[name].search(bad)


def test_modules_call_nobody_outside_and_evaluate_nothing() -> None:
    for path in MODULES:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"https?://|\beval\(|new Function|innerHTML", text), path.name


def test_each_role_sees_the_entries_of_its_rights() -> None:
    for role in Role:
        shown = {line.address for group in menu.groups_for(role, "/") for line in group.lines}
        wanted = {entry.address() for entry in menu.entries() if role.rights & {entry.right, *entry.also}}
        assert shown == wanted - {None}
    assert menu.groups_for(None, "/") == []


def test_the_longest_fitting_entry_is_marked() -> None:
    lines = [line for group in menu.groups_for(Role.OPERATOR, "/units/new/") for line in group.lines]
    assert [line.address for line in lines if line.here] == ["/units/"]


def test_an_unknown_address_hides_the_entry() -> None:
    assert menu.Entry("x", "no-such-name", Right.SEE_DESK).address() is None


def request(path: str = "/?page=2&state=open", **headers: str) -> object:
    return RequestFactory().get(path, headers=headers)


def show(markup: str, **values: object) -> str:
    return Template("{% load nanxi %}" + markup).render(Context(values))


def test_htmx_gets_a_part_and_others_a_page() -> None:
    assert menu.context(request(**{"HX-Request": "true"}))["frame"] == "web/bare.html"  # type: ignore[arg-type]
    assert menu.context(request())["frame"] == "web/plain.html"  # type: ignore[arg-type]


def test_badges_carry_a_mark_and_escape() -> None:
    assert "■" in show("{% badge text 'danger' %}", text="<b>")
    assert "&lt;b&gt;" in show("{% badge text 'danger' %}", text="<b>")


def test_pages_keep_the_filter() -> None:
    page = Paginator(range(200), 50).get_page(2)
    html = show("{% pages page %}", page=page, request=request())
    assert "?page=3&amp;state=open" in html
    assert "?page=1&amp;state=open" in html


class Sample(forms.Form):
    when = forms.CharField(label="When", help_text="as on the list")
    kind = forms.ChoiceField(choices=[("a", "A")], required=False)


def test_a_faulty_form_sums_up_and_points_to_the_field() -> None:
    html = show("{% formbody form %}", form=Sample({}))
    assert 'href="#id_when"' in html
    assert 'aria-describedby="id_when_help id_when_error"' in html
    assert 'aria-invalid="true"' in html


@pytest.mark.django_db
def test_the_sign_in_page_stands_without_npm_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(menu, "vendor", dict)
    page = Client().get("/accounts/login/", headers={"accept-language": "zh-hans"}).content.decode()
    assert "nanxi/plain.css" in page
    assert "缺少 vendor/tabler.min.css" in page
    assert "登录" in page


@pytest.mark.django_db
def test_the_sign_in_page_speaks_english_too() -> None:
    client = Client()
    client.post("/language", {"language": "en", "next": "/accounts/login/"})
    page = client.get("/accounts/login/").content.decode()
    assert "Sign in" in page
    assert 'lang="en"' in page
    assert "请先" not in page


@pytest.mark.django_db
def test_pages_carry_the_content_policy() -> None:
    policy = Client().get("/accounts/login/").get("Content-Security-Policy", "")
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
