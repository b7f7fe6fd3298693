"""The cases that make registers fail, by name: twins, 81 people called 陈文, a foreman's roster; and what the night finds."""

from __future__ import annotations

from datetime import date

import pytest

from nanxi.foundation import acts, scope
from nanxi.foundation.act import Refused
from nanxi.foundation.reach import EVERYWHERE
from nanxi.people import matching, quality, queries, relink, services
from nanxi.people.identity import Identity
from nanxi.people.models import IdentityLink, NameCount, ReviewPair
from nanxi.people.services import links
from nanxi.people.tests.county import COUNTY, NANXI, VILLAGE, County, chen, id_of


def test_twins_with_consecutive_numbers_stay_two(county: County) -> None:
    home = {"phone": "13800000001", "address": "桥头镇前村1号", "birth_date": date(2001, 5, 5), "sex": "f"}
    twins = [Identity(name=name, id_no=id_of("20010505", serial), **home) for name, serial in (("陈小雨", 21), ("陈小雪", 22))]
    records = county.take(*twins, *twins)
    assert county.person(records[0]) == county.person(records[2])
    assert county.person(records[1]) == county.person(records[3])
    assert county.person(records[0]) != county.person(records[1])


def test_a_row_without_number_of_one_twin_goes_to_that_twin_by_name(county: County) -> None:
    home = {"phone": "13800000001", "address": "桥头镇前村1号", "birth_date": date(2001, 5, 5)}
    first, second = county.take(
        Identity(name="陈小雨", id_no=id_of("20010505", 21), **home), Identity(name="陈小雪", id_no=id_of("20010505", 22), **home)
    )
    (again,) = county.take(Identity(name="陈小雪", **home))
    assert county.person(again) == county.person(second) != county.person(first)


def test_eighty_one_people_called_chen_wen(counts_names: None, county: County) -> None:
    crowd = [Identity(name="陈文", id_no=id_of(f"19{50 + at // 12}{at % 12 + 1:02d}10", at + 1)) for at in range(81)]
    records = county.take(*crowd)
    assert len({county.person(record) for record in records}) == 81
    with matching.county() as act:
        links.count_names(act)
    (named,) = county.take(Identity(name="陈文"))
    (born,) = county.take(Identity(name="陈文", birth_date=date(1950, 3, 10)))
    assert county.person(named) not in {county.person(record) for record in records}
    assert county.person(born) == county.person(records[2])
    with scope.enter(EVERYWHERE):
        assert NameCount.objects.get(name=0).persons == 81
        assert ReviewPair.everything.filter(one_id=named).count() + ReviewPair.everything.filter(other_id=named).count() <= 3


def test_a_foremans_phone_on_a_whole_roster_joins_nobody(county: County) -> None:
    names = [f"{surname}{given}" for surname in "陈林李王徐" for given in ("小红", "大明", "国强", "玉兰")]
    records = county.take(*(Identity(name=name, phone="13800000009", workplace="阀门厂") for name in names))
    assert len({county.person(record) for record in records}) == len(names)


def test_a_family_phone_joins_nobody(county: County) -> None:
    home = {"phone": "13800000001", "address": "桥头镇前村1号"}
    names = ("陈国强", "陈小强", "林玉兰", "陈小红")
    records = county.take(*(Identity(name=name, **home) for name in names))
    assert len({county.person(record) for record in records}) == len(names)


def test_what_a_link_rests_on_is_kept(county: County) -> None:
    _, second = county.take(chen(), chen(id_no="", name="陈炜明"))
    with scope.enter(EVERYWHERE):
        link = IdentityLink.everything.get(record_id=second)
    assert (link.rule, link.weights_version) == ("score", "shipped-1")
    assert link.score == pytest.approx(sum(bits for _, bits in link.weights), abs=0.05)
    assert [degree for degree, _ in link.weights if degree in ("same sound", "same phone")] == ["same sound", "same phone"]


def test_the_night_lists_who_stands_twice_and_links_nobody(county: County) -> None:
    first, second = county.take(chen(), chen(id_no="", phone="13800000001"))
    with county.as_officer("lin") as act:
        services.undo_link(act, IdentityLink.objects.get(record_id=second))
    apart = county.person(first), county.person(second)
    with scope.enter(EVERYWHERE):
        found = relink.missed([first, second])
        assert [(pair.doubt.value, {pair.one, pair.other}) for pair in found] == [("missed", {first, second})]
    with matching.county() as act:
        assert links.keep_missed(act, found) == 1
        assert links.keep_missed(act, found) == 0
    assert (county.person(first), county.person(second)) == apart
    with county.as_officer("lin"):
        assert queries.open_pairs().get().kind == ReviewPair.Kind.MISSED


def test_the_night_leaves_two_valid_numbers_alone(county: County) -> None:
    records = county.take(chen(), chen(id_no=id_of("19800101", 3)))
    with scope.enter(EVERYWHERE):
        assert relink.missed(records) == []


@pytest.fixture
def every_link_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "ONE_IN", 1)


def test_a_blind_answer_measures_the_rules_and_parts_what_was_wrong(county: County, every_link_is_read_again: None) -> None:
    first, second, third = county.take(chen(), chen(phone=""), chen(name="陈炜明"))
    with county.as_officer("lin") as act:
        pairs = list(queries.open_pairs())
        assert [pair.blind for pair in pairs] == [True, True]
        right = next(pair for pair in pairs if second in (pair.one_id, pair.other_id))
        wrong = next(pair for pair in pairs if pair != right)
        services.decide_pair(act, right, True)
        services.decide_pair(act, wrong, False)
        found = quality.blind_checks()
    assert (found.looked, found.wrong) == (2, 1)
    assert 0.5 < found.at_most < 1
    assert county.person(first) == county.person(second)
    assert county.person(third) != county.person(first) or county.person(second) != county.person(first)


def test_a_blind_pair_looks_like_any_other(county: County, every_link_is_read_again: None) -> None:
    county.take(chen(), chen(phone=""))
    with county.as_officer("lin"):
        pair = queries.open_pairs().get()
        assert pair.get_kind_display() == str(ReviewPair.Kind.LIKELY.label)


def test_the_blind_rate_has_an_upper_end() -> None:
    assert quality.Blind(0, 0).at_most == 1
    assert quality.Blind(300, 0).at_most == pytest.approx(0.009, abs=0.001)
    assert quality.Blind(300, 3).at_most == pytest.approx(0.024, abs=0.002)


def test_the_field_that_would_tell() -> None:
    born = Identity(name="王", birth_date=date(1980, 1, 1))
    rows = [Identity(name="陈伟明"), Identity(name="林红", phone="13800000001"), chen(), born]
    assert quality.what_would_tell(rows) == ("birth", 2)
    assert quality.what_would_tell([chen()]) == ("", 0)


def test_another_town_does_not_see_the_pair(county: County) -> None:
    county.take(chen())
    county.take(Identity(name="陈伟明", phone="13800000009"), area=VILLAGE)
    with county.as_officer("he"):
        assert not queries.open_pairs().exists()
    assert NANXI != VILLAGE


def test_a_pair_decided_meanwhile_is_refused(county: County, every_link_is_read_again: None) -> None:
    county.take(chen(), chen(phone=""))
    with county.as_officer("lin") as act:
        pair = queries.open_pairs().get()
        services.decide_pair(act, pair, True)
        with pytest.raises(Refused, match="decided"):
            services.decide_pair(act, pair, True)


def test_a_number_dragged_down_a_column_is_asked_and_never_joined(county: County) -> None:
    """All agrees but two valid numbers: shown for the sender to correct, refused to whoever would join the two."""
    known, dragged = county.take(chen(address="桥头镇前村1号"), chen(address="桥头镇前村1号", id_no=id_of("19800101", 2)))
    assert county.person(known) != county.person(dragged)
    with county.as_officer("lin") as act:
        pair = queries.open_pairs().get()
        assert pair.kind == ReviewPair.Kind.NUMBERS
        with pytest.raises(Refused, match="never one person"):
            services.decide_pair(act, pair, True)


def test_a_rare_name_alone_is_found_and_asked(counts_names: None, county: County) -> None:
    """Nothing but the name, and no town: in a county of 300,000 one bearer is worth an officer's look."""
    (known,) = county.take(chen(name="瞿晓岚"))
    with county.as_officer("gao"), acts.set_up():
        NameCount.objects.bulk_create([NameCount(name=0, persons=300_000)])
    (named,) = county.take(Identity(name="瞿晓岚"), area=COUNTY)
    assert county.person(named) != county.person(known)
    with county.as_officer("gao"):
        pair = queries.open_pairs().get()
    assert {pair.one_id, pair.other_id} == {named, known}


def test_a_name_beside_a_birth_date_is_not_asked_by_name_alone(county: County) -> None:
    county.take(chen(name="瞿晓岚"))
    county.take(Identity(name="瞿晓岚", birth_date=date(1955, 5, 5)), area=COUNTY)
    with county.as_officer("gao"):
        assert not queries.open_pairs().exists()
