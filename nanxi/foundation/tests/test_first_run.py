"""An empty home in the browser: who the county is, the administrator's second factor, then units."""

from __future__ import annotations

import base64
import hmac
import re
import struct
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from nanxi.foundation import charter
from nanxi.foundation.clock import WALL, county_day
from nanxi.foundation.models import Area, County, Unit, User

AREAS = "code,name\n330324000000,永嘉县\n330324101000,瓯北\n330324101001,三桥村\n"
PASSWORD = "three-bridges-and-a-ferry"


def totp(secret: str, at: float) -> str:
    """RFC 6238, as every authenticator app counts: SHA-1, 30 s, six digits."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", int(at // 30)), "sha1")
    number = struct.unpack(">I", digest[(start := digest[-1] & 15) : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"


@pytest.fixture
def empty(db: None) -> Iterator[None]:
    charter.forget()
    yield
    charter.forget()


def answers(areas: str = AREAS, **changed: str) -> dict[str, object]:
    upload = SimpleUploadedFile("areas.csv", areas.encode(), content_type="text/csv")
    given = {"name": "永嘉县", "legal_basis": "传染病防治法", "username": "zhou", "display_name": "Zhou", "password": PASSWORD}
    until = county_day(WALL.now()) + charter.LONGEST - timedelta(days=1)
    return {**given, "until": until.isoformat(), "area_files": upload, **changed}


def test_a_stranger_in_an_empty_home_is_led_to_the_first_run(empty: None) -> None:
    assert Client().get("/units/").headers["Location"] == "/setup/"


def test_first_run_second_factor_units(empty: None) -> None:
    browser = Client()
    landed = browser.post("/setup/", answers(), follow=True)
    assert landed.redirect_chain[0][0] == "/units/"
    assert landed.redirect_chain[-1][0] == "/accounts/2fa/totp/activate/", "a desk works with a second factor only"
    page = landed.content.decode()
    secret = re.search(r"[A-Z2-7]{32}", page)
    assert secret, "the page must show the secret for those who cannot scan"
    done = browser.post("/accounts/2fa/totp/activate/", {"code": totp(secret[0], time.time())}, follow=True)
    assert done.status_code == 200
    assert done.redirect_chain[-1][0].startswith("/accounts/2fa/recovery-codes")
    assert browser.get("/units/").status_code == 200
    village = Area.objects.get(code="330324101001")
    made = browser.post("/units/new/", {"name": "瓯北专班", "kind": "town", "area": village.pk, "phone": "0577-1"})
    assert made.status_code == 302
    assert Unit.objects.filter(name="瓯北专班").exists()
    assert [County.objects.get().name, User.objects.get().username] == ["永嘉县", "zhou"]


def test_the_first_run_exists_once(empty: None) -> None:
    Client().post("/setup/", answers())
    assert Client().get("/setup/").status_code == 404
    assert Client().post("/setup/", {"name": "another"}).status_code == 404


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"areas": "code,name\n330324101000,瓯北\n"}, "330324000000"),
        ({"areas": "code,name\n33032,x\n"}, "row 2"),
        ({"areas": "code,name\n"}, "county"),
        ({"password": "password"}, "12"),
        ({"until": "2099-01-01"}, "180"),
    ],
)
def test_a_first_run_that_cannot_be_leaves_nothing(empty: None, changed: dict[str, str], sentence: str) -> None:
    page = Client(headers={"accept-language": "en"}).post("/setup/", answers(**changed))
    assert page.status_code == 200
    assert sentence in page.content.decode()
    assert not any(kind.objects.exists() for kind in (County, User, Area))
