"""Orders for accepted contacts: issued by headquarters, served at the door with the home point, and a phone set up to report."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urljoin, urlparse

from nanxi.rehearsal.play.browser import Page, Puzzled
from nanxi.rehearsal.play.company import tell
from nanxi.rehearsal.play.files import CountyFiles, duty_officer
from nanxi.rehearsal.play.memory import Memory
from nanxi.rehearsal.play.office import Office
from nanxi.rehearsal.play.pace import Pace
from nanxi.rehearsal.play.phones import Phone, Phones

ORDER = re.compile(r"/orders/[0-9a-f-]{36}/")
#: Accuracy of an officer's phone at a door, metres.
AT_DOOR_M = 12


class Town:
    """Who isolates, serves and sets up phones."""

    def __init__(self, office: Office, files: CountyFiles, memory: Memory, pace: Pace, phones: Phones) -> None:
        self.office, self.files, self.memory, self.pace, self.phones = office, files, memory, pace, phones

    def wake_phones(self) -> None:
        """Phones that were set up before a restart report again."""
        walks = list(self.memory.named("walk:").values())
        for facts in self.memory.named("phone:").values():
            mine = [
                {name: value for name, value in walk.items() if name != "device"}
                for walk in walks
                if walk["device"] == facts["device"]
            ]
            self.phones.add(Phone(**{**facts, "home": tuple(facts["home"])}, walks=mine, sent=10))

    def isolate(self, case: Mapping[str, Any], address: str, *, at_most: int) -> None:
        """Orders for the accepted contacts of a case, those who live with it first as the page ranks them."""
        page = self.office.officer("hq-desk-1").get(address)
        links = [href for href, _ in page.links if "/orders/" in href and "contact" in href]
        for href in list(dict.fromkeys(links))[:at_most]:
            step = f"order:{href.rstrip('/').split('/')[-1].split('=')[-1][-12:]}"
            self.one(urljoin(page.url, href), step)

    def one(self, address: str, step: str) -> None:
        """One order from the button of a contact to the first report of the phone."""
        if f"{step}:over" in self.memory:
            return
        order = self._once(f"{step}:page", lambda: self.issue(address, step))
        if not order:
            self.memory.keep(f"{step}:over", "no ground")
            return
        self.carry_out(order, step)

    def carry_out(self, order: str, step: str) -> None:
        """Serve an order that is issued, and set up the phone; also for orders that somebody else issued."""
        if f"{step}:over" in self.memory:
            return
        who = self._once(f"{step}:who", lambda: self.look(order))
        if not who["address"]:
            # Nobody knows yet where this contact lives; a person would ask around and come back to it.
            self.memory.keep(f"{step}:over", "no address")
            return
        self._once(f"{step}:served", lambda: self.serve(order, who, step))
        if f"phone:{step}" not in self.memory:
            phone = self.set_up(order, who)
            facts = {name: getattr(phone, name) for name in ("device", "token", "id_no", "since")}
            self.memory.keep(f"phone:{step}", {**facts, "home": list(phone.home)})
            self.phones.add(phone)
        self.memory.keep(f"{step}:over")
        tell("town", "an order is issued and served, the phone reports")

    def is_ours(self, order: str) -> bool:
        """Whether the story issued this order and serves it itself."""
        return order in self.memory.named("order:").values()

    def _once(self, step: str, do: Callable[[], Any]) -> Any:
        if step not in self.memory:
            self.memory.keep(step, do())
        return self.memory.get(step)

    def issue(self, address: str, step: str) -> str:
        """Headquarters issues; the page of the order that came of it. "" when the desk refuses for a reason of its own."""
        officer = self.office.officer("hq-desk-1")
        page = officer.get(address)
        form = next((form for form in page.forms if {"reason", "legal_basis", "until"} <= set(form.fields)), None)
        if form is None:
            # The evidence has lapsed (met too long ago), or there is an order already: the page says which.
            return ""
        made = page.send(form, key=self.memory.key(f"{step}:issue"))
        found = ORDER.search(made.url)
        if not found:
            raise Puzzled(f"/orders/: no order was made. {made.text[-300:]}")
        return found[0]

    def look(self, order: str) -> dict[str, str]:
        """Open the order's person: ID number and address stand on the answer, and which town answers for the order."""
        page = self.office.officer("hq-desk-1").get(order)
        read = page.send(page.form(action="/read/"))
        main = read.html[read.html.find("<main") :]
        address = next((one for one in re.findall(r"永嘉县[^<>\s]{2,60}?号", main) if one in self.files.houses), "")
        id_no = next(iter(re.findall(r"\b\d{17}[\dX]\b", main)), "")
        towns = {area["name"]: area["code"] for area in self.files.county["areas"] if area["kind"] == "town"}
        named = [(main.find(name), code) for name, code in towns.items() if name in main]
        return {"address": address, "id_no": id_no, "town": min(named)[1] if named else ""}

    def serve(self, order: str, who: Mapping[str, str], step: str) -> bool:
        """At the door: handed over, home point taken by the officer's position."""
        page = self.office.officer(duty_officer(who["town"])).get(f"{order}serve/")
        lon, lat = self.files.houses[who["address"]]
        facts = {"how": "in_person", "language": "wenzhou", "taken_how": "officer_position"}
        point = {"lon": lon, "lat": lat, "accuracy": AT_DOOR_M, "datum": "WGS-84"}
        kept = page.send(page.form("how", "language"), {**facts, **point}, key=self.memory.key(f"{step}:serve"))
        if "/serve/" in kept.url:
            raise Puzzled(f"/orders/…/serve/: the serving was not kept. {kept.text[-300:]}")
        return True

    def set_up(self, order: str, who: Mapping[str, str]) -> Phone:
        """The duty officer shows the set-up code; the phone keeps the token in it."""
        page = self.office.officer(duty_officer(who["town"])).get(f"{order}devices/")
        # No key of our own: a repeat could not show the token again.
        shown = page.send(page.form("label"), {"label": "本人手机"})
        device, token = _credentials(shown)
        # Reading the code takes a moment; a fix older than the code would be refused.
        return Phone(device, token, self.files.houses[who["address"]], who["id_no"], time.time() + 2)


def _credentials(page: Page) -> tuple[str, str]:
    """Device and password of the set-up code, as OwnTracks reads them."""
    link = page.link("owntracks:")
    inline = parse_qs(urlparse(link).query)["inline"][0]
    said = json.loads(base64.urlsafe_b64decode(inline + "=" * (-len(inline) % 4)))
    return str(said["deviceId"]), str(said["password"])
