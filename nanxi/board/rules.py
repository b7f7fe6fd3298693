"""Where each role begins, and whose figures it may see exactly. Pure.

Below the county a count under ten is told exactly only to those whose duty it is (trust notes S16); see cells.py.
"""

from __future__ import annotations

from collections.abc import Iterable

from nanxi.foundation.reach import Reach
from nanxi.foundation.rights import Right, Role

#: Digits of a code that name a county.
COUNTY_STEM = 6
#: Roles without a desk begin elsewhere, at an address by name; the others of them at the first line of their menu.
BEGINS_AT = {
    Role.GRID_WORKER: "field:home",
    Role.CHECKPOINT: "field:post",
    Role.SITE_MANAGER: "field:home",
    Role.VENUE: "check-in",
    Role.OVERSIGHT: "ledger",
    Role.OPERATOR: "units",
}
#: Rights that make the exact number of a small town's alerts or orders somebody's duty.
ANSWERS_ALERTS = frozenset({Right.HANDLE_ALERTS})
#: Either of them: whoever answers for a town's alerts or orders knows its people anyway.
DUTY = frozenset({Right.HANDLE_ALERTS, Right.ISSUE_ORDERS})
ANSWERS_ORDERS = frozenset({Right.HANDLE_ALERTS, Right.ISSUE_ORDERS, Right.SERVE_ORDERS})


def begins_at(role: Role) -> str:
    """The name of the address where this role begins; "home" for those with a desk, empty for the first line of the menu."""
    return "home" if Right.SEE_DESK in role.rights else BEGINS_AT.get(role, "")


def is_countywide(reach: Reach) -> bool:
    """Whether a reach holds a whole county or more (its code is told by six digits at most)."""
    return any(len(low) <= COUNTY_STEM for low, _high in reach.ranges)


def sees_exactly(role: Role | None, duty: Iterable[Right]) -> bool:
    """Whether counts under ten below the county are this role's duty."""
    return role is not None and not role.rights.isdisjoint(duty)
