"""`nanxi pass issue|verify`: make and check signed passes with the keys folder, without a database."""

from __future__ import annotations

import argparse
import json
import os
import secrets
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from nanxi.cli import InputError

#: No pass lives longer than the charter may.
LONGEST_H = 180 * 24


def add_commands(commands: Any) -> None:
    parser = commands.add_parser("pass", help="signed QR passes: issue and verify")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    make = verbs.add_parser("issue", help="print a signed pass, or write it as QR")
    make.add_argument("--audience", required=True, help="what the pass is for, for example checkpoint")
    make.add_argument("--hours", type=float, default=24, help="how long it is valid (default 24)")
    make.add_argument("--word", action="append", default=[], metavar="NAME=TEXT", help="a short word on it; may be repeated")
    make.add_argument("--svg", type=Path, help="write the QR code to this SVG file")
    make.set_defaults(run=run_issue)
    check = verbs.add_parser("verify", help="check a pass; text as argument, or - for standard input")
    check.add_argument("text")
    check.add_argument("--audience", required=True)
    check.add_argument("--key", type=Path, action="append", help="public key as JWK file (default: this county's)")
    check.add_argument("--at", help="check as of this time, ISO 8601 with offset")
    check.add_argument("--json", action="store_true")
    check.set_defaults(run=run_verify)
    show = verbs.add_parser("key", help="print the public key as JWK")
    show.set_defaults(run=run_key)
    for verb in (make, check, show):
        verb.add_argument("--keys", type=Path, help="keys folder (default: keys in NANXI_HOME)")


def run_issue(arguments: argparse.Namespace) -> int:
    from nanxi.passes import Claims, issue
    from nanxi.passes.qr import svg

    if not 0 < arguments.hours <= LONGEST_H:
        raise InputError(f"--hours: must lie between 0 and {LONGEST_H}.")
    if wrong := [word for word in arguments.word if "=" not in word]:
        raise InputError(f"--word: {len(wrong)} of them lack the form NAME=TEXT.")
    now = datetime.now(UTC)
    words = dict(word.split("=", 1) for word in arguments.word)
    claims = Claims(arguments.audience, secrets.token_hex(8), now, now + timedelta(hours=arguments.hours), words)
    text = issue(claims, folder=_folder(arguments))
    if arguments.svg:
        arguments.svg.write_text(svg(text), encoding="utf-8")
    print(text)
    return 0


def run_verify(arguments: argparse.Namespace) -> int:
    from nanxi.passes import BadPass, verify

    text = sys.stdin.read().strip() if arguments.text == "-" else arguments.text
    try:
        claims = verify(
            text, audience=arguments.audience, now=_time(arguments.at), trusted=_trusted(arguments), folder=_folder(arguments)
        )
    except BadPass as problem:
        if arguments.json:
            print(json.dumps({"valid": False, "reason": problem.reason}))
        print(f"nanxi: {problem}", file=sys.stderr)
        return 1
    facts = {
        "valid": True,
        "audience": claims.audience,
        "id": claims.id,
        "until": claims.expires_at.isoformat(),
        "words": claims.words,
    }
    print(
        json.dumps(facts, ensure_ascii=False)
        if arguments.json
        else f"valid for {claims.audience} until {claims.expires_at.isoformat()}"
    )
    return 0


def run_key(arguments: argparse.Namespace) -> int:
    from nanxi.passes import keys

    print(json.dumps(keys.public_jwk(keys.private_key(_folder(arguments)))))
    return 0


def _folder(arguments: argparse.Namespace) -> Path:
    home = os.environ.get("NANXI_HOME") or Path(__file__).resolve().parents[2] / "var" / "county"
    return arguments.keys or Path(home) / "keys"


def _trusted(arguments: argparse.Namespace) -> list[dict[str, str]] | None:
    if not arguments.key:
        return None
    found: list[dict[str, str]] = []
    for path in arguments.key:
        try:
            jwk = json.loads(path.read_text(encoding="utf-8"))
            found.append({name: str(jwk[name]) for name in ("kty", "crv", "x", "y", "alg", "kid")})
        except (OSError, ValueError, KeyError, TypeError):
            raise InputError(f"{path}: is no public key in JWK form; make one with `nanxi pass key`.") from None
    return found


def _time(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise InputError("--at: write ISO 8601 with offset, such as 2020-02-01T08:00:00+08:00.")
    return at
