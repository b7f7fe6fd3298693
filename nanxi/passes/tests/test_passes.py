"""Passes made here, and one for each way of being wrong."""

from __future__ import annotations

import json
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import base45
import cbor2
import pytest

from nanxi.cli import main
from nanxi.passes import BadPass, Claims, issue, keys, verify
from nanxi.passes.qr import svg

NOW = datetime(2020, 2, 10, 8, tzinfo=UTC)
CLAIMS = Claims("order-page", "0123456789abcdef", NOW, NOW + timedelta(days=14), {"kind": "home"})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "keys"


def repacked(text: str, change) -> str:
    tag = cbor2.loads(zlib.decompress(base45.b45decode(text[4:])))
    return "NX1:" + base45.b45encode(zlib.compress(cbor2.dumps(change(tag)))).decode()


def with_payload(tag, **changes):
    payload = {**cbor2.loads(tag.value[2]), **{int(name): value for name, value in changes.items()}}
    return cbor2.CBORTag(18, [tag.value[0], tag.value[1], cbor2.dumps(payload), tag.value[3]])


def refused(text: str, folder: Path, **options) -> str:
    with pytest.raises(BadPass) as problem:
        verify(text, **{"audience": "order-page", "now": NOW, "folder": folder, **options})
    assert len(str(problem.value)) > 20
    return problem.value.reason


def test_a_good_pass_is_short_and_says_what_was_signed(folder: Path) -> None:
    text = issue(CLAIMS, folder=folder)
    assert verify(text, audience="order-page", now=NOW + timedelta(days=13), folder=folder) == CLAIMS
    assert len(text) < 320
    assert "<script" not in svg(text)
    assert "style=" not in svg(text)


def test_the_key_is_the_folders_own(folder: Path, tmp_path: Path) -> None:
    text = issue(CLAIMS, folder=folder)
    assert verify(text, audience="order-page", now=NOW, trusted=[keys.public_jwk(keys.private_key(folder))])
    assert refused(text, tmp_path / "other") == "unknown_key"
    stranger = keys.public_jwk(keys.private_key(tmp_path / "other"))
    mixed = {**stranger, "kid": keys.public_jwk(keys.private_key(folder))["kid"]}
    assert refused(text, folder, trusted=[mixed]) == "tampered"


@pytest.mark.parametrize(("options", "reason"), [
    ({"now": NOW + timedelta(days=14)}, "expired"),
    ({"now": NOW - timedelta(minutes=3)}, "not_yet"),
    ({"audience": "checkpoint"}, "wrong_audience"),
])  # fmt: skip
def test_time_and_audience(folder: Path, options: dict, reason: str) -> None:
    assert refused(issue(CLAIMS, folder=folder), folder, **options) == reason


def test_a_later_expiry_or_other_audience_breaks_the_signature(folder: Path) -> None:
    text = issue(CLAIMS, folder=folder)
    assert refused(repacked(text, lambda tag: with_payload(tag, **{"4": 2**31})), folder) == "tampered"
    assert (
        refused(repacked(text, lambda tag: with_payload(tag, **{"3": "checkpoint"})), folder, audience="checkpoint") == "tampered"
    )


@pytest.mark.parametrize("change", [
    lambda text: "HC1:" + text[4:], lambda text: text[:-7], lambda text: text[4:], lambda text: "NX1:", lambda text: "",
    lambda text: "NX1:" + base45.b45encode(zlib.compress(b"\0" * 10_000_000)).decode(),
    lambda text: repacked(text, lambda tag: cbor2.CBORTag(17, tag.value)),
    lambda text: repacked(text, lambda tag: cbor2.CBORTag(18, [cbor2.dumps({1: 5}), *tag.value[1:]])),
    lambda text: repacked(text, lambda tag: cbor2.CBORTag(18, [b"", *tag.value[1:]])),
])  # fmt: skip
def test_other_codes_and_broken_ones(folder: Path, change) -> None:
    assert refused(change(issue(CLAIMS, folder=folder)), folder) == "unreadable"


def test_every_flipped_character_is_refused(folder: Path) -> None:
    text = issue(CLAIMS, folder=folder)
    for at in range(4, len(text), 5):
        wrong = text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]
        assert refused(wrong, folder) in {"unreadable", "tampered", "unknown_key"}


def test_command_line(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep = ["--keys", str(folder)]
    assert main(["pass", "issue", "--audience", "checkpoint", "--word", "kind=bus", "--svg", str(tmp_path / "q.svg"), *keep]) == 0
    text = capsys.readouterr().out.strip()
    assert (tmp_path / "q.svg").read_text().startswith("<svg")
    assert main(["pass", "verify", text, "--audience", "checkpoint", "--json", *keep]) == 0
    assert json.loads(capsys.readouterr().out)["words"] == {"kind": "bus"}
    assert main(["pass", "verify", text, "--audience", "order-page", *keep]) == 1
    assert main(["pass", "key", *keep]) == 0
    (tmp_path / "key.jwk").write_text(capsys.readouterr().out)
    assert main(["pass", "verify", text, "--audience", "checkpoint", "--key", str(tmp_path / "key.jwk")]) == 0
    assert main(["pass", "issue", "--audience", "x", "--hours", "0", *keep]) == 2
