"""The vault's keyed digests: HMAC-SHA256 as everybody else computes it, so that another program finds the same rows.

And its day keys: what another process destroyed opens nothing here a minute later.
"""

from __future__ import annotations

import hmac
from datetime import date
from typing import Any

import pytest

from nanxi.foundation import acts, scope, vault
from nanxi.foundation.reach import EVERYWHERE


@pytest.mark.parametrize("value", ["", "陈伟明", "330324198001010012", "x" * 1000])
def test_digests_are_plain_hmac(value: str) -> None:
    def plain(secret: str) -> bytes:
        return hmac.digest(vault._secret(secret), b"kind\0" + value.encode(), "sha256")

    assert vault.index("kind", value) == plain("index")[:16]
    assert vault.block("kind", value) == int.from_bytes(plain("block")[:8], "big") >> 1


def test_forgotten_keys_make_no_digest_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    before = vault.block("kind", "word")
    vault.forget()
    monkeypatch.setattr(vault, "_secret", lambda name: b"another")
    try:
        assert vault.block("kind", "word") != before
    finally:
        vault._halves.cache_clear()


@pytest.mark.parametrize("destroyed", [True, False])
def test_a_day_destroyed_by_another_process_opens_nothing_here_a_minute_later(
    fresh_db: str, django_db_blocker: Any, monkeypatch: pytest.MonkeyPatch, destroyed: bool
) -> None:
    from nanxi.foundation.models import DayKey

    day, other = date(2026, 3, 1), date(2026, 3, 2)
    vault.forget()
    with django_db_blocker.unblock():
        with scope.enter(EVERYWHERE), acts.set_up():
            told = {one: vault.day_seal(one, "table", "column", b"at the ferry") for one in (day, other)}
        with scope.enter(EVERYWHERE):
            if destroyed:
                # As another process does it: this one is told nothing.
                with acts.set_up():
                    DayKey.objects.filter(day=day).delete()
            assert vault.day_unseal(day, "table", "column", told[day]) == b"at the ferry"
            monkeypatch.setattr(vault, "_days_asked_at", vault._days_asked_at - vault.ASK_AGAIN_S - 1)
            with acts.set_up():
                if destroyed:
                    with pytest.raises(vault.Sealed):
                        vault.day_unseal(day, "table", "column", told[day])
                else:
                    assert vault.day_unseal(day, "table", "column", told[day]) == b"at the ferry"
            assert vault.day_unseal(other, "table", "column", told[other]) == b"at the ferry"
            assert vault.days_with_keys([day, other]) == ({other} if destroyed else {day, other})
    vault.forget()
