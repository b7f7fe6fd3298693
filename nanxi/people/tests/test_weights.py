"""Learning from the register, and who may put what was learned in force."""

from __future__ import annotations

import random
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from bench.simulated_county import list_rows, register_row, residents
from nanxi.foundation import acts, scope
from nanxi.foundation.act import Act, Refused, house
from nanxi.foundation.reach import EVERYWHERE
from nanxi.people import services, training
from nanxi.people.identity import Identity
from nanxi.people.models import IdentityLink, LinkWeights
from nanxi.people.rules import zones
from nanxi.people.rules.zones import Zone
from nanxi.people.scoring import SHIPPED_VERSION, Weights, shipped, shipped_model
from nanxi.people.services.weights import Study, keep_weights
from nanxi.people.tests.county import County, chen
from nanxi.people.weighing import current_weights


def study(*, moved: int = 0, rarity: float = 1e-5) -> Study:
    model = {**shipped_model(), "probability_two_random_records_match": rarity}
    expected = zones.expect([zones.stand([12.0], [False], [False])])
    moves = {(Zone.REVIEW, Zone.LINK): moved} if moved else {}
    return Study(model, 2000, shipped(), 1, expected, expected, moves)


def learned(county: County, by: UUID | None = None, *, moved: int = 0) -> LinkWeights:
    with scope.enter(EVERYWHERE):
        return keep_weights(Act(actor=house("people"), clock=county.clock), study(moved=moved), asked_by=by)


def take_in(county: County, rows: list[dict[str, Any]]) -> None:
    told = [Identity(**{name: value for name, value in row.items() if name != "area" and value}) for row in rows]
    county.take(*told)


def test_the_register_teaches_without_labels(county: County) -> None:
    """A register and its lists: m and u come from their pairs, and what is rare stays rare. Only reads until it is kept."""
    dice = random.Random(17)
    people = residents(700, dice)
    take_in(county, [register_row(one, dice) for one in people])
    take_in(county, [row for row, _ in list_rows(people, 500, 0.9, dice)])
    found = training.study()
    assert found is not None
    assert found.records >= training.FEWEST
    assert found.looked == sum(one.records for one in found.before.values()) == sum(one.records for one in found.after.values())
    model = Weights.of("learned", found.model).model
    phone = next(at for at, one in enumerate(model.comparisons) if one.name == "phone")
    assert 0.6 < model.m[phone][0] < 0.95
    assert model.u[phone][0] < 1e-3
    assert not LinkWeights.objects.exists()


def test_a_small_register_teaches_nothing(county: County) -> None:
    county.take(chen())
    assert training.study() is None


def test_what_is_learned_waits_and_the_ledger_knows(county: County) -> None:
    row = learned(county, county.users["gao"].pk)
    assert current_weights().version == SHIPPED_VERSION
    assert row.version.startswith("learned-")
    (entry,) = county.entries("people.weights.learned")
    assert entry.facts["version"] == row.version
    assert entry.facts["asked_by"] == str(county.users["gao"].pk)


def test_whoever_asked_does_not_adopt_weights_that_move_records(county: County) -> None:
    row = learned(county, county.users["gao"].pk, moved=3)
    with county.as_officer("gao") as act, pytest.raises(Refused, match="somebody else"):
        services.adopt_weights(act, row)
    with county.as_officer("he") as act:
        services.adopt_weights(act, row)
    assert current_weights().version == row.version
    (entry,) = county.entries("people.weights.adopted")
    assert entry.facts["moved"] == 3
    with county.as_officer("he") as act, pytest.raises(Refused, match="in force already"):
        services.adopt_weights(act, row)


def test_weights_that_move_nobody_are_adopted_by_whoever_asked(county: County) -> None:
    row = learned(county, county.users["gao"].pk)
    with county.as_officer("gao") as act:
        services.adopt_weights(act, row)
    assert current_weights().version == row.version


def test_one_goes_back_to_the_weights_of_the_house(county: County) -> None:
    row = learned(county)
    with county.as_officer("gao") as act:
        services.adopt_weights(act, row)
    county.clock.forward(minutes=1)
    with county.as_officer("gao") as act:
        services.adopt_weights(act, LinkWeights.objects.get(version=SHIPPED_VERSION))
    assert current_weights().version == SHIPPED_VERSION


def test_new_links_name_the_version_and_old_ones_stay(county: County) -> None:
    first, second = county.take(chen(), chen(phone=""))
    row = learned(county)
    with county.as_officer("gao") as act:
        services.adopt_weights(act, row)
    (third,) = county.take(chen(phone="13800000002"))
    with scope.enter(EVERYWHERE):
        versions = dict(IdentityLink.everything.values_list("record_id", "weights_version"))
    assert versions[first] == versions[second] == SHIPPED_VERSION
    assert versions[third] == row.version


def test_a_kept_model_is_never_changed(county: County) -> None:
    from django.db import ProgrammingError, transaction

    row = learned(county)
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic(), acts.writing():
        LinkWeights.objects.filter(pk=row.pk).update(model={})


def test_the_page_shows_old_and_new_and_the_three_zones(county: County, client: Client) -> None:
    row = learned(county, county.users["gao"].pk, moved=3)
    _enter(client, county, "gao")
    page = client.get(reverse("weights")).content.decode()
    assert row.version in page
    assert SHIPPED_VERSION in page
    page = client.get(reverse("weights-version", args=[row.pk])).content.decode()
    assert "实际已在库" in page
    assert "电话相同" in page
    assert "须由同事启用" in page
    assert "启用这套权重" not in page
    _enter(client, county, "lin")
    assert client.get(reverse("weights")).status_code == 404


def _enter(client: Client, county: County, name: str) -> None:
    client.force_login(county.users[name])
    session = client.session
    session["mfa_ready"] = True
    session.save()


@pytest.mark.parametrize(
    ("pairs", "zone", "chance"),
    [
        ([], Zone.NEW, 0.0),
        ([(8.0, False, False)], Zone.LINK, 0.99),
        ([(8.0, False, True)], Zone.NEW, 0.0),
        ([(2.0, True, False)], Zone.LINK, 0.8),
        ([(0.0, False, False), (-8.0, False, False)], Zone.REVIEW, 0.5),
        ([(-4.0, False, False), (-4.0, False, False)], Zone.NEW, 0.12),
    ],
)
def test_where_a_record_stands(pairs: list[tuple[float, bool, bool]], zone: Zone, chance: float) -> None:
    weights, by_id, veto = ([pair[at] for pair in pairs] for at in range(3))
    stood = zones.stand(weights, by_id, veto)  # type: ignore[arg-type]
    assert stood.zone is zone
    assert stood.chance == pytest.approx(chance, abs=0.02)


def test_the_error_of_a_zone_is_what_its_weights_claim() -> None:
    stood = [zones.stand([bits], [False], [False]) for bits in (10.0, 20.0, 0.0, -5.0)]
    found = zones.expect(stood)
    assert found[Zone.LINK].records == 2
    assert found[Zone.LINK].error == pytest.approx(0.0005, abs=1e-4)
    assert found[Zone.REVIEW].error == pytest.approx(0.5)
    assert found[Zone.NEW].error == pytest.approx(0.03, abs=0.002)
    moved = zones.moves(stood, [zones.stand([bits], [False], [False]) for bits in (3.0, 20.0, 0.0, -5.0)])
    assert moved == {(Zone.LINK, Zone.REVIEW): 1}
    assert zones.needs_second_person(moved)
    assert not zones.needs_second_person({})
