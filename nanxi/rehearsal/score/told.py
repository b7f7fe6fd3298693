"""A score for people and for machines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from statistics import median
from typing import Any

from nanxi.rehearsal.score.held import Score
from nanxi.rehearsal.score.people import RIGHT, STATES, WRONG, ListScore, PeopleScore, Share

#: Kinds of mess with fewer rows than this say little; they stand in the JSON all the same.
TOLD_FROM = 5


def as_json(result: Score) -> dict[str, Any]:
    """The figures for machines; each rate beside what it was counted from."""
    return {
        "people": {**_list_json(result.people), **_people_json(result.rows)},
        "lists": [_list_json(one) for one in result.lists],
        "contacts": {
            "recall_encounters": _share_json(result.contact_recall),
            "stated_by_noise": result.contact_stated,
            "recall_of_stated": result.contact_kept,
            "recall_infections": _share_json(result.infection_recall),
            "precision": _share_json(result.contact_precision),
        },
        "departures": {
            "alerted": _share_json(result.departures_alerted),
            "delay_median_s": median(result.delays_s) if result.delays_s else None,
            "delay_worst_s": max(result.delays_s, default=None),
            "false_alerts": result.false_alerts,
            "person_days": round(result.person_days, 3),
            "false_per_person_day": result.false_per_person_day,
        },
    }


def _people_json(rows: PeopleScore) -> dict[str, Any]:
    return {
        "states": {state: rows.states[state] for state in STATES},
        "in_review": _share_json(rows.in_review),
        "recall_after_review": _share_json(rows.after_review),
        "wrong_automatic_links": _share_json(rows.automatic),
        "right_by_rule": {rule: _share_json(share) for rule, share in rows.rules.items()},
        "stated": [
            {"from": low, "until": min(high, 1.0), "claimed": round(claimed, 6), "right": _share_json(share)}
            for low, high, claimed, share in rows.stated
        ],
        "rejected_as_must": _share_json(rows.rejected),
        "guessed_from_rejected": rows.guessed,
        "asked_as_must": _share_json(rows.asked),
        "rows_of_nobody_taken_in": rows.nobody,
        "by_mess": {mark: {state: counts[state] for state in STATES} for mark, counts in rows.marks.items()},
    }


def _share_json(share: Share) -> dict[str, float | int | None]:
    return {"rate": share.rate, "of": share.whole, "hit": share.part}


def _list_json(one: ListScore) -> dict[str, Any]:
    named = {"file": one.file} if one.file else {}
    return {
        **named,
        "precision": _share_json(one.precision),
        "recall": _share_json(one.recall),
        "strangers_linked": one.strangers_linked,
    }


def as_text(result: Score) -> str:
    """The figures for people."""
    lines = [f"{'list':34} {'precision':>18} {'recall':>18} {'strangers linked':>17}"]
    for one in (*result.lists, result.people):
        lines.append(
            f"{one.file or 'all lists':34} {_shown(one.precision):>18} {_shown(one.recall):>18} {one.strangers_linked:>17}"
        )
    lines += ["", *_rows_text(result.rows), ""]
    lines += [
        f"contacts: encounters of 15 min found {_shown(result.contact_recall)}"
        f"{_stated(result)}, "
        f"infected by a case found {_shown(result.infection_recall)}, accepted rightly {_shown(result.contact_precision)}",
        f"departures alerted {_shown(result.departures_alerted)}, delay "
        + (
            f"median {median(result.delays_s):.0f} s, worst {max(result.delays_s):.0f} s after 100 m"
            if result.delays_s
            else "not known"
        ),
        f"false alerts {result.false_alerts} in {result.person_days:.1f} person-days"
        + (f" = {result.false_per_person_day:.4f} a day" if result.false_per_person_day is not None else ""),
    ]
    return "\n".join(lines)


def _rows_text(rows: PeopleScore) -> Iterator[str]:
    """What became of rows, and which mess hurts: kinds of mess by the share of their rows that were not found, worst first."""
    yield (
        f"rows of known people: {rows.known}, in review {_shown(rows.in_review)}, right after review {_shown(rows.after_review)}"
    )
    yield f"wrong automatic links {_shown(rows.automatic)}; rows of nobody taken in: {rows.nobody}"
    yield (
        f"rows that must be sent back: {_shown(rows.rejected)} were, {rows.guessed} were tied to somebody all the same; "
        f"numbers in dispute left to a person: {_shown(rows.asked)}"
    )
    for rule, share in rows.rules.items():
        yield f"  rule {rule:14} right {_shown(share)}"
    for low, high, claimed, share in rows.stated:
        yield f"  stated {low:g} to {min(high, 1.0):g}: claimed {claimed:.6f}, right {_shown(share)}"
    yield f"{'mess':20} {'rows':>6} " + " ".join(f"{state:>8}" for state in STATES)
    told = [(mark, counts) for mark, counts in rows.marks.items() if counts.total() >= TOLD_FROM]
    for mark, counts in sorted(told, key=lambda one: (_found(one[1]), one[0])):
        yield f"{mark:20} {counts.total():>6} " + " ".join(f"{counts[state] / counts.total():>8.1%}" for state in STATES)


def _found(counts: Counter[str]) -> float:
    return (counts[RIGHT] - counts[WRONG]) / counts.total()


def _stated(result: Score) -> str:
    """What was found beside what the sources could show."""
    if result.contact_kept is None or result.contact_stated is None:
        return ""
    return f" ({result.contact_kept:.3f} of the {result.contact_stated:.4f} that the noise file states)"


def _shown(share: Share) -> str:
    return "none to count" if share.rate is None else f"{share.rate:.4f} ({share.part}/{share.whole})"
