"""Matching: what links, what waits for review, and that the answer depends on the records, not on their order."""

from __future__ import annotations

import random
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction

from nanxi.foundation import scope, statements
from nanxi.foundation.act import Act, Refused, house
from nanxi.foundation.reach import EVERYWHERE
from nanxi.people import matching, neighbours, queries, services
from nanxi.people.asking import asking
from nanxi.people.identity import Identity
from nanxi.people.models import IdentityLink, Person, ReviewPair, SourceRecord
from nanxi.people.rules import who
from nanxi.people.tests.county import NANXI, OTHER_VILLAGE, OUBEI, VILLAGE, County, chen, id_of


def test_an_id_with_an_agreeing_name_is_one_person(county: County) -> None:
    first, second, third = county.take(chen(), chen(name="陳偉明 先生", phone=""), chen(name="CHEN WEIMING"))
    assert county.person(first) == county.person(second) == county.person(third)


def test_a_new_person_begins_with_a_record_and_a_ledger_entry(county: County) -> None:
    (record,) = county.take(chen())
    (entry,) = county.entries("people.record.linked")
    assert entry.facts["record"] == str(record)
    assert entry.facts["person"] == str(county.person(record))
    assert entry.person_id == county.person(record)
    assert entry.area_code == VILLAGE


def test_the_phone_alone_never_links(county: County) -> None:
    first, second = county.take(chen(id_no="", birth_date=None), Identity(name="陈小红", phone="13800000001"))
    assert county.person(first) != county.person(second)


def test_one_id_with_another_name_is_a_conflict_and_tells_the_town(county: County) -> None:
    first, second = county.take(chen(), chen(name="林小红", phone=""))
    assert county.person(first) != county.person(second)
    (entry,) = county.entries("people.conflict.found")
    assert entry.area_code == OUBEI
    assert entry.facts["record"] == str(second)
    assert entry.facts["other"] == str(first)
    with scope.enter(EVERYWHERE):
        pair = ReviewPair.everything.get()
    assert pair.kind == ReviewPair.Kind.CONFLICT
    assert entry.subject_id == pair.id


def test_a_childs_row_with_a_parents_number_shows_both(county: County) -> None:
    """Whoever bears the number, and whoever bears the name: the contested number speaks against neither."""
    home = {"phone": "13800000001", "address": "桥头镇前村1号"}
    father = chen(address=home["address"])
    child = Identity(name="陈小宝", id_no=id_of("20120505"), sex="m", **home)
    row = Identity(name="陈小宝", id_no=id_of("19800101"), **home)
    of_father, of_child, of_row = county.take(father, child, row)
    assert len({county.person(record) for record in (of_father, of_child, of_row)}) == 3
    with scope.enter(EVERYWHERE):
        asked = {(frozenset((pair.one_id, pair.other_id)), pair.kind) for pair in ReviewPair.everything.all()}
    assert asked == {(frozenset((of_father, of_row)), "conflict"), (frozenset((of_child, of_row)), "numbers")}


def test_matching_twice_changes_nothing(county: County) -> None:
    records = county.take(chen(), chen(phone=""), chen(name="林小红"))
    with scope.enter(EVERYWHERE):
        before = (Person.objects.count(), IdentityLink.everything.count(), ReviewPair.everything.count())
    assert matching.match_records(records) == 0
    assert matching.match_waiting() == 0
    with scope.enter(EVERYWHERE):
        assert (Person.objects.count(), IdentityLink.everything.count(), ReviewPair.everything.count()) == before


def test_the_person_of_another_town_is_found(county: County) -> None:
    (first,) = county.take(chen())
    (second,) = county.take(chen(), area=NANXI)
    assert county.person(first) == county.person(second)


def test_matching_in_a_towns_scope_is_refused(county: County) -> None:
    (record,) = county.take(chen(), match=False)
    with county.as_officer("lin"):
        with pytest.raises(matching.ScopeTooNarrow):
            matching.match_records([record])
        with pytest.raises(matching.ScopeTooNarrow):
            matching.match_waiting()
        with pytest.raises(matching.ScopeTooNarrow):
            matching.foresee(asking([(VILLAGE, chen())]))
    assert county.row(record).person_id is None


def test_why_it_is_refused_a_town_would_make_a_second_person(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    """Positive control: with the guard taken out the town does not see the neighbour's record and splits one person in two."""
    (elsewhere,) = county.take(chen(), area=NANXI)
    (here,) = county.take(chen(), match=False)
    with county.as_officer("lin"):
        matching._match(Act(actor=house("people")), [here.bytes])
    assert county.person(here) != county.person(elsewhere)


def test_a_name_in_its_village_goes_to_review(county: County) -> None:
    county.take(chen())
    (unsure,) = county.take(UNSURE)
    with scope.enter(EVERYWHERE):
        (pair,) = queries.open_pairs()
    assert pair.kind == ReviewPair.Kind.LIKELY
    assert unsure in (pair.one_id, pair.other_id)
    assert pair.score == pytest.approx(sum(bits for _, bits in pair.weights), abs=0.05)
    assert who.REVIEW <= pair.score < who.LINK
    assert {"start", "same name", "same village"} <= {degree for degree, _ in pair.weights}


def test_two_who_fit_equally_are_both_shown_and_neither_is_taken(county: County) -> None:
    known = county.take(chen(), chen(id_no=id_of("19800101", 3), phone="13800000009"))
    (torn,) = county.take(Identity(name="陈伟明", birth_date=date(1980, 1, 1)))
    with scope.enter(EVERYWHERE):
        pairs = queries.open_pairs().filter(kind=ReviewPair.Kind.AMBIGUOUS)
        assert {record for pair in pairs for record in (pair.one_id, pair.other_id)} == {torn, *known}
    assert county.person(torn) not in {county.person(record) for record in known}


def test_two_valid_ids_are_never_one_person(county: County) -> None:
    first, second = county.take(chen(), chen(id_no=id_of("19800101", 3)))
    assert county.person(first) != county.person(second)
    with scope.enter(EVERYWHERE):
        # Name, phone and birth date agree: somebody must see which number is wrong.
        assert queries.open_pairs().get().kind == ReviewPair.Kind.NUMBERS


#: A name in its village: five bits, for an officer to look at.
UNSURE = Identity(name="陈伟明")


def crowd(seed: int) -> list[Identity]:
    """Few names, few phones, few IDs: every rule meets every other."""
    dice = random.Random(seed)
    names = ["陈伟明", "陳偉明", "陈炜明", "林小红", "CHEN WEIMING", ""]
    found = []
    for _ in range(14):
        born = dice.choice(["19800101", "19911231"])
        found.append(
            Identity(
                name=dice.choice(names),
                id_no=dice.choice(["", "", id_of(born, dice.choice([1, 2]))]),
                phone=dice.choice(["", "13800000001", "13800000002", "13800000001/13800000002"]),
                birth_date=dice.choice([None, None, date(1980, 1, 1), date(1991, 12, 31)]),
            )
        )
    return [person for person in found if not person.is_empty]


def clustering(county: County, people: list[Identity], tag: str, steps: int) -> set[frozenset[str]]:
    """Take the people in (the address names each), matching after every `steps` rows; returns who stands with whom."""
    rows = [services.NewRecord(VILLAGE, tag, person.workplace, person) for person in people]
    for start in range(0, len(rows), steps):
        with county.as_officer("gao") as act:
            services.add_records(act, rows[start : start + steps])
        while matching.match_waiting(3):
            pass
    with scope.enter(EVERYWHERE):
        kept = SourceRecord.everything.filter(source_kind=tag).values_list("source_ref", "person_id")
    by_person: dict[UUID, set[str]] = {}
    for ref, person in kept:
        by_person.setdefault(person, set()).add(ref)
    return {frozenset(refs) for refs in by_person.values()}


@pytest.mark.parametrize("seed", range(12))
def test_shuffled_replayed_and_duplicated_rows_fall_into_the_same_groups(county: County, seed: int) -> None:
    people = [Identity(**{**person.__dict__, "workplace": f"row {number}"}) for number, person in enumerate(crowd(seed))]
    expected = _forgotten(county, people, "at once", steps=len(people))
    mixed = random.Random(seed + 100).sample(people, len(people))
    assert _forgotten(county, mixed, "one by one", steps=1) == expected
    assert _forgotten(county, [*mixed[:5], *people], "some twice", steps=4) == expected


def _forgotten(county: County, people: list[Identity], tag: str, steps: int) -> set[frozenset[str]]:
    """The grouping of the crowd in a register of its own, which is gone afterwards."""
    with transaction.atomic():
        found = clustering(county, people, tag, steps)
        transaction.set_rollback(True)
    return found


def test_foresee_says_what_matching_then_does(county: County) -> None:
    county.take(chen())
    rows = [
        chen(phone=""),
        chen(name="林小红"),
        UNSURE,
        Identity(name="王新来", id_no=id_of("19700203")),
        Identity(name="王新来", id_no=id_of("19700203"), phone="13900000000"),
    ]
    with scope.enter(EVERYWHERE):
        before = SourceRecord.everything.count()
    outcomes = matching.foresee(asking([(VILLAGE, person) for person in rows]))
    assert [outcome.kind for outcome in outcomes] == ["linked", "conflict", "review", "new", "linked"]
    assert outcomes[4].same_as == 3
    assert outcomes[0].why == ("id",)
    with scope.enter(EVERYWHERE):
        assert SourceRecord.everything.count() == before
    records = county.take(*rows)
    assert county.person(records[0]) == outcomes[0].person
    assert county.person(records[3]) == county.person(records[4])


def test_a_decision_is_remembered_when_the_same_rows_come_again(county: County) -> None:
    known, unsure = chen(), UNSURE
    first, second = county.take(known, unsure)
    with county.as_officer("lin") as act:
        services.decide_pair(act, queries.open_pairs().get(), False)
    again = county.take(unsure, known)
    assert county.person(again[0]) == county.person(second)
    assert county.person(again[1]) == county.person(first)
    with scope.enter(EVERYWHERE):
        assert not queries.open_pairs().exists()


def test_same_moves_every_record_and_can_be_taken_back(county: County) -> None:
    first, second = county.take(chen(), UNSURE)
    before = county.person(second)
    with county.as_officer("lin") as act:
        pair = services.decide_pair(act, queries.open_pairs().get(), True)
    assert county.person(second) == county.person(first)
    (entry,) = county.entries("people.link.changed")
    moved, after = UUID(entry.facts["record"]), UUID(entry.facts["after"])
    assert {UUID(entry.facts["before"]), after} == {before, county.person(first)} | {after}
    assert moved in (first, second)
    county.clock.forward(minutes=5)
    with county.as_officer("lin") as act:
        services.reopen_pair(act, pair)
    assert county.person(second) != county.person(first)
    assert {county.person(first), county.person(second)} >= {before}


def test_undo_parts_a_record_and_the_rule_does_not_bring_it_back(county: County) -> None:
    first, second = county.take(chen(), chen(phone="13800000002"))
    with county.as_officer("lin") as act:
        link = IdentityLink.objects.get(record_id=second)
        services.undo_link(act, link)
    assert county.person(first) != county.person(second)
    changed = county.entries("people.link.changed")[-1]
    assert changed.facts["record"] == str(second)
    assert changed.facts["before"] == str(county.person(first))
    (third,) = county.take(chen(phone="13800000002"))
    assert county.person(third) == county.person(second)
    assert county.person(first) != county.person(second)


def test_two_valid_ids_cannot_be_joined_by_hand(county: County) -> None:
    first, second = county.take(chen(), chen(id_no=id_of("19800101", 3)))
    with county.as_officer("lin") as act:
        pair = queries.open_pairs().get()
        assert {pair.one_id, pair.other_id} == {first, second}
        with pytest.raises(Refused, match="never one person"):
            services.decide_pair(act, pair, True)


def test_a_pair_across_towns_waits_at_headquarters(county: County) -> None:
    county.take(chen())
    county.take(Identity(name="陈炜明", birth_date=date(1980, 1, 1)), area=NANXI)
    with county.as_officer("lin"):
        assert not queries.open_pairs().exists()
    with county.as_officer("gao") as act:
        services.decide_pair(act, queries.open_pairs().get(), True)


def test_unknown_sources_only_once(county: County) -> None:
    ref = uuid4().hex
    rows = [services.NewRecord(OTHER_VILLAGE, "test", ref, chen())]
    with county.as_officer("lin") as act:
        assert services.add_records(act, rows) == 1
        assert services.add_records(act, [services.NewRecord(OTHER_VILLAGE, "test", ref, chen())]) == 0


@pytest.mark.django_db
def test_questions_go_by_key_on_tables_that_have_no_statistics_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read whole, a county's first lists took more than twice as long."""
    plans: list[str] = []

    def explained(question: str, values: list[Any]) -> list[list[bytes | None]]:
        rows = asked(f"EXPLAIN {question}", values)
        plans.append("\n".join((line or b"").decode() for (line,) in rows))
        return asked(question, values)

    asked = statements.ask
    monkeypatch.setattr(statements, "ask", explained)
    many = [uuid4() for _ in range(2000)]
    with matching.county():
        neighbours.reached_by([(n, 1, n) for n in range(2000)])
        neighbours.reached_from([one.bytes for one in many])
        neighbours.load(many)
        neighbours.load_persons([one.bytes for one in many])
        neighbours.waiting(2000)
    with scope.enter(EVERYWHERE):
        neighbours.records_under([(1, n) for n in range(2000)])
    assert len(plans) == 6
    assert [plan for plan in plans if "Seq Scan" in plan or "Hash Join" in plan] == []
