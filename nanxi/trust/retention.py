"""What is kept, under which key, until when: the table of the charter (docs/CHARTER.md; a test compares them)."""

from __future__ import annotations

from django.utils.translation import gettext_noop

RETENTION = (
    (
        gettext_noop("identifiers on a list row"),
        gettext_noop("the row's own key"),
        gettext_noop("30 days after the last order or task that rests on it, by destroying the key"),
    ),
    (
        gettext_noop("sightings and positions"),
        gettext_noop("the day's key"),
        gettext_noop("21 days (positions: with the order's end)"),
    ),
    (gettext_noop("orders, cases, decisions without identifiers"), "–", gettext_noop("end of charter")),
    (gettext_noop("ledger (ids, kinds, times)"), gettext_noop("chained"), gettext_noop("three years, no identifiers in it")),
)
