# pyright: basic
"""Who went with the case and who only shares its routine; and the real contacts of a workplace."""

from __future__ import annotations

import gzip
from collections import defaultdict
from datetime import date
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from nanxi.engines.trace import brute, query, scores, vehicles, writer
from nanxi.engines.trace.associations import Association
from nanxi.engines.trace.ingest import ingest
from nanxi.engines.trace.protocol import ContactClass, edition_at
from nanxi.engines.trace.query import Asking
from nanxi.engines.trace.spread import Spread, second_order
from nanxi.engines.trace.stays import Sighting
from nanxi.engines.trace.store import Store
from nanxi.engines.trace.visits import Seed

EDITION = edition_at(date(2020, 2, 24))
DAY, HOUR = 86_400, 3600
REAL = Path(__file__).resolve().parents[4].parent / "shared" / "data" / "contacts" / "workplace_InVS15_tij.dat.gz"
SEED = Seed("case", 10 * DAY, 20 * DAY)


def county(rng: np.random.Generator) -> list[Sighting]:
    """Three weeks of a small works: 30 of one shift, 300 others; six companions of two outings at six places each."""
    rows: list[Sighting] = []
    shift = ["case", *(f"colleague{i}" for i in range(30))]
    for day in range(21):
        start = day * DAY + 8 * HOUR
        for name in shift:
            if rng.random() < 0.9:
                late = int(rng.integers(-600, 600))
                for block in range(6):
                    begins = start + late + block * 5400
                    rows.append(Sighting(name, ("line", "canteen", "line", "yard", "line", "gate")[block], begins, begins + 3000))
        for i in range(300):
            for _ in range(2):
                t0 = day * DAY + int(rng.integers(7 * HOUR, 21 * HOUR))
                rows.append(Sighting(f"other{i}", f"shop{rng.integers(0, 30)}", t0, t0 + 1200))
    for day in (13, 17):
        for n in range(6):
            t0 = day * DAY + 18 * HOUR + n * 1800
            rows.append(Sighting("case", f"shop{(day + 5 * n) % 30}", t0, t0 + 900))
            for i in range(6):
                if rng.random() < 0.85:
                    t = t0 + int(rng.integers(-90, 90))
                    rows.append(Sighting(f"companion{i}", f"shop{(day + 5 * n) % 30}", t, t + 900))
    return rows


def auc(rows: list[Sighting], folder: Path) -> float:
    writer.append(folder, ingest(rows))
    store = Store(folder)
    (answer,) = query.contacts(store, [SEED], Asking(EDITION, top=None))
    score = dict(zip((store.entities[e] for e in answer.entity), answer.companionship, strict=True))
    planted = [score.get(f"companion{i}", 0) for i in range(6)]
    routine = [score.get(f"colleague{i}", 0) for i in range(30)]
    return float(np.mean([(p > r) + 0.5 * (p == r) for p in planted for r in routine]))


def test_planted_companions_outrank_the_same_shift(tmp_path: Path) -> None:
    assert auc(county(np.random.default_rng(5)), tmp_path) >= 0.95


def test_without_the_null_model_the_shift_would_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the discount for routine is for: take it out and the test above fails."""
    monkeypatch.setattr(scores, "habit", lambda days, present: 0.0)
    rows = county(np.random.default_rng(5))
    found = brute.contacts(ingest(rows), [SEED], EDITION)
    score = {c.entity: c.companionship for c in found}
    planted, routine = (
        [score.get(f"{kind}{i}", 0) for i in range(n)] for kind, n in (("companion", 6), ("colleague", 30))
    )
    assert np.mean([p > r for p in planted for r in routine]) < 0.5


def test_companions_keep_the_order_of_places(tmp_path: Path) -> None:
    rows = [Sighting("case", f"p{i}", i * HOUR, i * HOUR + 60) for i in range(6)]
    rows += [Sighting("friend", f"p{i}", i * HOUR + 80, i * HOUR + 100) for i in (0, 1, 3, 5)]
    rows += [Sighting("clerk", f"p{i}", 0, 6 * HOUR) for i in range(2)]
    rows += [Sighting("late", f"p{i}", i * HOUR + 1500, i * HOUR + 1600) for i in range(6)]
    writer.append(tmp_path, ingest(rows))
    store = Store(tmp_path)
    (answer,) = query.contacts(store, [Seed("case", 0, DAY)], Asking(EDITION, 3000))
    assert vehicles.companions(store, answer, [(0, DAY)], 300) == [("friend", 4)]


def chain() -> list[Sighting]:
    return [
        Sighting("case", "shop", 0, 2 * HOUR), Sighting("anna", "shop", 0, 2 * HOUR),
        Sighting("anna", "bank", 12 * HOUR, 14 * HOUR), Sighting("early", "bank", 12 * HOUR, 14 * HOUR),
        Sighting("anna", "school", 3 * DAY, 3 * DAY + 2 * HOUR), Sighting("boris", "school", 3 * DAY, 3 * DAY + 2 * HOUR),
        Sighting("anna", "church", 5 * DAY, 5 * DAY + 2 * HOUR), Sighting("clara", "church", 5 * DAY, 5 * DAY + 2 * HOUR),
        Sighting("case", "church", 5 * DAY, 5 * DAY + 60),
    ]  # fmt: skip


def test_second_steps_follow_time_latency_isolation_and_bounds(tmp_path: Path) -> None:
    writer.append(tmp_path, ingest(chain()))
    store, spans = Store(tmp_path), [(0, 4 * DAY)]
    asking = Asking(EDITION, 0)
    answer = query.ask(store, "case", spans, asking)
    wide = [(0, 9 * DAY)]

    def met(spread: Spread | None = None, isolated: dict[str, int] | None = None) -> list[str]:
        found = second_order(store, answer, wide, asking, spread, isolated)
        return [store.entities[c.entity] for c in found.contacts]

    assert met() == ["boris", "clara"]
    assert met(Spread(latent_s=0)) == ["boris", "early", "clara"]
    assert met(isolated={"anna": 4 * DAY}) == ["boris"]
    full = second_order(store, answer, wide, asking)
    assert [c.exposure for c in full.contacts] == [4.0, 4.0]
    assert not full.truncated
    cut = second_order(store, answer, wide, asking, Spread(most=1))
    assert cut.truncated and len(cut.contacts) == 1


def test_a_vehicle_counts_as_the_case_only_while_the_case_sat_in_it(tmp_path: Path) -> None:
    rows = [Sighting("BUS", "gate", HOUR, HOUR), Sighting("b", "gate", HOUR, HOUR), Sighting("case", "home", 0, 60)]
    rows += [Sighting("BUS", "gate", 9 * HOUR, 9 * HOUR), Sighting("c", "gate", 9 * HOUR, 9 * HOUR)]
    writer.append(tmp_path, ingest(rows))
    store = Store(tmp_path)
    rides = [Association("case", "BUS", 0, 2 * HOUR, "passenger", 0.9), Association("case", "BUS", 0, DAY, "owner", 0.5)]
    for engine in ("numba", "numpy"):
        (answer,) = query.contacts(store, [Seed("case", 0, DAY)], Asking(EDITION, engine=engine, rides=rides))
        assert [(store.entities[e], x) for e, x in zip(answer.entity, answer.exposure, strict=True)] == [("b", 0.3)]
    fellow = [Association("d", "BUS", HOUR, 3 * HOUR, "ticket", 1.0), Association("e", "BUS", 0, DAY, "owner", 0.5)]
    found = vehicles.fellow_occupants([*rides, *fellow], "case", [(0, DAY)])
    assert [(o.person, o.klass, o.overlap_s) for o in found] == [
        ("d", ContactClass.CLOSE, HOUR), ("e", ContactClass.LEAD, 2 * HOUR)
    ]  # fmt: skip


def contacts_of_20_s() -> dict[int, list[tuple[str, str]]]:
    """Second → the pairs in contact during the 20 s before it."""
    at: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for line in gzip.decompress(REAL.read_bytes()).decode().splitlines():
        t, i, j = line.split()[:3]
        at[int(t)].append((min(i, j), max(i, j)))
    return at


def components(pairs: list[tuple[str, str]]) -> list[list[str]]:
    """Who is joined by contacts, directly or through others."""
    parent = {person: person for pair in pairs for person in pair}

    def root(x: str) -> str:
        while parent[x] != x:
            x = parent[x]
        return x

    for i, j in pairs:
        parent[root(i)] = root(j)
    groups: dict[str, list[str]] = defaultdict(list)
    for person in parent:
        groups[root(person)].append(person)
    return [sorted(group) for group in groups.values()]


@pytest.mark.skipif(not REAL.exists(), reason="the public contact data lie beside the repository (../shared/data/contacts)")
@pytest.mark.parametrize("kind", ["contact", "component"])
def test_real_contacts_come_back_with_their_exact_duration(tmp_path: Path, kind: str) -> None:
    """78,249 contacts of 217 people. A contact, or all whom contacts join at that moment, is a place of those 20 s."""
    at = contacts_of_20_s()
    moments = sorted(at) if kind == "contact" else sorted(at)[:6000]
    groups = {t: [list(pair) for pair in at[t]] if kind == "contact" else components(at[t]) for t in moments}
    together: dict[tuple[str, str], int] = defaultdict(int)
    rows: list[Sighting] = []
    for t, met in groups.items():
        for n, group in enumerate(met):
            rows += [Sighting(person, f"{t}/{n}", t - 20, t, "badge") for person in group]
            for pair in combinations(group, 2):
                together[pair] += 20
    writer.append(tmp_path, ingest(rows))
    store = Store(tmp_path)
    found: dict[tuple[str, ...], int] = {}
    for answer in query.contacts(store, [Seed(name, 0, 2**30) for name in store.entities], Asking(EDITION, 0, None)):
        for entity, seconds in zip(answer.entity.tolist(), answer.overlap_s.tolist(), strict=True):
            assert found.setdefault(tuple(sorted((answer.seed, str(store.entities[entity])))), seconds) == seconds
    assert found == together
    if kind == "contact":
        assert (len(store.entities), sum(found.values())) == (217, 78_249 * 20)
