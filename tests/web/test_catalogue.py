"""Every word on screen has its Chinese, and no translation outlives its word."""

from __future__ import annotations

from pathlib import Path

import pytest

from nanxi.foundation.rights import Right, Role
from nanxi.web import catalogue

ROOMS = {room.name: room for room in catalogue.rooms()}


@pytest.mark.parametrize("name", sorted(ROOMS))
def test_every_msgid_is_translated(name: str) -> None:
    missing = catalogue.missing(ROOMS[name])
    assert not missing, f"{name}: add to its django.po: {missing}"


@pytest.mark.parametrize("name", sorted(ROOMS))
def test_no_translation_is_left_over(name: str) -> None:
    assert not catalogue.unused(ROOMS[name])


@pytest.mark.parametrize("name", sorted(ROOMS))
def test_translations_keep_their_placeholders(name: str) -> None:
    assert not catalogue.faulty(ROOMS[name])


def test_one_word_has_one_chinese_in_every_room() -> None:
    """Django merges the rooms' catalogues: of two translations of one msgid one would win everywhere, also where it is wrong."""
    told: dict[str, dict[str, str]] = {}
    for name, room in ROOMS.items():
        for msgid, text in catalogue.translated(room).items():
            told.setdefault(msgid, {})[name] = text
    apart = {msgid: texts for msgid, texts in told.items() if len(set(texts.values())) > 1}
    assert not apart, f"say it the same way, or give one room a msgid of its own: {apart}"


def test_rights_and_roles_are_translated() -> None:
    known = catalogue.translated(ROOMS["foundation"])
    assert not [word for word in [*(right.sentence for right in Right), *(role.label for role in Role)] if word not in known]


def test_the_menu_reads_chinese_in_chinese() -> None:
    from django.utils import translation

    from nanxi.web.menu import DESK

    with translation.override("zh-hans"):
        assert str(DESK) == "值班台"
    with translation.override("en"):
        assert str(DESK) == "Desk"


def make_room(folder: Path, po: str) -> Path:
    room = folder / "demo"
    (room / "templates").mkdir(parents=True)
    (room / "apps.py").write_text("")
    (room / "views.py").write_text("x = _('Open the gate')\ny = ngettext('%(n)s row', '%(n)s rows', 2)\n")
    blocks = "{% translate 'Say \"hello\"' %}\n  {% blocktranslate with n=3 %}It's {{ n }}{% endblocktranslate %}"
    (room / "templates" / "a.html").write_text("{% load i18n %}" + blocks)
    source = room / catalogue.PO
    source.parent.mkdir(parents=True)
    source.write_text(po, encoding="utf-8")
    return room


HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Plural-Forms: nplurals=1; plural=0;\\n"\n\n'


def test_a_missing_and_a_left_over_word_are_found(tmp_path: Path) -> None:
    rows = {"Open the gate": "开门", "Gone": "没了", "It's %(n)s": "是"}
    room = make_room(tmp_path, HEAD + "".join(f'msgid "{key}"\nmsgstr "{text}"\n\n' for key, text in rows.items()))
    assert set(catalogue.missing(room, tmp_path)) == {"%(n)s row", 'Say "hello"'}
    assert catalogue.unused(room, tmp_path) == {"Gone"}
    assert catalogue.faulty(room) == ["It's %(n)s"]


def test_compiling_happens_once_until_the_source_changes(tmp_path: Path) -> None:
    room = make_room(tmp_path, HEAD + 'msgid "Open the gate"\nmsgstr "开门"\n')
    target = (room / catalogue.PO).with_suffix(".mo")
    assert catalogue.refresh(tmp_path) == [target]
    assert catalogue.refresh(tmp_path) == []
    assert target.exists()
    assert not list(target.parent.glob("*.part"))
