"""How fast do the pages of a whole county answer? p50 and p95 of desk home, lists, case and person page.

A rehearsal of the asked size is started in an empty home, its clients take the register in and play some cases; then they and
nobody else stay quiet while one officer looks. With `--url` a running rehearsal is asked instead.

    .venv/bin/python bench/pages.py [--persons 20000] [--rounds 40] [--url http://127.0.0.1:8000]
"""

from __future__ import annotations

import argparse
import re
import statistics
import time
from collections.abc import Iterable

import httpx
from desk import Desk, rehearsal, wait_until

GATE_MS = 150.0
#: Officer → the pages to look at; a pattern in angle brackets is the first link of that kind on the page before it.
LOOKS = {
    "hq-desk-1": [
        "/",
        "/desk/directives/",
        "/desk/tasks/",
        "/desk/alerts/",
        "/orders/",
        "/people/",
        "/people/review/",
        "/brief/",
    ],
    "town": [
        "/",
        "/desk/tasks/",
        "/people/",
        "/people/lists/",
        "</desk/tasks/[0-9a-f-]{36}/>",
        "/orders/",
        "</orders/[0-9a-f-]{36}/>",
    ],
    "cdc-1": ["/cases/", "</cases/[0-9a-f-]{36}/>"],
}


def linked(client: httpx.Client, pattern: str, pages: Iterable[str]) -> str | None:
    for page in pages:
        if found := re.search(rf'href="({pattern})"', client.get(page).text):
            return found[1]
    return None


def person_page(desk: Desk, client: httpx.Client) -> str | None:
    """The page of somebody on a handed-in list whom an open task of this officer is about; it opens through that task only."""
    rows = desk.officer("oversight").get("/rehearsal/results/").json()["rows"]
    for person in dict.fromkeys(row["person"] for row in reversed(rows) if row["person"]):
        page = client.get(f"/people/{person}/")
        if found := re.search(r'href="(/people/[0-9a-f-]{36}/\?via=[^"]+)"', page.text):
            return found[1].replace("&amp;", "&")
    return None


def look(client: httpx.Client, address: str, rounds: int) -> list[float]:
    """Milliseconds of each look; the first three warm caches and do not count."""
    times = []
    for number in range(rounds + 3):
        began = time.perf_counter()
        answer = client.get(address)
        took = (time.perf_counter() - began) * 1000
        answer.raise_for_status()
        if number >= 3:
            times.append(took)
    return times


def measure(desk: Desk, rounds: int) -> bool:
    within = True
    busiest = town_with_tasks(desk)
    for who, pages in LOOKS.items():
        client = desk.officer(busiest if who == "town" else who)
        plain = [page for page in pages if page.startswith("/")]
        for page in pages:
            address = linked(client, page.strip("<>"), plain) if page.startswith("<") else page
            within &= tell(client, who, address, page, rounds)
        if who == "town":
            within &= tell(client, who, person_page(desk, client), "person", rounds)
    return within


def tell(client: httpx.Client, who: str, address: str | None, name: str, rounds: int) -> bool:
    if address is None:
        print(f"  {who:10} {name:34} there is none to look at yet")
        return True
    times = look(client, address, rounds)
    p95 = statistics.quantiles(times, n=20)[18]
    print(f"  {who:10} {name:34} p50 {statistics.median(times):6.0f} ms   p95 {p95:6.0f} ms{'' if p95 <= GATE_MS else '   over'}")
    return p95 <= GATE_MS


def town_with_tasks(desk: Desk) -> str:
    """Sign-in name of the duty officer of a town that has open tasks, else of any."""
    client = desk.officer("hq-desk-1")
    names = re.findall(r'data-enter="(town-\d+-1)"|value="(town-\d+-1)"', client.get("/enter/").text)
    towns = sorted({one or other for one, other in names})
    for town in towns:
        if re.search(r'href="/desk/tasks/[0-9a-f-]{36}/"', desk.officer(town).get("/desk/tasks/").text):
            return town
    return towns[0]


def persons_in(desk: Desk) -> int:
    """How many rows of the register have their person; 0 while the county is still being founded."""
    try:
        page = desk.officer("oversight").get("/rehearsal/results/")
        return sum(bool(row["person"]) for row in page.json()["rows"])
    except (RuntimeError, ValueError, httpx.TransportError):
        return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--persons", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--url", help="a running rehearsal")
    parser.add_argument("--settle", type=float, default=120, help="seconds the clients play after the register is in")
    options = parser.parse_args()
    if options.url:
        from pathlib import Path

        return 0 if measure(Desk(options.url.rstrip("/"), "", Path(), time.monotonic()), options.rounds) else 1
    with rehearsal(options.persons) as desk:
        print(f"desk open after {desk.waited():.0f} s")
        wait_until("first person", lambda: persons_in(desk))
        print(f"first town in after {desk.waited():.0f} s (gate 90 s)")
        wait_until("everybody in", lambda: persons_in(desk) >= 0.95 * options.persons)
        print(f"all {options.persons} in after {desk.waited():.0f} s (gate 240 s at 20,000)")
        time.sleep(options.settle)
        return 0 if measure(desk, options.rounds) else 1


if __name__ == "__main__":
    raise SystemExit(main())
