"""The day parts: the same answer as comparing everything, nothing lost, people who change hands, purged days."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from nanxi.cases import archive, asking, followers, persons, services
from nanxi.cases.archive import mapping, parts
from nanxi.cases.asking import Found, Question
from nanxi.cases.models import Case, Entity, Sighting
from nanxi.cases.services import Seen
from nanxi.cases.tests import oracle
from nanxi.cases.tests.register import Register
from nanxi.cases.tests.story import confirmed, traced
from nanxi.cases.tests.town import NANXI, NOW, OUBEI, Town
from nanxi.engines.trace import protocol
from nanxi.foundation import acts, vault
from nanxi.foundation.act import Act, house
from nanxi.foundation.identifiers import uuid7
from nanxi.foundation.models import DayKey, LedgerEntry

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
PLACES = ["market", "Riverside 1", "trip#train#G7381#2020-01-28#3", "trip#coach#K12#2020-01-28#", "valve works"]


def ask(question: Question) -> Found:
    with mapping.opened(mapping.ARCHIVE):
        return asking.answer(question)


def asked(case: Case, days: int = 4) -> Question:
    edition = protocol.edition_of("cn-2020-02")
    return Question(case, NOW - days * DAY, NOW, edition, edition.slack_s, None)


@dataclass
class Street:
    """A case and some people with several records each, and sightings drawn for them."""

    town: Town
    case: Case
    rng: random.Random
    records: list[UUID]

    def draw(self, count: int) -> None:
        rows: list[Seen] = []
        for _ in range(count):
            t0 = NOW - timedelta(minutes=self.rng.randrange(10, 6 * 24 * 60))
            length = self.rng.choice([0, 5, 20, 90, 500, 2000])
            t1 = None if length == 0 else min(t0 + length * MINUTE, NOW)
            record = self.rng.choice([*self.records, self.case.record_id])
            place, seat = self.rng.choice(PLACES), self.rng.randrange(-1, 6)
            rows.append(Seen(record, place, t0, NANXI, "scan", str(uuid7()), t1, 1.0, seat))
        services.record_sightings(self.town.act("ding"), rows)


@pytest.fixture
def street(county: Town, register: Register) -> Street:
    case = confirmed(county)
    act = county.act("ding")
    records = [
        persons.claim(act, area=NANXI, source_kind="test", source_ref=f"{n}", name=f"P{n}", id_no=f"N{n % 12}") for n in range(24)
    ]
    return Street(county, case, random.Random(7), records)


def figures(found: Found) -> dict[str, tuple[object, ...]]:
    person = persons.persons_of({record for one in found.met for record in one.records})
    return {
        str(person.get(m.records[0], m.records[0])): (
            m.klass, m.visits, m.places, m.overlap_s, m.longest_s, m.first, m.last, m.exposure, m.companionship,
        )
        for m in found.met
    }  # fmt: skip


def expected(question: Question) -> dict[str, tuple[object, ...]]:
    return {
        name: (c.klass, c.visits, c.places, c.overlap_s, c.longest_s, c.first, c.last, c.exposure, c.companionship)
        for name, c in oracle.contacts(question).items()
    }


@pytest.mark.parametrize("seed", range(4))
def test_the_parts_answer_as_comparing_everything_does(street: Street, seed: int) -> None:
    street.rng.seed(seed)
    for count in (60, 40, 3):
        street.draw(count)
        archive.catch_up(NOW)
    question = asked(street.case)
    assert figures(ask(question)) == expected(question)
    assert archive.tidy(night=True)
    assert figures(ask(question)) == expected(question)


def test_putting_away_twice_changes_no_answer(street: Street) -> None:
    """Killed after the part was written and before the rows were told so: the rows wait and are put away again."""
    street.draw(60)
    archive.catch_up(NOW)
    with acts.set_up():
        Sighting.objects.update(waits=True)
    assert archive.catch_up(NOW) == 60
    question = asked(street.case)
    assert figures(ask(question)) == expected(question)


def test_the_evidence_is_what_comparing_everything_finds(street: Street) -> None:
    street.draw(90)
    archive.catch_up(NOW)
    question = asked(street.case)
    found = ask(question)
    assert found.parts
    meetings = asking.meetings(found.parts, found.met)
    truth = oracle.contacts(question)
    for one in found.met:
        whose = str(persons.person_of(one.records[0]))
        mine = [(found.parts.names[m.place], m.first, m.last, m.overlap_s, m.crowd) for m in meetings[one.number].meetings]
        assert sorted(mine) == sorted((m.place, m.first, m.last, m.overlap_s, m.crowd) for m in truth[whose].meetings)


def test_a_record_that_changes_hands_takes_its_sightings_along(street: Street, register: Register) -> None:
    street.draw(90)
    archive.catch_up(NOW)
    moved, to = street.records[0], register.links[street.records[5]]
    register.links[moved] = to
    entry = LedgerEntry(kind="people.link.changed", facts={"record": str(moved), "after": str(to)})
    with acts.set_up():
        followers.follow_links(Act(actor=house("cases"), clock=street.town.clock), entry)
    archive.catch_up(NOW)
    question = asked(street.case)
    # The given-up number still stands in the crowd, so only the companionship may differ until the night.
    assert {k: v[:8] for k, v in figures(ask(question)).items()} == {k: v[:8] for k, v in expected(question).items()}
    archive.rebuild()
    assert figures(ask(question)) == expected(question)


def test_a_purged_day_is_gone_and_the_others_are_served(street: Street) -> None:
    street.draw(90)
    archive.catch_up(NOW)
    days = sorted(set(Sighting.objects.values_list("day", flat=True)))
    with acts.set_up():
        assert vault.destroy_day_keys(days[:2]) == 2
    assert archive.tidy()
    assert set(Sighting.objects.values_list("day", flat=True)) == set(days[2:])
    assert not any(name.startswith(f"{day}") for day in days[:2] for name in [p.name for p in parts.folder().iterdir()])
    question = asked(street.case)
    assert figures(ask(question))


def test_what_a_worker_had_opened_of_a_day_goes_with_its_key(street: Street) -> None:
    """The key is destroyed by another process; this one had the day's parts open in memory."""
    street.draw(90)
    archive.catch_up(NOW)
    question = asked(street.case)
    before = ask(question)
    assert before.parts
    days = sorted(set(Sighting.objects.values_list("day", flat=True)))
    held = parts._held[0]
    with acts.set_up():
        assert DayKey.objects.filter(day__in=days).delete()[0] == len(days)
    assert archive.store() is not held
    assert not figures(ask(question))
    assert not vault.days_with_keys(days)
    assert archive.fold()
    assert not Sighting.objects.exists()
    assert not list(parts.folder().glob("*.part"))


def test_nothing_that_names_a_person_or_place_lies_in_the_folder(street: Street) -> None:
    street.draw(60)
    archive.catch_up(NOW)
    written = b"".join(path.read_bytes() for path in parts.folder().iterdir() if path.is_file())
    for word in ("market", "Riverside", "G7381", str(street.case.record_id), str(street.records[0])):
        assert word.encode() not in written
    store = archive.store()
    assert store.manifest.sealed
    assert not {"market", "Riverside 1"} & set(store.places)


def test_the_mapping_shows_only_to_a_named_run(street: Street) -> None:
    street.draw(20)
    archive.catch_up(NOW)
    assert not Entity.objects.exists()
    with mapping.opened(uuid7()):
        assert not Entity.objects.exists()
    run = traced(street.town, street.case)
    with mapping.opened(run.id):
        assert Entity.objects.exists()
    assert not Entity.objects.exists()


def test_a_lost_or_damaged_folder_is_made_again(street: Street) -> None:
    import shutil

    street.draw(60)
    archive.catch_up(NOW)
    shutil.rmtree(parts.folder())
    archive.catch_up(NOW)
    question = asked(street.case)
    assert figures(ask(question)) == expected(question)
    damaged = next(parts.folder().glob("*.part"))
    damaged.write_bytes(damaged.read_bytes()[:100])
    parts._held.clear()
    assert ask(question).lost == 1
    archive.tidy(night=True)
    assert figures(ask(question)) == expected(question)


def test_an_unlinked_record_is_waited_for(county: Town) -> None:
    act = county.act("ding")
    record = persons.claim(act, area=OUBEI, source_kind="test", source_ref="1", name="Nobody Yet")
    services.record_sighting(act, record_id=record, place="gate", t0=NOW - DAY, source="post", area=OUBEI, key="k")
    recorded = Sighting.objects.get().recorded_at
    assert archive.catch_up(recorded + MINUTE / 2, patience=MINUTE) == 0
    assert archive.catch_up(recorded + MINUTE * 2, patience=MINUTE) == 1


def test_a_full_disk_leaves_the_rows_waiting(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    import errno

    from nanxi.cli import InputError
    from nanxi.engines.trace import manifest

    def full(path: Path, write: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    street.draw(20)
    with monkeypatch.context() as patch:
        patch.setattr(manifest, "whole_file", full)
        with pytest.raises(InputError, match="disk is full"):
            archive.catch_up(NOW)
    assert Sighting.objects.filter(waits=True).count() == 20
    archive.catch_up(NOW)
    question = asked(street.case)
    assert figures(ask(question)) == expected(question)
