"""Pages of this room as officers open them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from nanxi.cases import queries, services
from nanxi.cases.models import Case, CloseContact, LabResult, TraceRun
from nanxi.cases.services import Named, Talk
from nanxi.cases.tests.story import confirmed, interviewed, seen, suspect, work
from nanxi.cases.tests.town import NANXI, NOW, OUBEI, Town
from nanxi.desk import links as desk_links
from nanxi.desk import services as desk_services
from nanxi.desk.models import Incident
from nanxi.foundation import scope
from nanxi.foundation.act import Refused
from nanxi.foundation.models import AccessGrant, LedgerEntry
from nanxi.foundation.rights import Right

#: Session, officer, unit, reach, charter, scope and savepoints are about ten of them.
LIST_QUERIES, CASE_QUERIES = 12, 26


def client(town: Town, who: str) -> Client:
    made = Client(headers={"accept-language": "en"})
    made.cookies["nanxi_language"] = "en"
    made.force_login(town.users[who])
    session = made.session
    session["mfa_ready"] = True
    session.save()
    return made


@pytest.fixture
def case(town: Town) -> Case:
    with scope.enter(town.reach("ding")):
        return interviewed(town, Named("Wang Yi", "household", NOW - timedelta(hours=1)))


def test_an_empty_list_says_what_to_do(town: Town) -> None:
    page = client(town, "ding").get(reverse("cases"))
    assert "No case in your area" in page.content.decode()


def test_reporting_twice_with_one_key_makes_one_case(town: Town) -> None:
    bao = client(town, "bao")
    sent = {"area": OUBEI, "name": "Lin Jia", "id_no": "A1", "phone": "", "note": "fever", "_key": "k1"}
    first, second = (bao.post(reverse("case-report"), sent) for _ in range(2))
    assert (first.status_code, second.status_code) == (302, 302)
    with scope.enter(town.reach("ding")):
        assert Case.objects.count() == 1


def test_the_thread_through_the_pages(town: Town) -> None:
    bao, chen, ding = (client(town, who) for who in ("bao", "chen", "ding"))
    page = bao.post(reverse("case-report"), {"area": OUBEI, "name": "Lin Jia", "id_no": "A1", "_key": "1"}, follow=True)
    assert "suspected case" in page.content.decode()
    lab = {
        "area": OUBEI,
        "name": "Lin Jia",
        "id_no": "A1",
        "accession": "YJ-7",
        "laboratory": "Centre",
        "sampled_at": "2020-01-29T08:00",
    }
    assert chen.post(reverse("lab-results"), {**lab, "result": "positive", "_key": "2"}).status_code == 302
    with scope.enter(town.reach("ding")):
        made, lab_result = Case.objects.get(), LabResult.objects.get()
    refused = bao.post(reverse("case-confirm", args=[made.pk]), {"result": lab_result.pk, "_key": "3"})
    assert refused.status_code == 409
    assert "A second person has to confirm" in refused.content.decode()
    assert "YJ-7" in chen.get(reverse("case-confirm", args=[made.pk])).content.decode()
    page = chen.post(reverse("case-confirm", args=[made.pk]), {"result": lab_result.pk, "_key": "4"}, follow=True)
    assert "confirmed case" in page.content.decode()
    assert ding.get(reverse("case-interview", args=[made.pk])).status_code == 200
    talk = {
        "onset": "2020-01-26",
        "stretch-5-place": "market", "stretch-5-t0": "2020-01-28T08:00", "stretch-5-t1": "2020-01-28T09:00",
        "stretch-6-place": "",
        "named-9-name": "Wang Yi", "named-9-relation": "household", "named-9-last": "2020-01-29T08:00", "_key": "5",
    }  # fmt: skip
    page = ding.post(reverse("case-interview", args=[made.pk]), talk, follow=True)
    assert "lives in the same household" in page.content.decode()
    assert "market" not in ding.get(reverse("case", args=[made.pk])).content.decode()


def test_what_a_case_told_opens_on_a_grant_and_is_recorded(town: Town, case: Case) -> None:
    ding = client(town, "ding")
    assert "market" not in ding.get(reverse("case", args=[case.pk])).content.decode()
    opened = ding.post(reverse("case-read", args=[case.pk])).content.decode()
    assert "market" in opened
    assert "train G7381 coach 3" in opened
    with scope.enter(town.reach("ding"), user_id=town.user_id("ding")):
        read = LedgerEntry.objects.get(kind="people.person.read")
        grant = AccessGrant.objects.get(user_id=town.user_id("ding"))
    assert (read.person_id, read.subject_id, read.purpose, read.grant_id) == (case.person_id, case.id, "investigation", grant.id)


def test_a_wrong_interview_keeps_what_was_written(town: Town, case: Case) -> None:
    page = client(town, "ding").post(reverse("case-interview", args=[case.pk]), {"stretch-1-place": "old mill", "_key": "1"})
    assert page.status_code == 200
    assert "old mill" in page.content.decode()


def test_a_line_more_without_scripts(town: Town, case: Case) -> None:
    sent = {"household": "Riverside 1", "stretch-1-place": "old mill", "more": "stretch", "_key": "1"}
    page = client(town, "ding").post(reverse("case-interview", args=[case.pk]), sent).content.decode()
    assert "old mill" in page
    assert "Riverside 1" in page
    assert page.count('class="nx-card nx-line"') == 2
    assert "nx-error" not in page


def test_a_window_that_is_no_time_is_refused(town: Town, case: Case) -> None:
    page = client(town, "ding").post(reverse("case-trace", args=[case.pk]), {"start": "soon", "end": "", "_key": "1"})
    assert page.status_code == 422
    with scope.enter(town.reach("ding")):
        assert not TraceRun.objects.exists()


@pytest.mark.parametrize(("who", "sees"), [("chen", True), ("ding", True), ("fang", True), ("zhou", False)])
def test_the_menu_leads_to_the_cases(town: Town, who: str, sees: bool) -> None:
    from nanxi.web.menu import groups_for

    addresses = {line.address for group in groups_for(town.actor(who).role, "/") for line in group.lines}
    assert (reverse("cases") in addresses) is sees


def queries_of(town: Town, who: str, address: str) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    officer = client(town, who)
    officer.get(address)
    with CaptureQueriesContext(connection) as seen:
        assert officer.get(address).status_code == 200
    return len(seen)


def test_the_number_of_queries_does_not_grow_with_the_rows(town: Town) -> None:
    """Pinned: one more query in these pages is a decision."""
    with scope.enter(town.reach("ding")):
        one = interviewed(town, Named("Wang Yi", "household", NOW - timedelta(hours=1), id_no="W1"))
    counted = [queries_of(town, "ding", reverse("cases")), queries_of(town, "ding", reverse("case", args=[one.pk]))]
    with scope.enter(town.reach("ding")):
        for number in range(8):
            services.report_suspect(town.act("bao"), area=OUBEI, name=f"P{number}", id_no=f"B{number}")
        named = [Named(f"N{number}", "companion", NOW - timedelta(hours=2), id_no=f"N{number}") for number in range(9)]
        services.record_interview(town.act("ding"), one, Talk(named=named))
    assert [queries_of(town, "ding", reverse("cases")), queries_of(town, "ding", reverse("case", args=[one.pk]))] == counted
    assert counted == [LIST_QUERIES, CASE_QUERIES]


def test_a_trace_decided_in_bulk(town: Town, case: Case) -> None:
    ding = client(town, "ding")
    with scope.enter(town.reach("ding")):
        seen(town, "Zhao Bing", "market", NOW - timedelta(days=1), NOW - timedelta(hours=23))
        run = services.run_trace(town.act("ding"), case)
        work(town, run)
    page = ding.get(reverse("trace-run", args=[run.pk])).content.decode()
    assert "same place: market, 1 h" in page
    with scope.enter(town.reach("ding")):
        contact = CloseContact.objects.get(run=run)
    decide = reverse("trace-decide", args=[run.pk])
    page = ding.post(decide, {"contact": [str(contact.pk)], "decision": "accepted", "_key": "b"}, follow=True)
    assert "The decision is kept for 1 contacts" in page.content.decode()
    again = ding.post(reverse("contact-decide", args=[contact.pk]), {"decision": "rejected", "_key": "c"}, follow=True)
    assert "rejected" in again.content.decode()
    assert ding.post(decide, {"contact": "nonsense", "decision": "accepted", "_key": "d"}).status_code == 409
    wanted = {"contact": [str(contact.pk)], "decision": "needs_interview", "_key": "e"}
    assert "needs interview" in ding.post(decide, wanted, follow=True).content.decode()


def test_starting_a_trace_by_page(town: Town, case: Case) -> None:
    ding = client(town, "ding")
    sent = {"start": "2020-01-25T00:00", "end": "2020-01-30T12:00", "_key": "t"}
    with scope.enter(town.reach("ding")):
        assert not TraceRun.objects.exists()
    page = ding.post(reverse("case-trace", args=[case.pk]), sent, follow=True)
    assert "Show the result" in page.content.decode()


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("r.csv", "accession,result,name\n1,positive,Lin\n", "The column sampled_at is missing"),
        ("r.csv", "accession,sampled_at,result,name\n,2020-01-29,positive,Lin\n", "Row 2, column accession: is empty."),
        ("r.csv", "accession,sampled_at,result,name\nA,2020-01-29,perhaps,Lin\n", "Row 2, column result"),
        ("r.csv", "accession,sampled_at,result,name\nA,soon,positive,Lin\n", "Row 2, column sampled_at: is no time"),
        (
            "r.csv",
            "accession,sampled_at,result,name\nA,2020-01-29,positive,Lin\nA,2020-01-29,positive,Li\n",
            "Row 3, column accession: occurs twice",
        ),
        ("r.csv", "accession,sampled_at,result,name\n", "holds no line"),
        ("r.csv", "", "empty"),
        ("r.xlsx", "no workbook", "This is no list that can be read"),
    ],
)
def test_a_bad_laboratory_file_keeps_nothing(town: Town, name: str, content: str, says: str) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    sent = {"area": OUBEI, "file": SimpleUploadedFile(name, content.encode()), "_key": "f"}
    page = client(town, "chen").post(reverse("lab-import"), sent)
    assert says in page.content.decode()
    with scope.enter(town.reach("ding")):
        assert not LabResult.objects.exists()


def workbook(*rows: list[object]) -> bytes:
    import io

    from xlsxwriter import Workbook

    kept = io.BytesIO()
    book = Workbook(kept, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.merge_range(0, 0, 0, 4, "永嘉县核酸检测结果")
    for number, row in enumerate(rows, start=1):
        sheet.write_row(number, 0, row)
    book.close()
    return kept.getvalue()


HEADING: list[object] = ["条码号", "采样时间", "检测结果", "姓名", "身份证号"]
NUMBER_CELL = "Row 3, column id_no: was stored as a number"


@pytest.mark.parametrize(
    ("row", "kept", "says"),
    [
        (["YJ-1", "2020-01-29 08:00", "阴性", "林甲", "A1"], 1, ""),
        (["YJ-1", "2020-01-29 08:00", "阴性", "林甲", 330324198001010010], 0, NUMBER_CELL),
        (["YJ-1", "2020-01-29 08:00", "阴性", "林甲", 3303.5], 0, NUMBER_CELL),
    ],
)
def test_a_workbook_with_a_title_above_its_heading(town: Town, row: list[object], kept: int, says: str) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    sent = {"area": OUBEI, "file": SimpleUploadedFile("r.xlsx", workbook(HEADING, row)), "_key": "f"}
    page = client(town, "chen").post(reverse("lab-import"), sent)
    assert says in page.content.decode()
    with scope.enter(town.reach("ding")):
        assert LabResult.objects.count() == kept


def test_a_good_laboratory_file_is_kept_whole(town: Town) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    content = "条码号,采样时间,检测结果,姓名,身份证号\nYJ-1,2020-01-29 08:00,阳性,林甲,A1\nYJ-2,2020/01/29,阴性,王乙,A2\n"
    sent = {"area": OUBEI, "file": SimpleUploadedFile("r.csv", content.encode("utf-8-sig")), "_key": "f"}
    assert client(town, "chen").post(reverse("lab-import"), sent).status_code == 302
    with scope.enter(town.reach("ding")):
        assert sorted(LabResult.objects.values_list("accession", "result")) == [("YJ-1", "positive"), ("YJ-2", "negative")]


@pytest.mark.parametrize("page", ["case", "case-interview"])
def test_another_towns_case_is_not_found(town: Town, case: Case, page: str) -> None:
    assert client(town, "xu").get(reverse(page, args=[case.pk])).status_code == 404
    assert client(town, "wu").get(reverse(page, args=[case.pk])).status_code == 200


@pytest.mark.parametrize("page", ["case-confirm", "case-interview"])
def test_a_grid_worker_has_no_business_here(town: Town, case: Case, page: str) -> None:
    assert client(town, "zhou").get(reverse(page, args=[case.pk])).status_code == 403


def test_a_wide_trace_page_shows_no_contact(town: Town, case: Case) -> None:
    from nanxi.foundation import acts

    with scope.enter(town.reach("ding")), acts.set_up():
        run = TraceRun(
            area_code=OUBEI, case=case, asked_by=town.user_id("ding"), asked_at=NOW, window_start=NOW, window_end=NOW,
            edition="cn-2020-02", slack_s=600, finished_at=NOW, candidates=201, counts={"close": 201},
        )  # fmt: skip
        run.save()
    page = client(town, "ding").get(reverse("trace-run", args=[run.pk])).content.decode()
    assert "Only counts are shown" in page
    assert "Approve and show" not in page
    assert "Approve and show" in client(town, "fang").get(reverse("trace-run", args=[run.pk])).content.decode()


def test_a_probable_case_is_no_seed(county: Town) -> None:
    """A clinical diagnosis makes a case probable; it is still no seed."""
    case = services.diagnose(county.act("bao"), suspect(county))
    assert case.status.value == "probable"
    with pytest.raises(Exception, match="Only a confirmed case"):
        services.run_trace(county.act("ding"), case)


def test_a_discarded_case_opens_nobody(county: Town) -> None:
    from nanxi.cases import queries

    case = confirmed(county)
    assert case.person_id
    assert queries.may_open(county.actor("ding"), case.id, case.person_id, NOW).allowed
    services.record_interview(county.act("ding"), case, Talk())
    services.discard_case(county.act("chen"), case)
    assert not queries.may_open(county.actor("ding"), case.id, case.person_id, NOW).allowed


def test_no_order_is_offered_on_a_contact_whose_time_is_over(town: Town, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """The button must not lead to a refusal: fourteen days after the last exposure a contact carries nothing."""
    from nanxi.cases import actions
    from nanxi.cases.views import shown

    button = actions.ContactAction("Issue", lambda contact: f"/x/{contact}", Right.TRACE_CONTACTS)
    monkeypatch.setattr(actions, "_actions", {"tests": button})
    with scope.enter(town.reach("ding")):
        contact = CloseContact.objects.get(case=case)
        services.decide_contact(town.act("ding"), contact, "accepted")
        fresh, over = (
            shown.contact_lines(queries.contacts_of(case), town.act("ding").actor, NOW + timedelta(days=days))[0]
            for days in (13, 15)
        )
    assert (len(fresh.buttons), fresh.lapsed) == (1, False)
    assert (len(over.buttons), over.lapsed) == (0, True)


def test_an_incident_names_its_case_by_what_officers_call_it(town: Town) -> None:
    """警情 linked to a case: by its number, in one's own area only, from the page and from a program alike."""
    with scope.enter(town.reach("ding")):
        row = suspect(town)
    told = {
        "at": "2020-01-30T08:00", "place": "East bridge", "outcome": "settled", "staff_hurt": "0", "text": "Crowd",
        "area": OUBEI, "case": f" {row.reference.lower()} ", "_key": "i",
    }  # fmt: skip
    zhou, xu = client(town, "zhou"), client(town, "xu")
    unknown = zhou.post(reverse("incident-new"), {**told, "case": "C-000000"})
    assert unknown.status_code == 422 and "No case of your area has this number" in unknown.content.decode()
    assert xu.post(reverse("incident-new"), {**told, "area": NANXI}).status_code == 422
    assert zhou.post(reverse("incident-new"), told).status_code == 302
    with scope.enter(town.reach("ding")):
        assert [one.case_id for one in Incident.objects.all()] == [row.id]
        assert desk_links.name_of("cases.case", row.id) == row.reference
    happened = desk_services.Happened(at=NOW, place="East bridge", outcome="settled", case_id=row.id)
    with scope.enter(town.reach("xu")), pytest.raises(Refused, match="No case of your area"):
        desk_services.report_up(town.act("xu"), area=NANXI, text="Crowd", happened=happened)
