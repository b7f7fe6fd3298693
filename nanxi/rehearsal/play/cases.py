"""A case from the laboratory to its accepted contacts, as the officers do it on the pages: result, report, confirmation by a
second person, interview, trace."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlparse

from nanxi.rehearsal.life import SHANGHAI
from nanxi.rehearsal.play.browser import Form, Officer, Page, Puzzled
from nanxi.rehearsal.play.company import tell
from nanxi.rehearsal.play.files import town_of
from nanxi.rehearsal.play.memory import Memory
from nanxi.rehearsal.play.office import Office
from nanxi.rehearsal.play.pace import Pace
from nanxi.rehearsal.play.stays import Operators

LABORATORY = "永嘉县人民医院检验科"
#: What the rehearsal calls a tie → what the interview form calls it.
RELATIONS = {"home": "household", "firm": "workplace", "class": "workplace", "venue": "companion"}
#: Lines written down in one talk. What is remembered at all, and how many people are named, the noise file says.
MOST_LINES = 80
#: So many contacts one officer accepts on his own word; the others of an interview are a colleague's.
ON_OWN_WORD = 20
#: The form of a decision on one contact.
DECIDE = re.compile(r"/contacts/[^/]+/decide/")
#: Seconds until a just entered person is known to the desk, and until a trace is done, before the story gives up.
MATCHED_S, TRACED_S = 120.0, 180.0


def local(moment: str) -> str:
    """ISO with offset → what a browser's date-and-time field sends, county time."""
    return datetime.fromisoformat(moment).astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M")


class Hospital:
    """The officers who bring a case onto the desk."""

    def __init__(self, office: Office, memory: Memory, pace: Pace, operators: Operators) -> None:
        self.office, self.memory, self.pace, self.operators = office, memory, pace, operators

    def bring(self, case: Mapping[str, Any]) -> str:
        """The whole way of one case; returns the address of its page. Steps done before are not done again."""
        name = f"case:{case['accession']}"
        self._once(f"{name}:result", lambda key: self.enter_result(case, key))
        address = self._once(f"{name}:page", lambda key: self.report(case, key))
        self._once(f"{name}:confirmed", lambda key: self.confirm(case, address, key))
        self._once(f"{name}:interview", lambda key: self.interview(case, address, key))
        self._once(f"{name}:named", lambda key: self.accept_named(address, key))
        self._once(f"{name}:lists", lambda key: self.operators.ask(case))
        self._once(f"{name}:traced", lambda key: self.trace(address, key))
        return address

    def _once(self, step: str, do: Any) -> Any:
        if step not in self.memory:
            found = do(self.memory.key(step))
            self.memory.keep(step, found if found is not None else True)
        return self.memory.get(step)

    def enter_result(self, case: Mapping[str, Any], key: str) -> None:
        page = self.office.officer("lab-1").get("/cases/results/")
        form = page.form("accession", "sampled_at")
        sample = {
            "accession": case["accession"],
            "laboratory": LABORATORY,
            "sampled_at": local(case["sampled_at"]),
            "result": "positive",
            **_who(case),
        }
        kept = page.send(form, sample, key=key)
        if case["accession"] not in kept.text:
            raise Puzzled(f"/cases/results/: the result was not kept. {_problems(kept)}")
        tell("laboratory", f"positive result {case['accession']}")

    def report(self, case: Mapping[str, Any], key: str) -> str:
        page = self.office.officer("lab-1").get("/cases/report/")
        shown = page.send(page.form("name", "note"), {**_who(case), "note": _findings(case)}, key=key)
        address = _case_address(shown)
        tell("clinic", "suspected case reported")
        return address

    def confirm(self, case: Mapping[str, Any], address: str, key: str) -> None:
        """By the second officer of the laboratory, as soon as the desk knows that result and case are one person's."""
        doctor = self.office.officer("lab-2")
        waited = 0.0
        while True:
            page = doctor.get(address + "confirm/")
            if any("result" in form.fields for form in page.forms):
                break
            if waited > MATCHED_S:
                raise Puzzled("/cases/…/confirm/: no laboratory result of this person is offered.")
            self.pace.wait(2.0)
            waited += 2.0
        symptoms = "present" if case["onset"] else "none"
        page.send(page.form("result", "symptoms"), {"symptoms": symptoms}, key=key)
        tell("clinic", "case confirmed by a second person")

    def interview(self, case: Mapping[str, Any], address: str, key: str) -> None:
        officer = self.office.officer("cdc-1")
        page = officer.get(address + "interview/")
        form = page.form("onset")
        # The family comes to mind first.
        named = sorted(case["contacts"], key=lambda one: one["relation"] != "home")
        stretches = case["itinerary"][-MOST_LINES:]
        values: dict[str, Any] = {
            "onset": case["onset"] or "",
            "isolated_at": local(case["sampled_at"]),
            "household": case["address"],
        }
        for line, prefix in zip(stretches, _lines(officer, form, "stretch", len(stretches)), strict=True):
            values |= _line(form, prefix, {"place": line["place"], "t0": local(line["from"]), "t1": local(line["until"])})
        for person, prefix in zip(named, _lines(officer, form, "named", len(named)), strict=True):
            facts = {
                "name": person["name"],
                "relation": RELATIONS.get(person["relation"], "other"),
                "last": local(person["last_met"]),
                "phone": person["phone"],
                "id_no": person["id_no"],
            }
            values |= _line(form, prefix, facts)
        kept = page.send(form, values, key=key)
        if "/interview/" in kept.url:
            raise Puzzled(f"/cases/…/interview/: the interview was not kept. {_problems(kept)}")
        tell("epidemiologist", f"interview kept, {len(named)} people named")

    def accept_named(self, address: str, key: str) -> int:
        """Accept those whom the case named; they are on the case's page. Who held the interview accepts the first of them."""
        page = self.office.officer("cdc-1").get(address)
        actions = [form.action for form in page.forms if DECIDE.search(form.action)]
        self._accept_each(page, actions[:ON_OWN_WORD], key)
        if actions[ON_OWN_WORD:]:
            self._accept_each(self.office.officer("cdc-2").get(address), actions[ON_OWN_WORD:], key)
        return len(actions)

    def _accept_each(self, page: Page, actions: Sequence[str], key: str) -> None:
        for form in [form for form in page.forms if form.action in actions]:
            page.send(form, press="accepted", key=f"{key}:{form.action.split('/')[-3][-12:]}"[:80])
        if actions:
            tell("epidemiologist", f"{len(actions)} named contacts accepted")

    def trace(self, address: str, key: str) -> int:
        """Trace the case, wait for the job, accept what it found that is not decided yet."""
        officer = self.office.officer("cdc-1")
        page = officer.get(address)
        page = self._until(officer, page.send(page.form("start", "end", action="/trace/"), key=key), _finished)
        leader = self.office.officer("hq-leader").get(page.url)
        wide = next((form for form in leader.forms if form.action.endswith("/approve/")), None)
        if wide is not None:
            leader.send(wide, key=f"{key}:approve"[:80])
            page = self._until(officer, officer.get(page.url), lambda shown: _choice_of(shown) is not None)
        form = _choice_of(page)
        if form is None:
            return 0
        chosen = [value for value, _ in form.fields["contact"].choices]
        # A long answer has several pages; the box takes them all.
        sent = {"all": "1"} if "all" in form.fields else {"contact": chosen}
        page.send(form, sent, key=f"{key}:accept"[:80])
        tell("epidemiologist", f"traced contacts accepted, {len(chosen)} on the first page")
        return len(chosen)

    def _until(self, officer: Officer, page: Page, done: Callable[[Page], bool]) -> Page:
        """The page again and again until it shows what is waited for."""
        waited = 0.0
        while not done(page):
            if waited > TRACED_S:
                raise Puzzled(f"{urlparse(page.url).path}: not done after three minutes.")
            self.pace.wait(2.0)
            waited += 2.0
            page = officer.get(page.url)
        return page


def _choice_of(page: Page) -> Form | None:
    """The form that accepts chosen contacts, when there are some to choose."""
    found = (form for form in page.forms if form.fields.get("contact") and form.fields["contact"].choices)
    return next(found, None)


def _who(case: Mapping[str, Any]) -> dict[str, str]:
    return {"area": town_of(case["area"]), "name": case["name"], "id_no": case["id_no"], "phone": case["phone"]}


def _findings(case: Mapping[str, Any]) -> str:
    return "发热、咳嗽三天，胸部影像异常。" if case["onset"] else "筛查阳性，无症状。"


def _case_address(page: Page) -> str:
    found = re.search(r"/cases/[0-9a-f-]{36}/", page.url)
    if not found:
        raise Puzzled(f"/cases/report/: no case was made. {_problems(page)}")
    return found[0]


def _problems(page: Page) -> str:
    """What the page says is wrong, its menus left out."""
    found = re.findall(r'class="[^"]*(?:invalid-feedback|errorlist|nx-summary|alert)[^"]*"[^>]*>(.*?)</', page.html, re.S)
    return " ".join(re.sub("<[^>]+>", " ", text).strip() for text in found)[:300]


def _finished(page: Page) -> bool:
    """A run's page offers itself ("show the result") as long as it is not finished."""
    return urlparse(page.url).path not in {href for href, _ in page.links}


def _lines(officer: Officer, form: Form, kind: str, count: int) -> list[str]:
    """Prefixes of `count` lines of a kind; more lines are asked for as the page's button does."""
    while True:
        found = dict.fromkeys(match[0] for name in form.fields if (match := re.match(rf"{kind}-\d+-", name)))
        if len(found) >= count:
            return list(found)[:count]
        more = officer.get(f"/cases/interview/{kind}/")
        if not more.loose.fields:
            raise Puzzled(f"/cases/interview/{kind}/: the new line has no fields.")
        form.fields.update(more.loose.fields)


def _line(form: Form, prefix: str, facts: Mapping[str, str]) -> dict[str, str]:
    return {f"{prefix}{name}": value for name, value in facts.items()}
