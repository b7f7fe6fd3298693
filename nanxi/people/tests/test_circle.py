"""The household and its adult, persons of concern, and that nothing of it can be set."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID, uuid4

from nanxi.foundation import acts
from nanxi.people import circle_queries, services
from nanxi.people.identity import Identity
from nanxi.people.models import ListBatch, SourceRecord
from nanxi.people.rules import concern, household
from nanxi.people.rules.household import Member
from nanxi.people.tests.county import NANXI, NOW, VILLAGE, County, chen, id_of

HOME = "桥头镇前村1号"


def someone(number: int, year: int = 0, *phones: int) -> Member:
    return Member(UUID(int=number), year, frozenset(phones))


def test_the_adult_whose_phone_most_share_answers() -> None:
    members = [someone(1, 1950, 7), someone(2, 1985, 8), someone(3, 2012, 8), someone(4, 2015, 8)]
    assert household.who_answers(members, 2020) == UUID(int=2)


def test_a_minor_never_answers_though_the_phone_is_his() -> None:
    assert household.who_answers([someone(1, 2010, 8), someone(2, 1985)], 2020) is None
    assert household.who_answers([someone(1, 2010, 8), someone(2, 1985, 8)], 2020) == UUID(int=2)


def test_the_oldest_with_a_phone_where_none_is_shared() -> None:
    assert household.who_answers([someone(1, 1985, 8), someone(2, 1955, 9), someone(3, 1940)], 2020) == UUID(int=2)


def test_a_dormitory_is_no_household() -> None:
    assert not household.is_household([someone(number) for number in range(13)])
    assert not household.is_household([someone(1)])


def test_fourteen_days_and_not_one_more() -> None:
    day = date(2020, 1, 30)
    assert concern.holds(day, day)
    assert concern.holds(day, date(2020, 2, 13))
    assert not concern.holds(day, date(2020, 2, 14))
    assert not concern.holds(day, day - timedelta(days=1))


def test_a_household_across_two_lists(county: County) -> None:
    mother, child = county.take(
        Identity(name="林玉兰", id_no=id_of("19850101"), phone="13800000001", address=HOME),
        Identity(name="陈小雨", id_no=id_of("20120101"), phone="13800000001", address=f"永嘉县{HOME}"),
    )
    county.take(Identity(name="王建国", id_no=id_of("19700101"), address="桥头镇前村2号"))
    grown, young = county.person(mother), county.person(child)
    with county.as_officer("lin") as act:
        found = circle_queries.household_of(young, act.now)
    assert found is not None
    assert found.persons == [young, grown]
    assert (found.answers, found.minors) == (grown, {young})


def test_the_household_of_another_town_is_not_shown(county: County) -> None:
    (here,) = county.take(Identity(name="林玉兰", id_no=id_of("19850101"), address=HOME))
    county.take(Identity(name="陈小雨", id_no=id_of("20120101"), address=HOME), area=NANXI)
    person = county.person(here)
    with county.as_officer("lin") as act:
        assert circle_queries.household_of(person, act.now) is None


def listed(county: County, *, ref: str, withdrawn: bool = False, day: date | None = date(2020, 1, 25)) -> UUID:
    with county.as_officer("gao"), acts.set_up():
        batch = ListBatch(
            area_code=VILLAGE, sender="railway", source_ref=ref, sha256=uuid4().bytes, file_name=b"", received_at=NOW,
            list_day=day, withdrawn_at=NOW if withdrawn else None,
        )  # fmt: skip
        batch.save()
    with county.as_officer("gao") as act:
        row = services.NewRecord(VILLAGE, "test", uuid4().hex, chen(), batch_id=batch.id)
        services.add_records(act, [row])
    return row.record_id


def test_only_a_directives_list_makes_of_concern_and_only_while_it_stands(county: County) -> None:
    from nanxi.people import matching

    records = [
        listed(county, ref="directive:1"), listed(county, ref=""), listed(county, ref="directive:2", withdrawn=True),
        listed(county, ref="directive:3", day=None),
    ]  # fmt: skip
    matching.match_records(records)
    person = county.person(records[0])
    with county.as_officer("lin"):
        found = circle_queries.concerns_of(person)
    assert sorted(one.source_ref for one in found) == ["directive:1", "directive:3"]
    first = next(one for one in found if one.source_ref == "directive:1")
    assert (first.until, first.holds(date(2020, 2, 8)), first.holds(date(2020, 2, 9))) == (date(2020, 2, 8), True, False)


def test_nothing_keeps_a_status_of_concern() -> None:
    """Derived each time: no column of the register says it."""
    names = {field.name for field in SourceRecord._meta.get_fields()}
    assert not {name for name in names if "concern" in name or "status" in name}
