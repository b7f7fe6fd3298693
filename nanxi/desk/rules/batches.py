"""Result classes of a checked list: a closed list, and which of them answer the question where somebody is. Pure."""

from __future__ import annotations

from nanxi.foundation.words import ClosedList
from nanxi.foundation.words import mark as _


class ResultClass(ClosedList):
    """What became of a row of a list, as its sender reads it."""

    HERE = ("here", _("is here"))
    LEFT = ("left", _("has left"))
    NOT_FOUND = ("not_found", _("not found here"))
    WRONG = ("wrong", _("details are wrong"))
    REFUSED = ("refused", _("gave no answer"))
    ENDED = ("ended", _("ended without a result"))
    OPEN = ("open", _("not checked yet"))
    HANDED_OVER = ("handed_over", _("handed over to another county"))
    ELSEWHERE = ("elsewhere", _("belongs to another county"))
    UNREAD = ("unread", _("row could not be read"))


#: Result of a check → class. Whoever refused has not answered the sender's question; a revisit is a new task.
OF_RESULT = {
    "found": ResultClass.HERE,
    "already_left": ResultClass.LEFT,
    "not_here": ResultClass.NOT_FOUND,
    "wrong_person": ResultClass.WRONG,
    "refused": ResultClass.REFUSED,
}
#: Classes that answer the sender's question; the others stay in the denominator.
ANSWERED = (ResultClass.HERE, ResultClass.LEFT, ResultClass.NOT_FOUND)


def class_of_check(*, result: str, ended: bool) -> ResultClass:
    """The class of a row that became a check."""
    if result:
        return OF_RESULT[result]
    return ResultClass.ENDED if ended else ResultClass.OPEN


def class_of_other(*, taken_in: bool, elsewhere: str, handed_over: bool) -> ResultClass:
    """The class of a row that became none."""
    if elsewhere:
        return ResultClass.HANDED_OVER if handed_over else ResultClass.ELSEWHERE
    return ResultClass.OPEN if taken_in else ResultClass.UNREAD


def share(answered: int, checks: int) -> int:
    """Percent of all checks, whole and rounded down: 100 only when every single one is answered."""
    return 100 * answered // checks if checks else 0
