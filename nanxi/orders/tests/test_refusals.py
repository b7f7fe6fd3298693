"""Every sentence with which a service of this room refuses, in English as coded and in the county's Chinese."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import translation

from nanxi.foundation.act import Act, Refused
from nanxi.foundation.identifiers import uuid7
from nanxi.orders import services
from nanxi.orders.models import IsolationOrder
from nanxi.orders.rules import Evidence, Kind, LegalBasis, Reason
from nanxi.orders.tests.folk import TOWN, Below, again, issued

pytestmark = pytest.mark.usefixtures("inside")
DAY = timedelta(days=1)


@dataclass
class Scene:
    """Ailian's act, what is known, and an order she issued."""

    act: Act
    known: Below
    order: IsolationOrder

    def fresh(self) -> Act:
        return again(self.act)

    def propose(self) -> IsolationOrder:
        terms = {"evidence": Evidence.CASE_PATH, "kind": Kind.HOME, "place": services.Place(TOWN), "reason": Reason.CLOSE_CONTACT}
        until = self.act.now + 10 * DAY
        basis = LegalBasis.LAW_39_CONTACT
        return services.propose_order(self.fresh(), record_id=self.known.somebody(), legal_basis=basis, until=until, **terms)

    def serve(self, **changes: Any) -> None:
        services.serve_order(self.fresh(), self.order, **{"how": "in_person", "home": services.Home(120.6, 28.1, 5), **changes})

    def notice(self, **changes: Any) -> Any:
        now = self.act.now
        said = {"area": TOWN, "legal_basis": "law_41_area", "valid_from": now, "valid_until": now + 3 * DAY, **changes}
        return services.draft_notice(self.fresh(), **said)


@pytest.fixture
def scene(known: Below, ailian: Act) -> Scene:
    return Scene(ailian, known, issued(ailian, known.somebody(), days=10))


def wrong_evidence(scene: Scene) -> None:
    issued(scene.fresh(), scene.known.somebody("own_case"), reason=Reason.CONFIRMED, legal_basis=LegalBasis.LAW_39_PATIENT)


def twice_signed(scene: Scene) -> None:
    order = scene.propose()
    services.issue_proposed(scene.fresh(), order)
    services.issue_proposed(scene.fresh(), order)


def proposed_without_evidence(scene: Scene) -> None:
    order = scene.propose()
    scene.known.paths.clear()
    services.issue_proposed(scene.fresh(), order)


def elsewhere(scene: Scene) -> None:
    services.release_order(scene.fresh(), replace_id(scene.order), because="time_served")


def replace_id(order: IsolationOrder) -> IsolationOrder:
    return IsolationOrder(pk=uuid7(), number=order.number)


def position(scene: Scene, **changes: Any) -> None:
    services.record_position(
        scene.fresh(), **{"order_id": scene.order.pk, "source": "checkin", "lon": 1.0, "lat": 2.0, **changes}
    )


REFUSALS: list[tuple[str, Callable[[Scene], Any]]] = [
    ("The evidence named is not the one that stands", wrong_evidence),
    ("was issued already", twice_signed),
    ("does not stand any more", proposed_without_evidence),
    ("not in your area", elsewhere),
    (
        "Only an order that was issued can be extended",
        lambda s: services.extend_order(s.fresh(), s.propose(), until=s.act.now + 12 * DAY),
    ),
    ("not later than the present one", lambda s: services.extend_order(s.fresh(), s.order, until=s.act.now + DAY)),
    ("has passed already", lambda s: services.shorten_order(s.fresh(), s.order, until=s.act.now)),
    ("not earlier than the present one", lambda s: services.shorten_order(s.fresh(), s.order, until=s.act.now + 11 * DAY)),
    ("why the order ends from the list", lambda s: services.release_order(s.fresh(), s.order, because="tired")),
    ("how the order was served", lambda s: s.serve(how="by_pigeon")),
    ("how the order was served", lambda s: s.serve(language="klingon")),
    ("only proposed", lambda s: replace(s, order=s.propose()).serve()),
    ("Choose the datum from the list", lambda s: s.serve(datum="Mars-2000")),
    ("not a longitude and latitude", lambda s: s.serve(home=services.Home(200.0, 28.0))),
    ("only 300 m accurate", lambda s: s.serve(home=services.Home(120.6, 28.1, 300.0))),
    ("does not bind anybody yet", lambda s: services.contest_order(s.fresh(), s.propose(), text="x", channel="paper")),
    ("how the contest came in", lambda s: services.contest_order(s.fresh(), s.order, text="x", channel="dream")),
    ("Only an order that was issued can have a phone", lambda s: services.make_device(s.fresh(), s.propose(), label="p")),
    ("Choose the legal basis from the list", lambda s: s.notice(legal_basis="law_1")),
    ("14 days at most", lambda s: s.notice(valid_until=s.act.now + 15 * DAY)),
    ("A position comes from", lambda s: position(s, source="telescope")),
    ("no running order for this position", lambda s: position(s, order_id=uuid7())),
]


@pytest.mark.parametrize(("says", "tries"), REFUSALS, ids=[f"{n}-{says[:28]}" for n, (says, _) in enumerate(REFUSALS)])
def test_a_service_refuses_in_one_sentence(scene: Scene, says: str, tries: Callable[[Scene], Any]) -> None:
    with pytest.raises(Refused) as refused:
        tries(scene)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(("says", "tries"), REFUSALS[:6], ids=[str(n) for n in range(6)])
def test_the_county_reads_it_in_chinese(scene: Scene, says: str, tries: Callable[[Scene], Any]) -> None:
    with translation.override("zh-hans"), pytest.raises(Refused) as refused:
        tries(scene)
    assert any("\u4e00" <= letter <= "\u9fff" for letter in str(refused.value))
    assert says not in str(refused.value)
