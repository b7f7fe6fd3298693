"""The keeper's pages, the volunteer's own page and the calendar behind their links."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.urls import reverse

from nanxi.field.mobilisation.models import Shift, Volunteer
from nanxi.field.mobilisation.tests.squad import Squad
from nanxi.field.sweep.tests.village import OUBEI
from nanxi.foundation import scope
from nanxi.foundation.reach import EVERYWHERE
from nanxi.web.fields import local

#: Session, officer, unit areas, transaction with its scope; teams, officers, people with keys, shifts, turns, rosters, patrols.
HOME_QUERIES = 26


def send(client: Client, url: str, /, **told: Any) -> Any:
    return client.post(url, told, follow=True)


def visitor() -> Client:
    return Client(headers={"Accept-Language": "en"})


def test_a_unit_mobilises_by_its_page(squad: Squad, django_assert_max_num_queries: Any) -> None:
    client = squad.client("qian")
    send(client, reverse("field:team-new"), name="Day watch", _key="1")
    told = {"team": str(squad.team.pk), "name": "丁一", "phone": "139", "skills": ["driving"], "consent": "on"}
    page = send(client, reverse("field:volunteer-new"), _key="2", **told)
    assert "/field/duty/" in page.content.decode() and "丁*" in page.content.decode() and "丁一" not in page.content.decode()
    starts = squad.clock.now().replace(second=0, microsecond=0)
    times = {"starts": local(starts.replace(minute=59)), "ends": local(starts.replace(hour=(starts.hour + 4) % 24))}
    page = send(client, reverse("field:shift-new"), _key="3", work="patrol", area=OUBEI, **times)
    assert page.status_code in (200, 409, 422)
    shift = squad.shift(24, call=False)
    assert "Everybody who has the skill" in send(client, reverse("field:shift-call", args=[shift.pk]), _key="4").content.decode()
    with django_assert_max_num_queries(HOME_QUERIES):
        text = client.get(reverse("field:mobilisation")).content.decode()
    assert "0 of 2 places" in text and "白*" in text and "白云" not in text


def test_contact_link_and_end_of_consent(squad: Squad) -> None:
    client, url = squad.client("qian"), reverse("field:volunteer", args=[squad.bai.pk])
    assert "白云" in send(client, url, do="open", _key="1").content.decode()
    old = reverse("field:duty", args=[squad.code(squad.bai)])
    assert visitor().get(old).status_code == 200
    send(client, url, do="renew", _key="2")
    assert visitor().get(old).status_code == 404
    assert visitor().get(reverse("field:duty", args=[squad.code(squad.bai, version=2)])).status_code == 200
    send(client, url, do="end", _key="3")
    assert visitor().get(reverse("field:duty", args=[squad.code(squad.bai, version=3)])).status_code == 404
    with scope.enter(EVERYWHERE):
        assert Volunteer.objects.get(pk=squad.bai.pk).ended_at is not None


def test_another_unit_sees_nothing(squad: Squad) -> None:
    assert squad.client("xia").get(reverse("field:volunteer", args=[squad.bai.pk])).status_code == 404
    shift = squad.shift(24)
    assert squad.client("xia").post(reverse("field:shift-call", args=[shift.pk]), {"_key": "1"}).status_code == 404


def test_a_call_is_answered_behind_the_link(squad: Squad) -> None:
    shift = squad.shift(24)
    client, url = visitor(), reverse("field:duty", args=[squad.code(squad.bai)])
    turn = squad.turn(shift, squad.bai)
    page = send(client, url, do="answer", turn=turn.pk, yes="1", _key="1")
    assert "you come" in page.content.decode() and squad.on(shift) == {squad.bai.id}
    tired = squad.turn(squad.shift(80), squad.bai)
    second = squad.shift(33, call=False)
    assert tired.on is None and isinstance(second, Shift)


def test_a_tired_answer_is_refused_in_one_sentence(squad: Squad) -> None:
    first, second = squad.shift(24), squad.shift(34)
    squad.comes(first, squad.bai)
    url = reverse("field:duty", args=[squad.code(squad.bai)])
    page = send(visitor(), url, do="answer", turn=squad.turn(second, squad.bai).pk, yes="1", _key="1")
    assert "11 hours of rest" in page.content.decode() and page.status_code in (200, 409, 422)


def test_a_link_opens_no_turn_of_somebody_else(squad: Squad) -> None:
    shift = squad.shift(24)
    url = reverse("field:duty", args=[squad.code(squad.bai)])
    for told in ({"do": "answer", "yes": "1"}, {"do": "begin"}, {"do": "nonsense"}):
        page = visitor().post(url, {**told, "turn": squad.turn(shift, squad.chu).pk, "_key": "1"})
        assert page.status_code == 404
    assert "褚" not in visitor().get(url).content.decode()


def test_the_calendar_shows_own_shifts_and_cannot_answer(squad: Squad) -> None:
    shift = squad.shift(24)
    squad.comes(shift, squad.bai)
    squad.comes(shift, squad.chu)
    feed = visitor().get(reverse("field:duty-feed", args=[squad.code(squad.bai, "feed")]))
    text = feed.content.decode()
    assert feed["Content-Type"].startswith("text/calendar")
    assert text.count("BEGIN:VEVENT") == 1 and "Oubei town" in text
    assert not any(word in text for word in ("白", "褚", "138", str(squad.chu.id)))
    assert visitor().get(reverse("field:duty", args=[squad.code(squad.bai, "feed")])).status_code == 404
    assert visitor().get(reverse("field:duty-feed", args=[squad.code(squad.bai)])).status_code == 404
    assert visitor().get(reverse("field:duty-feed", args=[squad.code(squad.bai, "feed", 2)])).status_code == 404


def test_a_guessed_code_is_simply_not_there(squad: Squad) -> None:
    for code in ("x", "A" * 39, squad.code(squad.bai)[:-2] + "AA"):
        assert visitor().get(reverse("field:duty", args=[code])).status_code == 404


def test_an_officer_finds_own_shifts_without_a_link(squad: Squad) -> None:
    assert "/field/duty/" in squad.client("qian").get(reverse("field:duty-own"))["Location"]
    assert "You are in no team" in squad.client("wei").get(reverse("field:duty-own")).content.decode()
