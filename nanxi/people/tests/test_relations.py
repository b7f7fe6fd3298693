"""Relations, minors and temporary residents: said with evidence through an opened page, ended and never deleted."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import connection, transaction
from django.utils import translation

from nanxi.foundation import grants, scope
from nanxi.foundation.act import Act, Refused
from nanxi.foundation.grants import Opening, Purpose
from nanxi.foundation.models import LedgerEntry
from nanxi.foundation.reach import EVERYWHERE
from nanxi.people import circle_queries, dwellings, matching, queries, services
from nanxi.people.identity import Identity
from nanxi.people.models import Relation, SourceRecord, TemporaryResidence
from nanxi.people.rules import minors, spans
from nanxi.people.services import Said, Whom
from nanxi.people.services.circle import registered
from nanxi.people.services.leaving import take_out
from nanxi.people.tests.county import NANXI, OUBEI, VILLAGE, County, chen, id_of
from nanxi.people.tests.test_rules import rows

HOME = "桥头镇前村1号"
TASK = uuid4()
BOOK = Said("book", "family")


@pytest.mark.parametrize(("born", "asked_on", "stage", "not_alone"), rows("people_minors.md"))
def test_what_is_not_asked_of_a_minor_alone(born: str, asked_on: str, stage: str, not_alone: str) -> None:
    found = minors.stage(date.fromisoformat(born), date.fromisoformat(asked_on))
    assert (found or "of age") == stage
    assert ", ".join(minors.NOT_ALONE[found] if found else []) == not_alone.replace("–", "")


@pytest.mark.parametrize(("known", "speaks", "because"), rows("people_speakers.md"))
def test_who_speaks_for_a_minor(known: str, speaks: str, because: str) -> None:
    adults, answers = [], None
    for text in known.split(", "):
        kind, number = text.replace("!", "").replace("~", "").split(" ")
        if kind == "home:":
            answers = UUID(int=int(number))
        else:
            adults.append(minors.Adult(UUID(int=int(number)), kind, of_age="!" not in text, phone="~" not in text))
    expected = None if speaks == "–" else (UUID(int=int(speaks)), because)
    assert minors.speaker(adults, answers) == expected


def test_the_last_day_counts_and_an_error_never_held() -> None:
    day = date(2020, 1, 30)
    assert spans.holds(None, None, day)
    assert spans.holds(day, day, day)
    assert not spans.holds(None, day - timedelta(days=1), day)
    assert not spans.holds(day + timedelta(days=1), None, day)
    assert not spans.holds(None, None, day, error=True)


@pytest.fixture
def task(monkeypatch: pytest.MonkeyPatch) -> UUID:
    """An open task that opens every person."""
    monkeypatch.setattr(grants, "_checks", dict(grants._checks))
    grants.register("tests.task", lambda actor, thing, person, now: Opening(thing == TASK, area_code=OUBEI))
    return TASK


def opened(act: Act, person: UUID) -> Act:
    grants.open_person(act, person, via=("tests.task", TASK), purpose=Purpose.VERIFICATION)
    return act


@pytest.fixture
def family(county: County, task: UUID) -> dict[str, UUID]:
    """Mother and child at one address, the grandmother at another; persons by name."""
    mother, child, granny = county.take(
        Identity(name="林玉兰", id_no=id_of("19850101"), phone="13800000001", address=HOME),
        Identity(name="陈小雨", id_no=id_of("20120101"), address=HOME),
        Identity(name="王秀英", id_no=id_of("19550101"), phone="13800000009", address="桥头镇前村8号"),
    )
    return {"mother": county.person(mother), "child": county.person(child), "granny": county.person(granny)}


def relate(county: County, person: UUID, other: UUID, kind: str = "guardian", said: Said = BOOK, who: str = "lin") -> Relation:
    with county.as_officer(who) as act:
        opened(act, person)
        record = queries.best_record(other)
        return services.record_relation(act, person_id=person, kind=kind, whom=Whom(record), said=said)


def speaks(county: County, person: UUID) -> tuple[UUID, str] | None:
    with county.as_officer("lin") as act:
        return circle_queries.speaker_of(person, act.now)


def test_a_guardian_speaks_before_the_household(county: County, family: dict[str, UUID]) -> None:
    assert speaks(county, family["child"]) == (family["mother"], "household")
    relate(county, family["child"], family["granny"])
    assert speaks(county, family["child"]) == (family["granny"], "guardian")


def test_a_guardian_in_the_household_answers_for_all(county: County, family: dict[str, UUID]) -> None:
    (record,) = county.take(Identity(name="陈大伯", id_no=id_of("19500101"), phone="13800000001", address=HOME))
    uncle = county.person(record)
    with county.as_officer("lin") as act:
        home = circle_queries.household_of(family["child"], act.now)
        assert home
        assert home.answers == uncle
    relate(county, family["child"], family["mother"], "parent")
    with county.as_officer("lin") as act:
        home = circle_queries.household_of(family["child"], act.now)
        assert home
        assert home.answers == family["mother"]
        digest = dwellings.home_digest(HOME, VILLAGE)
        assert digest
        assert [one.answers for one in dwellings.residents_of(digest, act.now)] == [True, False, False]
        assert queries.persons_of([dwellings.residents_of(digest, act.now)[0].record_id]).popitem()[1] == family["mother"]


def test_the_ledger_knows_who_said_it_and_names_nobody(county: County, family: dict[str, UUID]) -> None:
    made = relate(county, family["child"], family["granny"], said=Said("ruling", "committee", since=date(2019, 5, 1)))
    (entry,) = county.entries("people.relation.recorded")
    assert (entry.person_id, entry.subject_id) == (family["child"], made.id)
    assert (entry.facts["relation"], entry.facts["evidence"], entry.facts["said_by"]) == ("guardian", "ruling", "committee")
    assert str(family["granny"]) not in str(entry.facts)


def test_without_an_opened_page_nothing_is_said(county: County, family: dict[str, UUID]) -> None:
    with county.as_officer("lin") as act, pytest.raises(Refused, match="first"):
        services.record_relation(act, person_id=family["child"], kind="guardian", whom=Whom(identity=chen()), said=BOOK)
    relate(county, family["child"], family["granny"])
    county.clock.forward(hours=3)
    with county.as_officer("lin") as act, pytest.raises(Refused, match="first"):
        services.end_relation(act, Relation.objects.get(), person_id=family["child"], ending="over")


def test_somebody_named_becomes_a_record_and_then_a_person(county: County, family: dict[str, UUID]) -> None:
    aunt = Identity(name="陈小妹", id_no=id_of("19880808", 2), phone="13800000077")
    with county.as_officer("lin") as act:
        opened(act, family["child"])
        made = services.record_relation(
            act, person_id=family["child"], kind="relative", whom=Whom(identity=aunt), said=Said("word", "self")
        )
        (tie,) = circle_queries.ties_of(family["child"], date(2020, 1, 30))
        assert (tie.other, tie.holds, tie.turned) == (None, True, False)
    matching.match_records([made.other_id])
    person = county.person(made.other_id)
    with county.as_officer("lin"):
        (tie,) = circle_queries.ties_of(family["child"], date(2020, 1, 30))
        assert tie.other == person
        (back,) = circle_queries.ties_of(person, date(2020, 1, 30))
        assert (back.turned, back.other) == (True, family["child"])
        # Named in an interview of somebody else: a name, not a home.
        assert queries.homes_of([made.other_id]) == {made.other_id: set()}


@pytest.mark.parametrize(
    ("kind", "said", "sentence"),
    [
        ("guardian", Said("book", "family", since=date(2020, 1, 31)), "lies ahead"),
        ("guardian", Said("book", "family", since=date(2020, 1, 20), until=date(2020, 1, 10)), "before the first"),
    ],
)
def test_days_that_cannot_be(county: County, family: dict[str, UUID], kind: str, said: Said, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        relate(county, family["child"], family["granny"], kind, said)


def test_nobody_is_the_own_guardian_and_no_minor_is_one(county: County, family: dict[str, UUID]) -> None:
    with pytest.raises(Refused, match="oneself"):
        relate(county, family["child"], family["child"])
    with pytest.raises(Refused, match="under age"):
        relate(county, family["mother"], family["child"], "foreman")
    relate(county, family["child"], family["granny"])
    with pytest.raises(Refused, match="known already"):
        relate(county, family["child"], family["granny"])


def test_an_end_is_kept_and_a_new_one_can_begin(county: County, family: dict[str, UUID]) -> None:
    made = relate(county, family["child"], family["granny"])
    with county.as_officer("lin") as act:
        opened(act, family["granny"])
        services.end_relation(act, made, person_id=family["granny"], ending="over", last=date(2020, 1, 29))
        with pytest.raises(Refused, match="colleague"):
            services.end_relation(act, made, person_id=family["granny"], ending="over")
        (tie,) = circle_queries.ties_of(family["child"], date(2020, 1, 30))
        assert not tie.holds
        assert tie.row.until == date(2020, 1, 29)
    assert speaks(county, family["child"]) == (family["mother"], "household")
    relate(county, family["child"], family["granny"])
    assert speaks(county, family["child"]) == (family["granny"], "guardian")


def test_a_relation_is_never_deleted_nor_rewritten(county: County, family: dict[str, UUID]) -> None:
    relate(county, family["child"], family["granny"])
    for words in (
        "DELETE FROM people_relation", "UPDATE people_relation SET kind = 'employer'",
        "UPDATE people_relation SET evidence = 'book'", "DELETE FROM people_temporaryresidence",
        "UPDATE people_temporaryresidence SET registered_at = ''",
    ):  # fmt: skip
        refused = pytest.raises(psycopg.errors.InsufficientPrivilege)
        with county.as_officer("lin"), refused, transaction.atomic(), connection.connection.cursor() as cursor:
            cursor.execute(words)


def test_another_town_sees_no_relation_until_a_grant_opens_the_person(county: County, family: dict[str, UUID]) -> None:
    relate(county, family["child"], family["granny"])
    with county.as_officer("he"):
        assert not circle_queries.ties_of(family["child"], date(2020, 1, 30))
        assert not Relation.everything.exists()
    for person in (family["child"], family["granny"]):
        with county.as_officer("he") as act:
            opened(act, person)
            (tie,) = circle_queries.ties_of(person, date(2020, 1, 30))
            assert tie.holds
        county.clock.forward(hours=3)


def test_the_other_person_in_another_town_hides_no_relation(county: County, family: dict[str, UUID]) -> None:
    (far,) = county.take(Identity(name="王远", id_no=id_of("19700303"), phone="13800000055"), area=NANXI)
    relate(county, family["child"], county.person(far), who="gao")
    with county.as_officer("lin"):
        (tie,) = circle_queries.ties_of(family["child"], date(2020, 1, 30))
        assert (tie.other, tie.holds) == (None, True)


def test_a_relation_stays_with_the_person_when_its_row_leaves(county: County, family: dict[str, UUID]) -> None:
    (again,) = county.take(Identity(name="陈小雨", id_no=id_of("20120101"), address=HOME))
    made = relate(county, family["child"], family["granny"])
    leaving = made.record_id
    assert leaving != again
    with matching.county() as act:
        take_out(act, [leaving])
    assert speaks(county, family["child"]) == (family["granny"], "guardian")


def reside(county: County, person: UUID, who: str = "lin", **more: object) -> TemporaryResidence:
    said = Said("card", "police", since=date(2020, 1, 10), until=date(2020, 3, 1))
    facts = {"kind": "rented", "area": VILLAGE, "address": HOME, "registered_at": "湖北省武汉市", "said": said, **more}
    with county.as_officer(who) as act:
        opened(act, person)
        return services.register_residence(act, person_id=person, **facts)  # type: ignore[arg-type]


def test_a_temporary_resident_counts_to_the_household_until_the_end(county: County, family: dict[str, UUID]) -> None:
    guest = chen(name="周远", id_no=id_of("19900909"), phone="13900000001", address="")
    person = county.person(county.take(guest)[0])
    made = reside(county, person, host=Whom(_best(county, family["mother"])))
    assert made.registered_at == "420100"
    with county.as_officer("lin") as act:
        home = circle_queries.household_of(family["child"], act.now)
        assert home
        assert (set(home.persons), home.temporary) == ({family["child"], family["mother"], person}, {person})
        digest = dwellings.home_digest(HOME, VILLAGE)
        assert digest
        assert len(dwellings.residents_of(digest, act.now)) == 3
        assert [row.persons for row in dwellings.homes_in(VILLAGE, f"{VILLAGE}~", act.now) if row.digest == digest] == [3]
        services.end_residence(act, made, person_id=person, ending="over")
        home = circle_queries.household_of(family["child"], act.now)
        assert home
        assert person not in home.persons
        (kept,) = circle_queries.residences_of(person, date(2020, 1, 30))
        assert (kept.holds, kept.row.until) == (False, date(2020, 1, 30))


def _best(county: County, person: UUID) -> UUID:
    with scope.enter(EVERYWHERE):
        found = queries.best_record(person)
        assert found
        return found


def test_the_record_of_a_residence_is_the_persons_without_any_rule(county: County, task: UUID) -> None:
    """Nothing but a name: no rule would know that it is the same person. The officer does."""
    (known,) = county.take(Identity(name="周远"))
    made = reside(county, county.person(known))
    record = county.row(made.record_id)
    assert (record.person_id, record.pinned, record.source_kind) == (county.person(known), True, "people.residence")
    assert record.matched_at is not None
    assert HOME.encode() not in bytes(record.sealed)


@pytest.mark.parametrize(
    ("place", "sentence"),
    [("某地", "not known"), ("", "not known")],
)
def test_a_residence_of_nowhere_is_refused(county: County, task: UUID, place: str, sentence: str) -> None:
    (known,) = county.take(Identity(name="周远"))
    with pytest.raises(Refused, match=sentence):
        reside(county, county.person(known), registered_at=place)


def test_whoever_is_registered_here_is_no_temporary_resident() -> None:
    assert registered("浙江省温州市乐清市", "330324101001") == "330382"
    assert registered("湖北", "330324101001") == "420000"
    with translation.override("en"), pytest.raises(Refused, match="registered in this county"):
        registered("浙江省温州市永嘉县", "330324101001")


def test_one_lives_here_for_a_time_once_and_the_overdue_are_told(county: County, task: UUID) -> None:
    person = county.person(county.take(Identity(name="周远"))[0])
    reside(county, person)
    with pytest.raises(Refused, match="already"):
        reside(county, person)
    with county.as_officer("lin"):
        (row,) = circle_queries.residences_of(person, date(2020, 3, 1))
        assert (row.holds, row.overdue) == (True, False)
        (row,) = circle_queries.residences_of(person, date(2020, 3, 2))
        assert (row.holds, row.overdue) == (True, True)


def test_what_is_said_follows_its_record_when_a_link_is_undone(county: County, family: dict[str, UUID]) -> None:
    (again,) = county.take(Identity(name="王秀英", id_no=id_of("19550101"), phone="13800000009"))
    assert county.person(again) == family["granny"]
    with county.as_officer("lin") as act:
        opened(act, family["child"])
        services.record_relation(act, person_id=family["child"], kind="guardian", whom=Whom(again), said=BOOK)
        link = queries.links_of_person(family["granny"]).get(record_id=again)
        services.undo_link(act, link)
    assert county.person(again) != family["granny"]
    assert speaks(county, family["child"]) == (county.person(again), "guardian")


def test_the_register_keeps_no_age(county: County) -> None:
    names = {field.name for model in (SourceRecord, Relation, TemporaryResidence) for field in model._meta.get_fields()}
    assert not {name for name in names if "age" in name.split("_") or "minor" in name}


def test_every_act_leaves_one_entry(county: County, family: dict[str, UUID]) -> None:
    reside(county, family["granny"])
    made = relate(county, family["child"], family["granny"])
    with county.as_officer("lin") as act:
        opened(act, family["child"])
        services.end_relation(act, made, person_id=family["child"], ending="error")
    with scope.enter(EVERYWHERE):
        kinds = set(LedgerEntry.objects.filter(kind__startswith="people.re").values_list("kind", flat=True))
    assert {"people.relation.recorded", "people.relation.ended", "people.residence.registered"} <= kinds
