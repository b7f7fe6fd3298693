"""The vault's keyed digests: HMAC-SHA256 as everybody else computes it, so that another program finds the same rows."""

from __future__ import annotations

import hmac

import pytest

from nanxi.foundation import vault


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
