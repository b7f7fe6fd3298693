# pyright: basic
"""The edge cases of the field, one by one, through the store: clocks, doors, plates, seats, clones, staff, late data."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from nanxi.cli import InputError
from nanxi.engines.trace import query, writer
from nanxi.engines.trace.cells import cell_of, ring
from nanxi.engines.trace.ingest import in_two_places, ingest
from nanxi.engines.trace.protocol import Trip, edition_at
from nanxi.engines.trace.query import Answer, Asking
from nanxi.engines.trace.stays import Sighting
from nanxi.engines.trace.store import Store
from nanxi.engines.trace.visits import Seed

EDITION = edition_at(date(2020, 2, 24))
DAY, HOUR = 86_400, 3600
LON, LAT = 120.69, 28.15


def ask(folder: Path, rows: list[Sighting], *seeds: Seed, slack: int = 600, **how: object) -> tuple[Store, list[Answer]]:
    ingested = {name: how.pop(name) for name in ("skew", "entities", "places") if name in how}
    writer.append(folder, ingest(rows, **ingested))  # type: ignore[arg-type]
    store = Store(folder)
    return store, query.contacts(store, seeds or [Seed("case", 0, 30 * DAY)], Asking(EDITION, slack, **how))  # type: ignore[arg-type]


def names(store: Store, answer: Answer) -> list[str]:
    return [store.entities[int(e)] for e in answer.entity]


def test_a_clock_that_was_put_right_halfway(tmp_path: Path) -> None:
    """Gate 4 ran an hour fast until noon; both of its meetings are meetings, and only with its steps told."""
    rows = [Sighting("case", "gate", 9 * HOUR, None), Sighting("a", "gate", 10 * HOUR, None, "gate-4")]
    rows += [Sighting("case", "gate", 15 * HOUR, None), Sighting("b", "gate", 15 * HOUR, None, "gate-4")]
    store, (found,) = ask(tmp_path, rows, skew={"gate-4": [(0, -HOUR), (12 * HOUR, 0)]})
    assert sorted(names(store, found)) == ["a", "b"]


def test_before_and_after_midnight_lies_in_two_parts(tmp_path: Path) -> None:
    midnight = 3 * DAY - 8 * HOUR
    rows = [Sighting("case", "gate", midnight - 60, None), Sighting("b", "gate", midnight + 240, None)]
    store, (found,) = ask(tmp_path, rows)
    assert len(store.parts) == 2
    assert found.first.tolist() == [midnight + 240]


@pytest.mark.parametrize(("slack", "met"), [(0, False), (119, False), (120, True)])
def test_slack_is_to_the_second_and_points_touch(tmp_path: Path, slack: int, met: bool) -> None:
    store, (found,) = ask(tmp_path, [Sighting("case", "g", 0, None), Sighting("b", "g", 120, None)], slack=slack)
    assert names(store, found) == (["b"] if met else [])


def test_three_days_in_a_ward_are_one_visit_in_four_parts(tmp_path: Path) -> None:
    rows = [Sighting("case", "ward", 0, 3 * DAY), Sighting("b", "ward", HOUR, 3 * DAY)]
    _, (found,) = ask(tmp_path, rows)
    assert (found.visits[0], found.overlap_s[0], found.longest_s[0]) == (1, 3 * DAY - HOUR, 3 * DAY - HOUR)


def test_two_devices_of_one_door_and_a_plate_read_wrongly(tmp_path: Path) -> None:
    rows = [Sighting("case", "door-north", 0, None), Sighting("浙C·O1234", "door-south", 60, None)]
    store, (found,) = ask(
        tmp_path, rows, places={"door-south": ("door-north", 1.0)}, entities={"浙C·O1234": ("浙C·01234", 0.5)}
    )
    assert names(store, found) == ["浙C·01234"]
    assert found.exposure.tolist() == [round(0.5 * 300 / 900, 4)]


def test_one_card_in_two_places_is_flagged_and_kept() -> None:
    stays = ingest([Sighting("p", "shop", 0, 2 * HOUR), Sighting("p", "bank", HOUR, 3 * HOUR), Sighting("q", "shop", 0, HOUR)])
    assert in_two_places(stays) == [("p", HOUR, 2 * HOUR)]
    assert len(stays) == 3


def test_the_staff_of_a_post_are_left_out_by_their_roster(tmp_path: Path) -> None:
    rows = [Sighting("case", "post", 0, 60), Sighting("guard", "post", 0, 8 * HOUR), Sighting("b", "post", 30, 90)]
    store, (found,) = ask(tmp_path, rows, staff=["guard"])
    assert names(store, found) == ["b"]


def test_seats_of_one_coach_and_another_coach(tmp_path: Path) -> None:
    plane, other = Trip("plane", "CA1", "1970-01-01").place, Trip("plane", "CA2", "1970-01-01").place
    rows = [Sighting("case", plane, 0, 7800, "ticket", 1.0, 12), Sighting("near", plane, 0, 7800, "ticket", 1.0, 15)]
    rows += [Sighting("far", plane, 0, 7800, "ticket", 1.0, 20), Sighting("elsewhere", other, 0, 7800, "ticket", 1.0, 12)]
    store, (found,) = ask(tmp_path, rows)
    told = dict(zip(names(store, found), found.klass.tolist(), strict=True))
    assert {name: query.CLASSES[k].value for name, k in told.items()} == {"near": "close", "far": "general"}


def test_several_cases_are_answered_one_by_one(tmp_path: Path) -> None:
    rows = [Sighting("case", "shop", 0, HOUR), Sighting("case2", "shop", 0, HOUR), Sighting("b", "shop", 0, HOUR)]
    store, found = ask(tmp_path, rows, Seed("case2", 0, DAY), Seed("case", 0, DAY))
    assert {a.seed: names(store, a) for a in found} == {"case2": ["b", "case"], "case": ["b", "case2"]}


def test_late_data_change_the_answer_and_its_version(tmp_path: Path) -> None:
    _, (before,) = ask(tmp_path, [Sighting("case", "shop", 0, HOUR)])
    store, (after,) = ask(tmp_path, [Sighting("late", "shop", 0, HOUR)])
    assert (len(before), names(store, after)) == (0, ["late"])
    assert before.version != after.version


def test_an_erased_day_answers_nobody(tmp_path: Path) -> None:
    ask(tmp_path, [Sighting("case", "shop", 0, HOUR), Sighting("b", "shop", 0, HOUR)])
    assert writer.erase(tmp_path, 5) == 1
    (found,) = query.contacts(Store(tmp_path), [Seed("case", 0, DAY)], Asking(EDITION))
    assert len(found) == 0


METRE = 1 / 111_320


@pytest.mark.parametrize("lat", [LAT, 0.0, -33.9, 60.2])
def test_everybody_within_a_hundred_metres_is_in_the_ring_and_nobody_far_beyond(lat: float) -> None:
    import math

    for step in range(60):
        lon = LON + step * 17 * METRE
        here = cell_of(lon, lat)
        for angle in range(0, 360, 20):
            dx, dy = math.cos(math.radians(angle)), math.sin(math.radians(angle))
            near, far = (
                cell_of(lon + d * dx * METRE / math.cos(math.radians(lat)), lat + d * dy * METRE) for d in (99, 430)
            )
            assert near == here or near in ring([here, near])[here]
            assert far != here and far not in ring([here, far])[here]


def test_the_ring_closes_at_the_date_line() -> None:
    east, west = cell_of(179.9999, 10.0), cell_of(-179.9999, 10.0)
    assert ring([east, west]) == {east: [west], west: [east]}
    with pytest.raises(ValueError, match="lon is from"):
        cell_of(200, 0)


def test_positions_meet_over_the_edge_of_a_cell(tmp_path: Path) -> None:
    edge = 120.69
    while cell_of(edge, LAT) == cell_of(120.69, LAT):
        edge += 5 * METRE
    mine, theirs = cell_of(edge - 6 * METRE, LAT), cell_of(edge + 2 * METRE, LAT)
    rows = [Sighting("case", mine, 0, 900), Sighting("b", theirs, 0, 900), Sighting("c", cell_of(edge + 0.02, LAT), 0, 900)]
    store, (found,) = ask(tmp_path, rows, near=ring([row.place for row in rows]))
    assert mine != theirs
    assert names(store, found) == ["b"]


def test_two_entities_that_are_one_person_answer_as_one(tmp_path: Path) -> None:
    rows = [Sighting("case", "shop", 0, HOUR), Sighting("case*", "bank", DAY, DAY + HOUR), Sighting("b", "bank", DAY, DAY + HOUR)]
    rows += [Sighting("c", "shop", 0, 1800), Sighting("c*", "shop", 1800, HOUR), Sighting("c*", "bank", DAY, DAY + 900)]
    ask(tmp_path, rows)
    for day in range(1, 3):
        writer.append(tmp_path, ingest([Sighting("d", "park", day * DAY, day * DAY + 60)]))
    assert writer.unite(tmp_path, {"case*": "case", "c*": "c", "nobody": "case"}) == 2
    store = Store(tmp_path)
    (found,) = query.contacts(store, [Seed("case", 0, 30 * DAY)], Asking(EDITION))
    told = zip(names(store, found), found.visits.tolist(), found.overlap_s.tolist(), found.longest_s.tolist(), strict=True)
    assert sorted(told) == [("b", 1, HOUR, HOUR), ("c", 2, HOUR + 900, HOUR)]
    fresh = tmp_path / "fresh"
    writer.append(fresh, ingest([row._replace(entity=row.entity.rstrip("*")) for row in rows]))
    (anew,) = query.contacts(Store(fresh), [Seed("case", 0, 30 * DAY)], Asking(EDITION))
    assert anew.exposure.tolist() == found.exposure.tolist()
    assert query.contacts(store, [Seed("case*", 0, 30 * DAY)], Asking(EDITION))[0].met == 0
    with pytest.raises(InputError, match="name the last one"):
        writer.unite(tmp_path, {"b": "c", "c": "case"})
