"""The ways in: a bound phone and its PIN, a desk's second factor, and the library's pages that are shut."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from django.utils import translation

from nanxi.foundation import accounts, areas, charter, scope, units, vault
from nanxi.foundation.act import Act, Refused, house
from nanxi.foundation.areas import AreaRecord
from nanxi.foundation.clock import WALL, county_day
from nanxi.foundation.models import Area, Device, Unit, User
from nanxi.foundation.reach import EVERYWHERE
from nanxi.foundation.rights import Role
from nanxi.foundation.tests.test_first_run import totp

COUNTY, EAST = "330324000000", "330324101000"
PASSWORD, PIN = "three-bridges-and-a-ferry", "4711"


@pytest.fixture
def town(db: None) -> Unit:
    """One town of a founded county."""
    act = Act(actor=house("test"))
    with scope.enter(EVERYWHERE, at=act.now):
        areas.found_areas(act, [AreaRecord(COUNTY, "County"), AreaRecord(EAST, "East")], origin="test")
        unit = units.found_unit(act, name="East", kind="town", areas=[EAST])
        until = county_day(WALL.now()) + timedelta(days=30)
        top = Area.objects.get(pk=COUNTY)
        charter.found_county(act, name="County", area=top, rehearsal=False, until=until, legal_basis="law")
    charter.forget()
    return unit


def opened(town: Unit, name: str, role: Role, password: str | None = None) -> User:
    return accounts.open_account(
        Act(actor=house("test")), username=name, display_name=name.title(), unit=town, role=role, password=password
    )


def offered(town: Unit, worker: User) -> Device:
    """Wei's phone, offered by the town's Tan."""
    tan = opened(town, "tan", Role.TOWN_DUTY)
    return accounts.offer_device(Act(actor=accounts.actor_of(tan)), user=worker, label="Wei's phone")


def bound(town: Unit) -> tuple[Client, Device]:
    """Wei walks the grid; the phone is bound and signed in."""
    device = offered(town, opened(town, "wei", Role.GRID_WORKER))
    phone = Client()
    answer = phone.post("/bind/", {"code": accounts.enrol_code(device), "pin": PIN})
    assert answer.headers["Location"] == "/"
    return phone, device


def test_a_revoked_phone_is_out_with_its_next_request(town: Unit) -> None:
    phone, device = bound(town)
    assert phone.get("/events", headers={"accept": "text/html"}).status_code == 200
    accounts.revoke_device(Act(actor=house("test")), Device.objects.get(pk=device.pk))
    assert phone.get("/").status_code == 302
    assert phone.get("/").headers["Location"].startswith("/accounts/login/"), "its session must end with its binding"
    assert phone.get("/pin/").status_code == 403


def test_a_phone_comes_back_by_its_pin_and_locks_after_five_wrong_ones(town: Unit) -> None:
    phone, _device = bound(town)
    phone.post("/accounts/logout/")
    assert phone.post("/pin/", {"pin": PIN}).headers["Location"] == "/"
    phone.post("/accounts/logout/")
    for _ in range(accounts.WRONG_PINS):
        assert phone.post("/pin/", {"pin": "0815"}).status_code == 200
    assert phone.post("/pin/", {"pin": PIN}).status_code == 200, "after five wrong ones the right one does not open either"
    assert phone.get("/").status_code == 302


@pytest.mark.parametrize("page", ["password/set/", "password/change/", "2fa/", "2fa/totp/activate/", "2fa/webauthn/add/"])
def test_a_phone_makes_no_way_in_that_outlives_it(town: Unit, page: str) -> None:
    phone, _device = bound(town)
    assert phone.get(f"/accounts/{page}").status_code in (403, 404)
    assert phone.post(f"/accounts/{page}", {"password1": PASSWORD, "password2": PASSWORD}).status_code in (403, 404)
    assert not User.objects.get(username="wei").has_usable_password()


SHUT = ["signup/", "email/", "password/reset/", "password/set/", "confirm-email/", "login/code/confirm/"]


@pytest.mark.parametrize("page", SHUT)
def test_side_doors_of_the_library_are_shut(town: Unit, page: str) -> None:
    assert Client().get(f"/accounts/{page}").status_code == 404
    assert Client().post(f"/accounts/{page}", {"email": "somebody@example.org"}).status_code == 404


def test_a_password_alone_opens_no_desk(town: Unit) -> None:
    opened(town, "zhou", Role.TOWN_DUTY, PASSWORD)
    desk = Client()
    desk.post("/accounts/login/", {"login": "zhou", "password": PASSWORD})
    assert desk.get("/devices/").headers["Location"] == "/accounts/2fa/totp/activate/"


def test_the_last_second_factor_stays(town: Unit) -> None:
    zhou = opened(town, "zhou", Role.TOWN_DUTY, PASSWORD)
    secret = generate_totp_secret()
    TOTP.activate(zhou, secret)
    desk = Client()
    desk.post("/accounts/login/", {"login": "zhou", "password": PASSWORD})
    desk.post("/accounts/2fa/authenticate/", {"code": totp(secret, time.time())})
    assert desk.get("/devices/").status_code == 200
    desk.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert desk.post("/accounts/2fa/totp/deactivate/").status_code == 200
    assert Authenticator.objects.filter(user=zhou, type="totp").exists(), "without it the next thief needs the password only"


def test_a_dump_holds_no_second_factor(town: Unit) -> None:
    zhou = opened(town, "zhou", Role.TOWN_DUTY, PASSWORD)
    secret = generate_totp_secret()
    TOTP.activate(zhou, secret)
    kept = Authenticator.objects.get(user=zhou).data["secret"]
    assert secret not in kept
    assert TOTP(Authenticator.objects.get(user=zhou)).validate_code(totp(secret, time.time()))
    with pytest.raises(vault.Sealed):
        vault.house_unseal("other", vault.house_seal("mfa", b"x"))


KEEPING = [
    # who keeps     whose account    then
    (Role.HQ_DESK, Role.GRID_WORKER, ""),
    (Role.HQ_DESK, Role.CHECKPOINT, ""),
    (Role.HQ_DESK, Role.CONFIRMER, "second person"),
    (Role.HQ_DESK, Role.EPIDEMIOLOGIST, "second person"),
    (Role.HQ_DESK, Role.HQ_DESK, "second person"),
    (Role.HQ_DESK, Role.TOWN_DUTY, "second person"),
    (Role.HQ_DESK, Role.OVERSIGHT, "second person"),
    (Role.HQ_DESK, Role.OPERATOR, "second person"),
    (Role.OPERATOR, Role.CONFIRMER, ""),
    (Role.OPERATOR, Role.OVERSIGHT, ""),
    (Role.TOWN_DUTY, Role.GRID_WORKER, "Keep units and accounts"),
]


@pytest.mark.parametrize(("keeper", "role", "says"), KEEPING)
def test_nobody_makes_his_own_second_person(town: Unit, keeper: Role, role: Role, says: str) -> None:
    """Whoever decides about persons opens and closes no account of those who decide with him or look at him."""
    other = opened(town, "other", role)
    actor = accounts.actor_of(opened(town, "keeper", keeper))
    if not says:
        made = accounts.open_account(Act(actor=actor), username="new", display_name="New", unit=town, role=role)
        accounts.close_account(Act(actor=actor), made)
        return
    with translation.override("en"):
        with pytest.raises(Refused, match=says):
            accounts.open_account(Act(actor=actor), username="new", display_name="New", unit=town, role=role)
        with pytest.raises(Refused, match=says):
            accounts.close_account(Act(actor=actor), other)


def test_the_desk_is_offered_only_roles_it_may_open(town: Unit) -> None:
    desk = Client(headers={"accept-language": "en"})
    desk.force_login(opened(town, "bowen", Role.HQ_DESK))
    session = desk.session
    session["mfa_ready"] = True
    session.save()
    page = desk.get("/accounts-of-officers/new/").content.decode()
    assert 'value="grid_worker"' in page
    assert 'value="confirmer"' not in page
