"""The log tells what was refused, not with which key."""

from __future__ import annotations

import io
import logging
import logging.config
from collections.abc import Iterator

import pytest
from django.conf import settings

CODE = "q83vASNFZ4mrze8BI0VniQUKJGQxMjM0NTY3OA"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the house's own logging, as its settings say, writes."""
    kept = io.StringIO()
    given = settings.LOGGING["handlers"]["err"]
    handler = logging.StreamHandler(kept)
    for name in given.get("filters", ()):
        factory = logging.config.DictConfigurator(settings.LOGGING).resolve(settings.LOGGING["filters"][name]["()"])
        handler.addFilter(factory())
    logger = logging.getLogger("django.request")
    logger.addHandler(handler)
    yield kept
    logger.removeHandler(handler)


def test_the_code_of_an_own_page_is_cut(written: io.StringIO) -> None:
    logger = logging.getLogger("django.request")
    logger.warning("%s: %s", "Conflict", f"/my/{CODE}/contest/")
    try:
        raise ValueError(f"/my/{CODE}/")
    except ValueError:
        logger.exception("Internal Server Error: %s", f"/my/{CODE}/")
    said = written.getvalue()
    assert CODE not in said
    assert "Conflict: /my/…/contest/" in said


def test_other_addresses_stay(written: io.StringIO) -> None:
    logging.getLogger("django.request").warning("Not Found: %s", "/my/transparency/ and /people/")
    assert "/my/transparency/ and /people/" in written.getvalue()
