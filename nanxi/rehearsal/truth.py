"""truth/: what really was. Read by the score alone; no client and no desk ever sees it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, fields
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from nanxi.rehearsal.archive import Archive
from nanxi.rehearsal.feeds import write_rows
from nanxi.rehearsal.journeys import Journeys, Party
from nanxi.rehearsal.life import iso, midnight
from nanxi.rehearsal.lists.layout import CellTruth, RowTruth
from nanxi.rehearsal.lists.marks import catalogue
from nanxi.rehearsal.lists.send import FileTruth, Sent
from nanxi.rehearsal.outbreak import NEVER
from nanxi.rehearsal.places import Places


def write_truth(
    folder: Path,
    archive: Archive,
    places: Places,
    register: Iterable[tuple[str, str, int, str]],
    lists: Sent,
    departures: Iterable[tuple[str, str, str, str, str, int]],
) -> None:
    """persons, register_rows, list_rows, infections, encounters (of confirmed cases, 15 minutes and more), departures."""
    residents = archive.residents
    handle = residents.handle
    write_rows(
        folder / "persons.csv",
        ("person", "id_no", "household", "area"),
        (
            (
                handle(p),
                residents.id_no[p],
                f"H{int(residents.household[p]):06d}",
                archive.county.village_code[residents.village(p)],
            )
            for p in range(len(residents))
        ),
    )
    write_rows(folder / "register_rows.csv", ("file", "sheet", "row", "person"), register)
    _lists(folder, lists)
    write_rows(
        folder / "departures.csv", ("person", "device", "left_at", "beyond_100m_at", "home_again_at", "metres"), departures
    )
    _infections(folder, archive, places)
    _encounters(folder, archive, places)


def _lists(folder: Path, sent: Sent) -> None:
    """Whose each row of a list is, what was done to which cell and what it ought to say, and what each mark means."""
    for name, kind, rows in (
        ("list_rows", RowTruth, sent.rows),
        ("list_cells", CellTruth, sent.cells),
        ("list_files", FileTruth, sent.files),
    ):
        write_rows(folder / f"{name}.csv", tuple(one.name for one in fields(kind)), (astuple(row) for row in rows))
    write_rows(folder / "marks.csv", ("mark", "of", "what", "right_answer"), catalogue())


def write_journeys(folder: Path, places: Places, journeys: Journeys, start: date) -> None:
    """companions.csv: who travelled with whom on purpose, and with whom somebody only shares a shift; companion_vehicles.csv:
    cars that drove together."""
    residents = places.residents

    def days(party: Party) -> str:
        return " ".join((start + timedelta(days=day)).isoformat() for day in party.days)

    rows: list[tuple[str, str, str, str, str, str]] = []
    for party in journeys.parties:
        for one, other in ((party.a, party.b), (party.b, party.a)):
            shift = np.flatnonzero(residents.firm == residents.firm[one])
            told = [(other, "companion", days(party)), *((c, "colleague", "") for c in shift.tolist() if c != one)]
            rows += [
                (residents.handle(one), residents.handle(who), residents.id_no[one], residents.id_no[who], kind, when)
                for who, kind, when in told
            ]
    write_rows(folder / "companions.csv", ("person", "other", "id_no", "other_id_no", "kind", "days"), rows)
    plates = residents.house_plate
    convoys = [(plates[pair.a], plates[pair.b], days(pair)) for pair in journeys.convoys]
    write_rows(folder / "companion_vehicles.csv", ("plate", "other", "days"), convoys)


def _when(second: int) -> str:
    return "" if second >= NEVER else iso(second)


def _infections(folder: Path, archive: Archive, places: Places) -> None:
    outbreak, handle = archive.outbreak, archive.residents.handle
    end = midnight(archive.start, archive.days)
    infected = np.flatnonzero(outbreak.infected_at < end)
    infected = infected[np.argsort(outbreak.infected_at[infected], kind="stable")]
    write_rows(
        folder / "infections.csv",
        ("person", "infector", "infected_at", "place", "onset", "symptoms", "tested_at", "confirmed_at"),
        (
            (
                handle(p),
                handle(int(outbreak.infector[p])) if outbreak.infector[p] >= 0 else "imported",
                iso(int(outbreak.infected_at[p])),
                places.describe(int(outbreak.where[p]))[1] if outbreak.where[p] >= 0 else "",
                iso(int(outbreak.onset[p])),
                int(outbreak.symptoms[p]),
                _when(int(outbreak.tested_at[p])),
                _when(int(outbreak.confirmed_at[p])),
            )
            for p in infected.tolist()
        ),
    )


def _encounters(folder: Path, archive: Archive, places: Places) -> None:
    header = ("case", "person", "kind", "place", "from", "until", "minutes")
    outbreak, handle = archive.outbreak, archive.residents.handle
    if not outbreak.long:
        write_rows(folder / "encounters.csv", header, ())
        return
    met = outbreak.encounters()
    confirmed = np.zeros(len(archive.residents), np.bool_)
    confirmed[outbreak.confirmed_by(midnight(archive.start, archive.days))] = True
    met = met.of(confirmed[met.case])
    met = met.of(np.lexsort((met.place, met.other, met.t0, met.case)))
    write_rows(
        folder / "encounters.csv",
        header,
        (
            (
                handle(int(met.case[i])),
                handle(int(met.other[i])),
                *places.describe(int(met.place[i]))[:2],
                iso(int(met.t0[i])),
                iso(int(met.t1[i])),
                int(met.t1[i] - met.t0[i]) // 60,
            )
            for i in range(len(met))
        ),
    )
