"""What devices, laboratories and people themselves hand in: places, passages, results, interviews, positions. No truth here."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any, Self

import numpy as np

from nanxi.rehearsal.archive import Archive
from nanxi.rehearsal.chance import Chance
from nanxi.rehearsal.journeys import Journeys
from nanxi.rehearsal.life import DAY_S, Stays, iso, midnight
from nanxi.rehearsal.outbreak import NEVER, Encounters
from nanxi.rehearsal.places import KINDS, Places
from nanxi.rehearsal.residents import HEAD
from nanxi.rehearsal.sightings import SOURCES, Sightings
from nanxi.rehearsal.tracks import draw_walk, measure, message

_POST = [name for name, _, _ in SOURCES].index("checkpoint")
#: What a case is asked to remember: four days before onset until the test.
ASKED_BEFORE_S = 4 * DAY_S


def write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def write_rows(path: Path, header: tuple[str, ...], rows: Any) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def write_places(path: Path, places: Places, trips: Iterable[int]) -> None:
    """Every place that has a name of its own, and the bus trips on which somebody was seen."""
    rows = (*places.fixed(), *((trip, *places.describe(trip)) for trip in trips))
    write_rows(path, ("place", "kind", "name", "area"), rows)


def write_houses(path: Path, places: Places) -> None:
    """Where each address stands, as whoever comes to the door reads it off a phone (WGS-84)."""
    residents = places.residents
    write_rows(
        path,
        ("address", "area", "lon", "lat"),
        (
            (
                "永嘉县" + residents.house_name(places.county, house),
                places.county.village_code[village],
                float(residents.house_lon[house]),
                float(residents.house_lat[house]),
            )
            for house, village in enumerate(residents.house_village.tolist())
        ),
    )


def write_vehicles(path: Path, places: Places, journeys: Journeys, start: date, days: int) -> None:
    """Who owns which car, and who was seen at its wheel, in the form of `nanxi trace query --assoc`."""
    residents = places.residents
    first, last = midnight(start, 0), midnight(start, days)
    owners = np.flatnonzero(residents.role == HEAD)
    plates = residents.house_plate
    write_rows(
        path,
        ("entity", "vehicle", "start", "end", "kind", "conf"),
        (
            *(
                (residents.id_no[p], plate, first, last, "owner", 0.5)
                for p in owners.tolist()
                if (plate := plates[int(residents.household[p])])
            ),
            *((residents.id_no[p], plates[house], t0, t1, "occupant", 1.0) for p, house, t0, t1 in journeys.at_wheel),
        ),
    )


class Passages:
    """The posts' log, day by day: when, post, ID number as read, name, plate, temperature."""

    def __init__(self, path: Path, chance: Chance, places: Places) -> None:
        self.path, self.places, self.rng = path, places, chance.of("passages")
        self.posts = {place: name for place, kind, name, _ in places.fixed() if kind == "checkpoint"}

    def __enter__(self) -> Self:
        self.file = self.path.open("w", encoding="utf-8", newline="")
        self.writer = csv.writer(self.file, lineterminator="\n")
        self.writer.writerow(("at", "post", "id_no", "name", "plate", "temperature"))
        return self

    def __exit__(self, *error: object) -> None:
        self.file.close()

    def add(self, seen: Sightings) -> None:
        residents = self.places.residents
        rows = np.flatnonzero(seen.source == _POST)
        heat = np.round(self.rng.normal(36.5, 0.25, len(rows)), 1)
        for row, degrees in zip(rows.tolist(), heat.tolist(), strict=True):
            person = int(seen.person[row])
            plate = residents.house_plate[int(residents.household[person])]
            post = self.posts[int(seen.place[row])]
            self.writer.writerow((iso(int(seen.t0[row])), post, residents.id_no[person], residents.name[person], plate, degrees))


def write_cases(folder: Path, archive: Archive, places: Places) -> list[tuple[str, int, int, int]]:
    """cases.json (who, onset, samples, interview) and laboratory.csv (with negatives). Returns the stays that were remembered:
    ID number, place, from, until."""
    residents, outbreak = archive.residents, archive.outbreak
    end = midnight(archive.start, archive.days)
    confirmed = outbreak.confirmed_by(end)
    confirmed = confirmed[np.argsort(outbreak.confirmed_at[confirmed], kind="stable")]
    rng = archive.chance.of("interviews")
    met = outbreak.encounters() if outbreak.long else None
    stays = _together(outbreak.case_stays, confirmed)
    cases: list[dict[str, Any]] = []
    results: list[tuple[str, str, str, str, str, str]] = []
    remembered: list[tuple[str, int, int, int]] = []
    for number, person in enumerate(confirmed.tolist(), start=1):
        sampled, known = int(outbreak.tested_at[person]), int(outbreak.confirmed_at[person])
        accession = f"YJ{archive.start.year}-{number:05d}"
        results.append((accession, residents.id_no[person], residents.name[person], iso(sampled), iso(known), "positive"))
        mine = stays.of(stays.person == person)
        told = _remembered(rng, archive, mine, int(outbreak.onset[person]) - ASKED_BEFORE_S, sampled)
        remembered += [(residents.id_no[person], *stay) for stay in told]
        cases.append(
            {
                **_who(archive, person),
                "accession": accession,
                "onset": iso(int(outbreak.onset[person]))[:10] if outbreak.symptoms[person] else None,
                "sampled_at": iso(sampled),
                "confirmed_at": iso(known),
                "imported": bool(outbreak.home_from[person] > 0),
                "itinerary": _itinerary(places, told),
                "contacts": _named(rng, archive, places, met.of(met.case == person)) if met is not None else [],
            }
        )
    healthy = rng.choice(
        np.flatnonzero(outbreak.infected_at == NEVER), min(len(residents) // 50, 4 * len(confirmed) + 8), replace=False
    )
    for number, person in enumerate(healthy.tolist(), start=len(confirmed) + 1):
        sampled = midnight(archive.start, 0) + int(rng.integers(0, archive.days * DAY_S))
        results.append(
            (
                f"YJ{archive.start.year}-{number:05d}",
                residents.id_no[person],
                residents.name[person],
                iso(sampled),
                iso(sampled + DAY_S),
                "negative",
            )
        )
    write_json(folder / "cases.json", cases)
    write_rows(
        folder / "laboratory.csv",
        ("accession", "id_no", "name", "sampled_at", "result_at", "result"),
        sorted(results, key=lambda r: r[4]),
    )
    return remembered


def _who(archive: Archive, person: int) -> dict[str, str]:
    residents = archive.residents
    return {
        "id_no": residents.id_no[person],
        "name": residents.name[person],
        "phone": residents.phone[person],
        "address": residents.address(archive.county, person),
        "area": archive.county.village_code[residents.village(person)],
    }


def _together(parts: list[Stays], persons: np.ndarray) -> Stays:
    columns = [np.concatenate([getattr(part, name) for part in parts]) for name in ("person", "place", "t0", "t1")]
    every = Stays(*columns)
    return every.of(np.isin(every.person, persons))


def _remembered(rng: np.random.Generator, archive: Archive, stays: Stays, since: int, until: int) -> list[tuple[int, int, int]]:
    """The stays a case remembers, times rounded as people say them: place, from, until."""
    step = int(archive.noise["sightings", "interview_round_min"] * 60)
    told: list[tuple[int, int, int]] = []
    for row in np.argsort(stays.t0, kind="stable").tolist():
        t0, t1 = int(stays.t0[row]), int(stays.t1[row])
        if t1 < since or t0 > until or rng.random() >= archive.noise["sightings", "interview"]:
            continue
        begin = round(t0 / step)
        told.append((int(stays.place[row]), begin * step, max(round(t1 / step), begin + 1) * step))
    return told


def _itinerary(places: Places, told: list[tuple[int, int, int]]) -> list[dict[str, str]]:
    stays: list[dict[str, str]] = []
    for place, t0, t1 in told:
        kind, name, area = places.describe(place)
        stays.append({"kind": kind, "place": name, "area": area, "from": iso(t0), "until": iso(t1)})
    return stays


def _named(rng: np.random.Generator, archive: Archive, places: Places, met: Encounters) -> list[dict[str, Any]]:
    """People a case knows and remembers: those of home, work, school and table; nobody knows strangers on a bus."""
    known = np.isin(places.kind_of(met.place), [KINDS.index(kind) for kind in ("home", "firm", "class", "venue")])
    met = met.of(known)
    others, first = np.unique(met.other, return_index=True)
    named: list[dict[str, Any]] = []
    order = np.argsort(
        -np.bincount(np.searchsorted(others, met.other), (met.t1 - met.t0).astype(float), minlength=len(others)), kind="stable"
    )
    for at in order.tolist():
        if len(named) == int(archive.noise["sightings", "named_at_most"]):
            break
        if rng.random() >= archive.noise["sightings", "interview"]:
            continue
        row = int(first[at])
        kind, place, _ = places.describe(int(met.place[row]))
        named.append(
            {
                **_who(archive, int(others[at])),
                "relation": kind,
                "place": place,
                "last_met": iso(int(met.t1[met.other == others[at]].max())),
            }
        )
    return named


def write_positions(folder: Path, archive: Archive) -> list[tuple[str, str, str, str, str, int]]:
    """Phones of contacts kept at home. True departures: person, device, left_at, beyond_100m_at, home_again_at, metres."""
    residents, outbreak, noise = archive.residents, archive.outbreak, archive.noise
    end = midnight(archive.start, archive.days)
    kept = np.flatnonzero((outbreak.kept_from < end) & (outbreak.tested_at > end))
    if not len(kept):
        kept = np.flatnonzero(outbreak.home_from > 0)
    rng = archive.chance.of("followed")
    kept = np.sort(rng.permutation(kept)[: int(noise["positions", "followed"])])
    length = noise["positions", "days"] * DAY_S
    begin = end - int(length)
    second = np.arange(0.0, length, noise["positions", "every_s"])
    phones: list[dict[str, Any]] = []
    left: list[tuple[str, str, str, str, str, int]] = []
    for number, person in enumerate(kept.tolist(), start=1):
        stream = archive.chance.of("track", number)
        device, house = f"T{number:04d}", int(residents.household[person])
        home = (float(residents.house_lon[house]), float(residents.house_lat[house]))
        walk = draw_walk(stream, 2 * 3600, length) if stream.random() < noise["positions", "leaves"] else None
        fixes = measure(stream, noise, second, walk)
        with (folder / f"{device}.jsonl").open("w", encoding="utf-8") as file:
            for row in np.flatnonzero(fixes.kept).tolist():
                file.write(json.dumps(message(device, home, begin, fixes, row, 95 - row // 40 % 80)) + "\n")
        phones.append(
            {"device": device, **_who(archive, person), "lon": home[0], "lat": home[1], "from": iso(begin), "until": iso(end)}
        )
        if walk:
            times = (walk.leaves, walk.beyond(100), walk.leaves + walk.away_s)
            left.append((residents.handle(person), device, *(iso(begin + int(t)) for t in times), round(walk.metres)))  # type: ignore[arg-type]
    write_json(folder / "phones.json", phones)
    return left
