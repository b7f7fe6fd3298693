"""What a list row says about one person, and the masked label that work lists show instead."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

from nanxi.people.rules import ids, names, phones


@dataclass(frozen=True)
class Identity:
    """The identifiers of one source record, as the source wrote them. Everything but nothing at all may be missing.

    `sex` is "m", "f" or the source's word; `phones` are further numbers beside `phone`.
    """

    name: str = ""
    id_no: str = ""
    phone: str = ""
    phones: tuple[str, ...] = ()
    passport: str = ""
    sex: str = ""
    birth_date: date | None = None
    address: str = ""
    plate: str = ""
    workplace: str = ""

    @property
    def is_empty(self) -> bool:
        return not any(getattr(self, item.name) for item in fields(self))

    @property
    def birth(self) -> date | None:
        """The birth date: that of a valid number before one that somebody wrote."""
        return ids.read_id(self.id_no).birth or self.birth_date

    def all_phones(self) -> tuple[str, ...]:
        """Every number of the record, normalised, each once, the first named first."""
        found = [number for text in (self.phone, *self.phones) for number in phones.phones_in(text)]
        return tuple(dict.fromkeys(found))

    def sealed_text(self) -> str:
        """JSON of what is filled in; goes into the vault and nowhere else."""
        values = {name: value for name, value in vars(self).items() if value}
        if self.birth_date:
            values["birth_date"] = self.birth_date.isoformat()
        return json.dumps(values, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def of_text(cls, text: str) -> Identity:
        values: dict[str, Any] = json.loads(text)
        if "birth_date" in values:
            values["birth_date"] = date.fromisoformat(values["birth_date"])
        values["phones"] = tuple(values.get("phones", ()))
        return cls(**values)

    def completed(self, other: Identity) -> Identity:
        """This identity, its gaps filled from another record of the same person."""
        gaps = {item.name: getattr(other, item.name) for item in fields(self) if not getattr(self, item.name)}
        return replace(self, **gaps)


@dataclass(frozen=True)
class Label:
    """How a work list names a person: masked name, last four of ID or phone."""

    name: str
    tail: str

    def __str__(self) -> str:
        return f"{self.name} {self.tail}".strip()


def label_of(identity: Identity) -> Label:
    """陈*明 1234; the tail is that of a valid ID, else of a phone, else empty."""
    number = ids.read_id(identity.id_no)
    digits = number.value if number.valid else next(iter(identity.all_phones()), "") or identity.passport
    return Label(names.mask_name(names.normal_name(identity.name)) or "*", f"…{digits[-4:]}" if digits else "")
