"""The doors other rooms use: claims, purposed reads, masked labels, asking the register inside a task."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from nanxi.foundation import acts, grants, scope, vault
from nanxi.foundation.act import Act, Actor, Refused
from nanxi.foundation.grants import Opening, Purpose
from nanxi.foundation.models import AccessGrant, LedgerEntry, RecordKey
from nanxi.foundation.reach import EVERYWHERE
from nanxi.people import matching, queries, services, task_check
from nanxi.people.identity import Identity
from nanxi.people.models import IdentityLink, SourceRecord
from nanxi.people.rules.ids import normal_id
from nanxi.people.services.lookups import EXACT_BUDGET, LEAD_BUDGET
from nanxi.people.tests.county import NANXI, OTHER_VILLAGE, OUBEI, VILLAGE, County, chen, id_of

TASK, CLOSED, OF_MA = uuid4(), uuid4(), uuid4()


@pytest.fixture
def tasks(county: County, monkeypatch: pytest.MonkeyPatch) -> list[tuple[UUID, UUID]]:
    """Lin holds an open task in Oubei; another is closed, a third is Ma's. The list holds what was chosen."""
    chosen: list[tuple[UUID, UUID]] = []

    def check(actor: Actor, task: UUID, now: datetime) -> str | None:
        holder = {TASK: "lin", OF_MA: "ma"}.get(task)
        return OUBEI if holder and actor.user_id == county.users[holder].id else None

    def keep(act: Act, task: UUID, record: UUID, person: UUID) -> None:
        chosen.append((task, person))

    monkeypatch.setattr(task_check, "_room", task_check._Room())
    task_check.register(check, keep)
    return chosen


@pytest.fixture
def opens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Objects of kind "tests.thing" open every person; "tests.shut" none."""
    monkeypatch.setattr(grants, "_checks", dict(grants._checks))
    grants.register("tests.thing", lambda actor, thing, person, now: Opening(True, area_code=OUBEI))
    grants.register("tests.shut", lambda actor, thing, person, now: Opening(False))


def test_a_claim_is_one_record_however_often_it_comes(county: County) -> None:
    with county.as_officer("lin") as act:
        first = services.record_claim(act, area=VILLAGE, source_kind="cases.case", source_ref="7", identity=chen())
        again = services.record_claim(county.act("lin"), area=VILLAGE, source_kind="cases.case", source_ref="7", identity=chen())
        assert first == again
        assert queries.waiting([first]) == 1
        assert queries.persons_of([first]) == {}
    assert matching.match_waiting() == 1
    person = county.person(first)
    with county.as_officer("lin"):
        assert queries.persons_of([first]) == {first: person}
        assert SourceRecord.objects.count() == 1


def test_a_claim_outside_the_own_area_or_about_nobody_is_refused(county: County) -> None:
    with county.as_officer("lin") as act:
        with pytest.raises(Refused, match="outside your own area"):
            services.record_claim(act, area=NANXI, source_kind="t", source_ref="1", identity=chen())
        with pytest.raises(Refused, match="at least a name"):
            services.record_claim(act, area=VILLAGE, source_kind="t", source_ref="1", identity=Identity())


def test_no_identifier_stands_open_in_the_database_or_the_ledger(county: County) -> None:
    (record,) = county.take(chen(address="桥头村3号", workplace="阀门厂"))
    row = county.row(record)
    kept = repr([getattr(row, field.attname) for field in SourceRecord._meta.fields])
    for secret in ("陈伟明", chen().id_no, "13800000001", "桥头村", "阀门厂"):
        assert secret not in kept
        assert secret.encode() not in bytes(row.sealed)
    with scope.enter(EVERYWHERE):
        told = repr(list(LedgerEntry.objects.values_list("facts", flat=True)))
    assert "陈" not in told
    assert chen().id_no not in told


def test_opening_a_record_leaves_a_grant_and_an_entry_and_fills_gaps(county: County, opens: None) -> None:
    bare, _ = county.take(chen(phone="", address=""), chen(address="桥头村3号"))
    with county.as_officer("lin") as act:
        found = services.open_record(act, record_id=bare, via=("tests.thing", TASK), purpose=Purpose.VERIFICATION)
        assert (found.name, found.phone, found.address) == ("陈伟明", "13800000001", "桥头村3号")
        grant = AccessGrant.objects.get()
    assert grant.person_id == county.person(bare)
    (entry,) = county.entries("people.person.read")
    assert (entry.person_id, entry.grant_id, entry.purpose) == (county.person(bare), grant.id, "verification")


def test_a_record_that_waits_for_matching_stands_for_itself(county: County, opens: None) -> None:
    (record,) = county.take(chen(), match=False)
    with county.as_officer("lin") as act:
        assert services.open_record(act, record_id=record, via=("tests.thing", TASK), purpose=Purpose.LEAD) == chen()
        assert AccessGrant.objects.get().person_id == record


def test_nothing_opens_without_a_grant(county: County, opens: None) -> None:
    (record,) = county.take(chen())
    with county.as_officer("lin") as act:
        for via in (("tests.shut", TASK), ("nobody.knows", TASK)):
            with pytest.raises(Refused):
                services.open_record(act, record_id=record, via=via, purpose=Purpose.VERIFICATION)
        assert not AccessGrant.objects.exists()
    with county.as_officer("he") as act, pytest.raises(Refused, match="not in your area"):
        services.open_record(act, record_id=record, via=("tests.thing", TASK), purpose=Purpose.VERIFICATION)


def test_whoever_is_sent_to_a_door_opens_the_record_of_another_area_by_its_person(county: County, opens: None) -> None:
    record, other = county.take(chen(), chen(name="林小雨", id_no=id_of("19900303"), phone="13900000009"))
    person, stranger = county.person(record), county.person(other)
    with county.as_officer("he") as act:
        for shut in ({"via": ("tests.shut", TASK), "person_id": person}, {"via": ("tests.thing", TASK), "person_id": stranger}):
            with pytest.raises(Refused):
                services.open_record(act, record_id=record, purpose=Purpose.ALERT, **shut)
        found = services.open_record(act, record_id=record, person_id=person, via=("tests.thing", TASK), purpose=Purpose.ALERT)
        assert found.name == "陈伟明"
        assert AccessGrant.objects.filter(person_id=person).count() == 1


def test_a_grant_shows_the_person_of_another_town_and_an_expired_one_does_not(county: County, opens: None) -> None:
    (record,) = county.take(chen())
    person = county.person(record)
    with county.as_officer("he") as act:
        assert not queries.records_of_person(person).exists()
        grants.open_person(act, person, via=("tests.thing", TASK), purpose=Purpose.ISOLATION)
        assert queries.records_of_person(person).exists()
    county.clock.forward(hours=3)
    with county.as_officer("he"):
        assert not queries.records_of_person(person).exists()


def test_labels_are_masked_and_survive_a_purge(county: County) -> None:
    kept, purged = county.take(chen(), Identity(name="林红", phone="13900000007"))
    with county.as_officer("lin"):
        persons = queries.persons_of([kept, purged])
        labels = queries.masked_labels(persons.values())
        assert str(labels[persons[kept]]) == f"陈*明 …{chen().id_no[-4:]}"
        assert (labels[persons[purged]].name, labels[persons[purged]].tail) == ("林*", "…0007")
        with acts.set_up():
            vault.destroy_keys([purged])
        assert queries.masked_labels([persons[purged]])[persons[purged]] == queries.PURGED
        assert not RecordKey.objects.filter(record_id=purged).exists()


def test_labels_take_two_queries_however_many(county: County, django_assert_num_queries: Any) -> None:
    signs = enumerate("红丽华军强国建英")
    records = county.take(*[Identity(name=f"林{sign}", phone=f"139000000{number:02d}") for number, sign in signs])
    with county.as_officer("lin"):
        persons = list(queries.persons_of(records).values())
        vault.forget()
        with django_assert_num_queries(2):
            assert len(queries.masked_labels(persons)) == 8


def test_a_blind_index_finds_the_record(county: County) -> None:
    (record,) = county.take(chen())
    with county.as_officer("lin"):
        assert queries.record_for_index(vault.index("id_no", normal_id(chen().id_no.lower()))) == record
        assert queries.record_for_index(vault.index("id_no", id_of("19990101"))) is None
    with county.as_officer("he"):
        assert queries.record_for_index(vault.index("id_no", chen().id_no)) is None


def test_an_exact_number_inside_an_open_task_finds_the_person(county: County, tasks: object) -> None:
    (record,) = county.take(chen())
    with county.as_officer("lin") as act:
        by_id = services.find_exact(act, id_no=f" {chen().id_no} ", task_id=TASK)
        by_phone = services.find_exact(act, phone="+86 138-0000-0001", task_id=TASK)
        assert by_id == by_phone == list(queries.persons_of([record]).values())
    assert [entry.facts["found"] for entry in county.entries("people.register.asked")] == [1, 1]


@pytest.mark.parametrize("task", [CLOSED, OF_MA])
def test_without_an_open_task_of_ones_own_the_register_is_silent(county: County, tasks: object, task: UUID) -> None:
    county.take(chen())
    with county.as_officer("lin") as act:
        with pytest.raises(Refused, match="open task of your own"):
            services.find_exact(act, id_no=chen().id_no, task_id=task)
        with pytest.raises(Refused, match="open task of your own"):
            services.propose_for_lead(act, task_id=task, name="陈伟明")


def test_half_a_number_finds_nobody(county: County, tasks: object) -> None:
    county.take(chen())
    whole = chen().id_no
    tried = [whole[:cut] for cut in range(18) if cut != 15]
    tried += [whole[:6] + "*" * 8 + whole[14:], "陈伟明", "%", whole[:17] + "%"]
    with county.as_officer("lin") as act:
        for text in tried:
            with pytest.raises(Refused, match="full ID number"):
                services.find_exact(act, id_no=text, phone=text[:7], task_id=TASK)


def test_the_budgets_hold(county: County, tasks: object) -> None:
    county.take(chen())
    with county.as_officer("lin") as act:
        for _ in range(EXACT_BUDGET):
            services.find_exact(act, id_no=chen().id_no, task_id=TASK)
        with pytest.raises(Refused, match=f"{EXACT_BUDGET} times"):
            services.find_exact(act, id_no=chen().id_no, task_id=TASK)
        for _ in range(LEAD_BUDGET):
            services.propose_for_lead(act, task_id=TASK, name="陈伟明")
        with pytest.raises(Refused, match=f"{LEAD_BUDGET} times"):
            services.propose_for_lead(act, task_id=TASK, name="陈伟明")


def test_a_lead_brings_at_most_five_masked_proposals_of_the_own_town(county: County, tasks: list[tuple[UUID, UUID]]) -> None:
    born = [f"19800{month}01" for month in range(1, 9)]
    many = [Identity(name="陈伟明", id_no=id_of(day, 1)) for day in born]
    county.take(*many)
    (wanted,) = county.take(Identity(name="陈炜明", id_no=id_of("19650505", 1)), area=OTHER_VILLAGE)
    county.take(Identity(name="陈伟明", id_no=id_of("19650505", 3)), area=NANXI)
    with county.as_officer("lin") as act:
        found = services.propose_for_lead(act, task_id=TASK, name="陈伟明", sex="男", birth_year=1966, area=OTHER_VILLAGE)
        assert len(found) == 5
        assert found[0].record_id == wanted
        assert set(found[0].agrees) == {"name", "village", "year", "sex"}
        assert all("*" in str(proposal.label) and proposal.area_code.startswith(OUBEI[:9]) for proposal in found)
        services.choose_proposal(act, task_id=TASK, record_id=wanted)
    assert tasks == [(TASK, county.row(wanted).person_id)]


def test_only_whom_the_register_proposed_in_the_task_is_chosen(county: County, tasks: list[tuple[UUID, UUID]]) -> None:
    """A lead is no key to the masked list: whom neither question brought stays closed."""
    (neighbour,) = county.take(Identity(name="王丽", id_no=id_of("19700707", 1)))
    county.take(Identity(name="陈炜明", id_no=id_of("19650505", 1)), area=OTHER_VILLAGE)
    with county.as_officer("lin") as act, pytest.raises(Refused, match="not among"):
        services.choose_proposal(act, task_id=TASK, record_id=neighbour)
    with county.as_officer("lin") as act:
        services.propose_for_lead(act, task_id=TASK, name="陈伟明", birth_year=1966, area=OTHER_VILLAGE)
        with pytest.raises(Refused, match="not among"):
            services.choose_proposal(act, task_id=TASK, record_id=neighbour)
        services.find_exact(act, id_no=id_of("19700707", 1), task_id=TASK)
        services.choose_proposal(act, task_id=TASK, record_id=neighbour)
    assert tasks == [(TASK, county.row(neighbour).person_id)]


def test_a_surname_alone_needs_more(county: County, tasks: object) -> None:
    county.take(chen())
    with county.as_officer("lin") as act:
        with pytest.raises(Refused, match="fits too many"):
            services.propose_for_lead(act, task_id=TASK, name="陈")
        assert services.propose_for_lead(act, task_id=TASK, name="陈", birth_year=1982)
        with pytest.raises(Refused, match="own area only"):
            services.propose_for_lead(act, task_id=TASK, name="陈伟明", area=NANXI)
        with pytest.raises(Refused, match="Enter the name"):
            services.propose_for_lead(act, task_id=TASK, name=" ")


def test_links_are_only_ever_added(county: County) -> None:
    from django.db import ProgrammingError, transaction

    county.take(chen())
    with county.as_officer("gao"), acts.set_up():
        with pytest.raises(ProgrammingError), transaction.atomic():  # type: ignore[attr-defined]
            IdentityLink.everything.update(rule="x")
        with pytest.raises(ProgrammingError), transaction.atomic():  # type: ignore[attr-defined]
            IdentityLink.everything.all().delete()


def test_another_town_sees_neither_records_nor_pairs_nor_keys(county: County) -> None:
    from nanxi.people.models import RecordIndex

    county.take(chen(), Identity(name="陈伟明"))
    with county.as_officer("he"):
        for rows in (SourceRecord, RecordIndex, IdentityLink):
            assert not rows.everything.exists()
        assert not queries.open_pairs().exists()
    with county.as_officer("lin"):
        assert SourceRecord.everything.count() == 2
        assert RecordIndex.everything.exists()


def test_reviewing_needs_the_right(county: County) -> None:
    county.take(chen(), Identity(name="陈伟明"))
    with county.as_officer("zhou") as act:
        pair = queries.open_pairs().get()
        with pytest.raises(Refused, match="does not include"):
            services.decide_pair(act, pair, True)


def test_a_claim_names_a_person_not_a_home(county: County) -> None:
    (listed,) = county.take(chen(), area=VILLAGE)
    with county.as_officer("gao") as act:
        claim = services.record_claim(act, area=NANXI, source_kind="cases.contact", source_ref="9", identity=chen())
    matching.match_waiting()
    with county.as_officer("gao"):
        assert queries.homes_of([listed, claim]) == {listed: {VILLAGE}, claim: {VILLAGE}}
