"""What door sensors of several makes say."""

from __future__ import annotations

import pytest

from nanxi.orders.doors import read
from nanxi.orders.messages import Poison


@pytest.mark.parametrize(("body", "state"), [
    (b"open", "open"), (b" CLOSED\n", "closed"), (b"ON", "open"), (b'"open"', "open"), (b'{"state": "closed"}', "closed"),
    (b'{"contact": false, "battery": 90}', "open"), (b'{"contact": true}', "closed"), (b'{"door": "open"}', "open"),
    (b"0", "closed"),
    (b"true", "open"),
])  # fmt: skip
def test_a_door_is_open_or_closed(body: bytes, state: str) -> None:
    ((fix,), poison) = read(body, 1_790_000_000_000)
    assert (fix.tst, fix.content["door"], fix.content["src"], fix.content["lat"], poison) == (
        1_790_000_000_000, state, "door", None, []
    )  # fmt: skip


def test_a_door_with_a_clock_is_believed() -> None:
    ((fix,), _) = read(b'{"state": "open", "tst": 1790000001}', 1_790_000_009_000)
    assert fix.tst == 1_790_000_001_000


@pytest.mark.parametrize(
    "body", [b"", b"ajar", b"[1]", b"{}", b'{"state": null}', b'{"state": {"a": 1}}', b"\xff", b'{"contact": "x"}']
)
def test_what_is_neither_is_said(body: bytes) -> None:
    with pytest.raises(Poison, match="open or closed"):
        read(body, 0)
