"""The alert centre: giving, leaving, departments, towns, and the tally of false alarms."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from nanxi.desk import queries, rules, services
from nanxi.desk.models import Alert
from nanxi.desk.tests.folk import NANXI, OUBEI, County
from nanxi.desk.tests.test_alerts import kinds, rounds
from nanxi.foundation.act import Refused


def sounds(county: County, name: str) -> int:
    return queries.sounding(county.actor(name), county.clock.now())


def test_a_probable_departure_sounds_in_its_town_a_confirmed_one_in_the_departments_too(inside: County) -> None:
    """Goes red when the severity does not decide whom an alert reaches."""
    inside.alert(key="k")
    assert [sounds(inside, name) for name in ("ailian", "hua", "xu", "lei")] == [1, 0, 0, 0]
    inside.alert(key="k", severity="critical")
    assert [sounds(inside, name) for name in ("ailian", "hua", "xu", "lei")] == [1, 1, 0, 0]


def test_a_given_alert_sounds_where_it_was_given(inside: County) -> None:
    alert = inside.alert()
    services.assign_alert(inside.act("ailian"), alert, user=inside.users["lei"])
    alert.refresh_from_db()
    assert (sounds(inside, "lei"), alert.assignee_id, kinds(alert)) == (1, inside.users["lei"].id, ["event", "assigned"])
    with pytest.raises(Refused, match="answers alerts in this area"):
        services.assign_alert(inside.act("ailian"), alert, user=inside.users["xu"])
    with pytest.raises(Refused, match="answers alerts in this area"):
        services.assign_alert(inside.act("ailian"), alert, user=inside.users["guo"])


def test_a_left_alert_is_quiet_until_its_time_and_then_rings(inside: County) -> None:
    alert = inside.alert()
    services.snooze_alert(inside.act("ailian"), alert, minutes=30, reason="on_the_way", said="Guo drives")
    assert sounds(inside, "ailian") == 0
    assert rounds(inside, minutes=29) == 0
    assert rounds(inside, minutes=1) == 1
    alert.refresh_from_db()
    assert (alert.acknowledged_at, alert.snoozed_until, kinds(alert)) == (None, None, ["event", "snoozed", "rang_again"])
    assert sounds(inside, "ailian") == 1


def test_what_grows_worse_ends_the_peace(inside: County) -> None:
    alert = inside.alert(key="k")
    services.snooze_alert(inside.act("ailian"), alert, minutes=60, reason="call_back")
    inside.alert(key="k", severity="critical")
    assert rounds(inside, seconds=5) == 1
    alert.refresh_from_db()
    assert alert.acknowledged_at is None


@pytest.mark.parametrize(
    ("minutes", "reason", "severity", "words"),
    [
        (30, "", "high", "why"), (30, "tired", "high", "why"), (7, "on_the_way", "high", "how long"),
        (30, "on_the_way", "critical", "15 minutes"), (15, "on_the_way", "critical", ""), (60, "decision", "high", ""),
    ],
)  # fmt: skip
def test_leaving_needs_a_reason_and_an_end(minutes: int, reason: str, severity: str, words: str) -> None:
    why = next((one for one in rules.SnoozeReason if one.code == reason), None)
    problem = rules.why_not_snooze(why, minutes, severity)
    assert (words in problem) if words else not problem


def test_the_list_stands_by_town_and_narrows(county: County) -> None:
    from nanxi.foundation import scope
    from nanxi.foundation.reach import EVERYWHERE

    with scope.enter(EVERYWHERE):
        first, _second, third = county.alert(), county.alert(severity="critical"), county.alert(area=NANXI)
        services.assign_alert(county.act("hua"), third, user=county.users["hua"])
    hua = county.client("hua")
    page = hua.get(reverse("alerts")).content.decode()
    assert page.index("Oubei <span") < page.index("Nanxi <span"), "the town with the most unanswered first"
    assert "2 unanswered" in page
    only = hua.get(reverse("alerts"), {"town": OUBEI, "severity": "critical"}).content.decode()
    assert str(first.pk) not in only
    assert only.count("data-nx-open") == 1
    mine = hua.get(reverse("alerts"), {"mine": "on"}).content.decode()
    assert mine.count("data-nx-open") == 1
    assert str(third.pk) in mine


def test_giving_and_leaving_on_the_page(county: County) -> None:
    from nanxi.foundation import scope
    from nanxi.foundation.reach import EVERYWHERE

    with scope.enter(EVERYWHERE):
        alert = county.alert()
    ailian, deng = county.client("ailian"), county.users["deng"]
    page = ailian.get(reverse("alert", args=[alert.pk])).content.decode()
    assert "Give it to an officer" in page
    assert "Xu" not in page, "Xu answers for another town"
    done = ailian.post(reverse("alert-assign", args=[alert.pk]), {"officer": str(deng.id), "_key": "a"}, follow=True)
    assert "Deng has the alert now" in done.content.decode()
    left = ailian.post(
        reverse("alert-snooze", args=[alert.pk]),
        {"minutes": "15", "reason": "call_back", "said": "at ten", "_key": "s"},
        follow=True,
    )
    assert "left until" in left.content.decode()
    assert "at ten" not in left.content.decode(), "words about a person open with the record only"
    assert ailian.post(reverse("alert-snooze", args=[alert.pk]), {"minutes": "900", "reason": "x"}).status_code == 409
    assert ailian.post(reverse("alert-assign", args=[alert.pk]), {"officer": str(county.users["xu"].id)}).status_code == 409


def closed(county: County, disposition: str, kind: str = "orders.exit", **facts: str) -> Alert:
    alert = county.alert(kind=kind, facts={"event": "EXIT_PROBABLE", **facts})
    services.record_call(county.act("ailian"), alert, result="at_home")
    measure = "returned" if disposition == "violation" else "none_needed"
    return services.close_alert(county.act("ailian"), alert, disposition=disposition, measure=measure)


def test_false_alarms_are_counted_by_model_and_rule_and_synthetic_ones_are_not(inside: County) -> None:
    """Goes red when a walk that nobody walked counts among real persons'."""
    since = inside.clock.now() - timedelta(days=1)
    for disposition in ("drift", "drift", "violation"):
        closed(inside, disposition, model="Redmi 8", policy="fence-2")
    closed(inside, "datum", model="P30", policy="fence-1")
    closed(inside, "medical", model="P30", policy="fence-1")
    closed(inside, "drift", kind=queries.SYNTHETIC, model="walk", policy="fence-2")
    rows = [(row.model, row.version, row.n, row.false) for row in queries.tallies("orders.", since)]
    assert rows == [("Redmi 8", "fence-2", 3, 2), ("P30", "fence-1", 2, 1)]
    assert queries.tallies("orders.", inside.clock.now() + timedelta(days=1)) == []
    inside.alert(kind=queries.SYNTHETIC)
    assert not queries.open_alerts().filter(kind=queries.SYNTHETIC).exists()
    assert sounds(inside, "ailian") == 0
