"""Messages set aside: what the operator sees of them, reading them again, putting them away."""

from __future__ import annotations

import json
import time
from datetime import timedelta

import pytest
from django.urls import reverse

from nanxi.foundation import acts, scope
from nanxi.foundation.act import Act, Refused
from nanxi.foundation.models import LedgerEntry
from nanxi.foundation.reach import EVERYWHERE
from nanxi.foundation.rights import Role
from nanxi.orders import daykeys, services
from nanxi.orders.models import DeadLetter, Position
from nanxi.orders.receiver import Phone, Receiver
from nanxi.orders.sealing import Sender
from nanxi.orders.shapes import shape_of
from nanxi.orders.tests.folk import TOWN, Below, again, issued, officer
from nanxi.orders.tests.town import Town

SECRET = "Lin Jia, 13800000001, 1 Riverside"


def set_aside(act: Act, order_id: object, area: str, body: bytes, reason: str = "no_tst") -> DeadLetter:
    """As the endpoint writes it, by the endpoint's own function."""
    import asyncio

    from nanxi.orders.messages import Poison

    receiver = Receiver(lambda: "")
    sender = Sender.to(*daykeys.public_of(act.now))
    receiver.senders, receiver.senders_read = {sender.day.toordinal(): sender}, time.monotonic()
    phone = Phone(order_id, area, act.now, act.now + timedelta(days=1), False, False)  # type: ignore[arg-type]

    def read(now: object) -> tuple[list, list]:
        raise Poison(reason, "unreadable")

    batch, _ = asyncio.run(receiver._batch(phone, body, act.now, read, "phone"))
    ((code, order, rx, why, sealed, digest),) = batch.dead
    return DeadLetter.objects.create(area_code=code, order_id=order, rx=rx, reason=why, sealed=sealed, digest=digest)


@pytest.fixture
def operator(clock) -> Act:
    return officer(Role.OPERATOR, clock, ("990324000000",))


@pytest.mark.usefixtures("inside")
class TestDecisions:
    def letter(self, known: Below, act: Act, body: object, **more) -> DeadLetter:
        order = issued(act, known.somebody())
        services.make_device(again(act), order, label="phone")
        return set_aside(act, order.id, TOWN, body if isinstance(body, bytes) else json.dumps(body).encode(), **more)

    def test_read_again_with_the_rules_of_today(self, known: Below, ailian: Act, operator: Act) -> None:
        body = {"_type": "location", "lat": 28.15, "lon": 120.69, "tst": int(ailian.now.timestamp()) + 5}
        letter = self.letter(known, ailian, body)
        assert services.retry_letter(operator, letter) == 1
        assert Position.objects.filter(order_id=letter.order_id).count() == 1
        assert (DeadLetter.objects.get(pk=letter.pk).decision, known.alerts) == ("retried", [])
        entry = LedgerEntry.objects.get(kind="orders.letter.retried")
        assert (entry.subject_id, entry.facts["letter"]) == (letter.order_id, letter.pk)
        with pytest.raises(Refused, match="decided already"):
            services.retry_letter(again(operator), letter)

    def test_of_times_without_an_order_nothing_is_stored(self, known: Below, ailian: Act, operator: Act) -> None:
        body = {"_type": "location", "lat": 28.15, "lon": 120.69, "tst": int(ailian.now.timestamp()) - 86_400}
        assert services.retry_letter(operator, self.letter(known, ailian, body)) == 0
        assert Position.objects.count() == 0

    def test_what_is_still_unreadable_waits_on(self, known: Below, ailian: Act, operator: Act) -> None:
        letter = self.letter(known, ailian, {"_type": "encrypted", "data": "…"}, reason="encrypted")
        with pytest.raises(Refused, match="still cannot be read"):
            services.retry_letter(operator, letter)
        assert DeadLetter.objects.get(pk=letter.pk).decision == ""

    def test_half_a_message_is_not_read_as_a_whole_one(self, known: Below, ailian: Act, operator: Act) -> None:
        body = [{"_type": "location", "lat": 28.15, "lon": 120.69, "tst": int(ailian.now.timestamp()) + n} for n in range(99)]
        with pytest.raises(Refused, match="Only the beginning"):
            services.retry_letter(operator, self.letter(known, ailian, body))

    def test_put_away_its_content_is_gone(self, known: Below, ailian: Act, operator: Act) -> None:
        letter = self.letter(known, ailian, SECRET.encode(), reason="not_json")
        with pytest.raises(Refused, match="Choose why"):
            services.discard_letter(operator, letter, why=SECRET)
        services.discard_letter(again(operator), letter, why="wrong_app")
        kept = DeadLetter.objects.get(pk=letter.pk)
        assert (bytes(kept.sealed), kept.decision, kept.decided_why) == (b"", "discarded", "wrong_app")
        assert LedgerEntry.objects.get(kind="orders.letter.discarded").facts["why"] == "wrong_app"

    def test_only_an_operator_decides(self, known: Below, ailian: Act) -> None:
        letter = self.letter(known, ailian, b"x")
        with pytest.raises(Refused):
            services.discard_letter(again(ailian), letter, why="test")


def test_the_shape_tells_no_value() -> None:
    said = {"_type": "location", "lat": 28.15, "tst": None, "SSID": SECRET, SECRET: 1, "location": {"mock": True, SECRET: 2}}
    shape = shape_of(json.dumps([said, 7]).encode())
    assert (shape.form, shape.parts, shape.kind, shape.unknown) == ("json", 2, "location", 2)
    assert dict(shape.fields) == {
        "_type": "text", "lat": "number", "tst": "no value", "SSID": "text", "location": "object", "location.mock": "yes or no"
    }  # fmt: skip
    assert SECRET not in repr(shape)
    assert shape_of(f"id=TOKEN&lat=1&note={SECRET}".replace(" ", "+").encode()).fields == [("id", "text"), ("lat", "text")]
    for body in (SECRET.encode(), b"\xff\xfe", b"", b"[" * 5000, b"[]", json.dumps({"_type": SECRET}).encode()):
        assert SECRET not in repr(shape_of(body))


def test_the_operator_sees_shapes_and_decides(town: Town, django_assert_max_num_queries) -> None:
    order, ou = town.order(), town.client("ou")
    assert "No message waits" in ou.get(reverse("ingest-letters")).content.decode()
    with scope.enter(EVERYWHERE), acts.set_up():
        body = json.dumps({"_type": "location", "lat": 28.15, "desc": SECRET}).encode()
        kept = [set_aside(Act(town.actor("bowen")), order.id, order.area_code, body) for _ in range(30)]
    with django_assert_max_num_queries(15):
        page = ou.get(reverse("ingest-letters"))
    assert "without time" in page.content.decode()
    one = ou.get(reverse("ingest-letter", args=[kept[0].pk])).content.decode()
    assert "<code>lat</code>" in one
    for said in (SECRET, "28.15", str(order.number), str(order.id)):
        assert said not in one
    answer = ou.post(reverse("ingest-letter-discard", args=[kept[0].pk]), {"why": "faulty_phone", "_key": "put-away-1"})
    assert (answer.status_code, answer.headers["location"]) == (302, reverse("ingest-letters"))
    decided = ou.get(reverse("ingest-letters") + "?decided=1").content.decode()
    assert "the phone is at fault" in decided
    assert "Its content is gone" in ou.get(reverse("ingest-letter", args=[kept[0].pk])).content.decode()
    assert ou.get(reverse("ingest-letter", args=[10**9])).status_code == 404
    assert town.client("ailian").get(reverse("ingest-letters")).status_code == 403
