"""The same thread on the real register: claims are matched by its job, and facts follow their records."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import translation

from nanxi.cases import followers, queries, services
from nanxi.cases.models import Case, CloseContact
from nanxi.cases.rules import Status
from nanxi.cases.services import Named, Sample, Talk
from nanxi.cases.tests.town import NOW, OUBEI, Town
from nanxi.foundation import acts, scope
from nanxi.foundation.act import Act, Refused, house
from nanxi.foundation.models import LedgerEntry
from nanxi.foundation.reach import EVERYWHERE

pytestmark = pytest.mark.skipif("nanxi.people" not in settings.ROOMS, reason="this run leaves out the people room")
#: Synthetic numbers: a county code that is not assigned, with valid check digits.
LIN, WANG = "99032419800101001X", "99032419900202002X"


@pytest.fixture
def real(db: Any) -> Iterator[Town]:
    from nanxi.foundation import vault

    vault.forget()
    with translation.override("en"):
        yield Town()
    vault.forget()


def matched() -> None:
    """What the register's job and our follower do within a second."""
    from nanxi.people.matching import match_waiting

    while match_waiting():
        pass
    with scope.enter(EVERYWHERE), acts.set_up():
        for entry in LedgerEntry.objects.filter(kind__in=["people.record.linked", "people.link.changed"]).order_by("id"):
            followers.follow_links(Act(actor=house("cases")), entry)


def test_two_claims_of_one_person_meet_and_the_case_is_confirmed(real: Town) -> None:
    sample = Sample("YJ-1", "Centre", NOW - timedelta(days=1), "positive", "林甲", LIN)
    with scope.enter(real.reach("ding")):
        case = services.report_suspect(real.act("bao"), area=OUBEI, name="林甲", id_no=LIN)
        lab = services.record_lab_result(real.act("chen"), area=OUBEI, sample=sample)
        # The job has not looked yet: nobody knows that the two are one person.
        with pytest.raises(Refused, match="another person"):
            services.confirm_case(real.act("chen"), case, lab_result=lab)
    matched()
    with scope.enter(real.reach("ding")):
        case = Case.objects.get()
        assert case.person_id is not None
        assert list(queries.results_for(case)) == [lab]
        lab.refresh_from_db()
        assert services.confirm_case(real.act("chen"), case, lab_result=lab).status is Status.CONFIRMED


def test_a_named_contact_has_a_masked_label_before_and_after_matching(real: Town) -> None:
    from nanxi.cases.tests.test_pages import client

    with scope.enter(real.reach("ding")):
        case = services.report_suspect(real.act("bao"), area=OUBEI, name="林甲", id_no=LIN)
        services.record_interview(
            real.act("ding"), case, Talk(named=[Named("王怡婷", "household", NOW - timedelta(hours=1), id_no=WANG)])
        )
    for _ in range(2):
        page = client(real, "ding").get(reverse("case", args=[case.pk])).content.decode()
        assert "王*婷" in page
        assert "王怡婷" not in page
        assert WANG not in page
        matched()
    with scope.enter(real.reach("ding")):
        assert CloseContact.objects.get().person_id is not None


def test_the_thread_to_an_evidence_path(real: Town) -> None:
    """Named in the interview, seen on the train under another list's record: one person, one contact, one path."""
    from nanxi.cases import persons
    from nanxi.cases.services import Seen, Stretch
    from nanxi.cases.tests.story import work
    from nanxi.cases.tests.town import NANXI

    start, end = NOW - timedelta(days=2), NOW - timedelta(days=2) + timedelta(hours=2)
    with scope.enter(real.reach("ding")):
        case = services.report_suspect(real.act("bao"), area=OUBEI, name="林甲", id_no=LIN)
        sample = Sample("YJ-1", "Centre", NOW - timedelta(days=1), "positive", "林甲", LIN)
        lab = services.record_lab_result(real.act("chen"), area=OUBEI, sample=sample)
        ticket = persons.claim(real.act("ding"), area=NANXI, source_kind="test", source_ref="1", name="王怡婷", id_no=WANG)
    matched()
    with scope.enter(real.reach("ding")):
        lab.refresh_from_db()
        case = services.confirm_case(real.act("chen"), Case.objects.get(), lab_result=lab)
        train = Stretch("G7381", start, end, vehicle="train", coach="3", row=3)
        named = Named("王怡婷", "companion", end, id_no=WANG)
        services.record_interview(real.act("ding"), case, Talk(itinerary=[train], named=[named]))
        seat = Seen(ticket, train.where, start, NANXI, "ticket", "t1", end, 1.0, 4)
        services.record_sightings(real.act("ding"), [seat])
    matched()
    with scope.enter(real.reach("ding"), user_id=real.user_id("ding"), at=NOW):
        run = services.run_trace(real.act("ding"), case)
        work(real, run)
        (contact,) = CloseContact.objects.filter(case=case)
        assert contact.person_id == persons.person_of(ticket)
        assert contact.exposures.count() == 2
        services.decide_contact(real.act("ding"), contact, "accepted")
        path = queries.evidence_path(ticket, NOW + timedelta(hours=1))
    assert path
    assert (path.case_id, path.contact_id) == (case.id, contact.id)
