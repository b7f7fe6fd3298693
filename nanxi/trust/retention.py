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
        gettext_noop("sightings"),
        gettext_noop("the day's key"),
        gettext_noop("21 days"),
    ),
    (
        gettext_noop("positions"),
        gettext_noop("a key pair of the day"),
        gettext_noop(
            "one day after the last order of that day ends (0 to 21, set by headquarters), unless a hold of two officers stops it"
        ),
    ),
    (gettext_noop("orders, cases, decisions without identifiers"), "–", gettext_noop("end of charter")),
    (gettext_noop("ledger (ids, kinds, times)"), gettext_noop("chained"), gettext_noop("three years, no identifiers in it")),
)
