"""Words of pure rules: closed lists, and sentences that are marked where they stand and translated where they are shown."""

from __future__ import annotations

from enum import Enum


def mark(sentence: str) -> str:
    """Mark a sentence for the catalogue (import it as `_`); a rule knows no language."""
    return sentence


class ClosedList(Enum):
    """What only a change of the code adds to. A value is a tuple: its code as stored, its words, then what else it says."""

    @property
    def code(self) -> str:
        return self.value[0]

    @property
    def label(self) -> str:
        return self.value[1]
