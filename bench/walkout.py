"""How long from the deciding position to the alert in an open browser, under 500 positions a second? Gate: p95 at most 1 s.

A small rehearsal desk, one duty officer with the alerts page open in Chromium, and people under suspected-case orders whose phones
walk out one after the other, beside phones at home that report all the time (`bench/walkout_load.py`). Timed from the answer to the deciding position to the moment the page shows one alert more.

    .venv/bin/python bench/walkout.py [--walks 20] [--load 500] [--phones 6000]
"""

from __future__ import annotations

import argparse
import base64
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.e2e.conftest import FLAGS, Desk, Officer
from tests.e2e.people import Register, largest_register

GATE_S = 1.0
#: Longer than all walks of a run; the load is ended before.
LOAD_S = 150
SHOWN = 'n => document.querySelectorAll(\'main a[href^="/desk/alerts/"]:not([href$="/alerts/"])\').length > n'
COUNT = 'document.querySelectorAll(\'main a[href^="/desk/alerts/"]:not([href$="/alerts/"])\').length'


def isolate(clinician: Officer, duty: Officer, town: Register, number: int) -> dict[str, str]:
    """One suspected case isolated on the clinician's report, served at the door, with a phone. Returns the phone's setting."""
    somebody = town.people[number]
    clinician.open("/cases/report/")
    clinician.send("", area=town.town, name=somebody.name, id_no=somebody.id_no, phone=somebody.phone)
    clinician.open("/cases/")
    case = clinician.link(r"^/cases/[0-9a-f-]{36}/$").split("/")[2]
    duty.open(f"/orders/new/?from=cases.case:{case}")
    form = duty.page.locator('main form[method="post"]').first
    if not form.locator('[name="until"]').input_value():
        form.locator('[name="until"]').fill(
            (datetime.now(ZoneInfo("Asia/Shanghai")) + timedelta(hours=60)).strftime("%Y-%m-%dT%H:%M")
        )
    with duty.page.expect_navigation():
        form.locator("button.btn-primary").first.click()
    found = re.search(r"/orders/[0-9a-f-]{36}/", duty.page.url)
    if found is None:
        raise RuntimeError("no order was made: " + duty.page.inner_text("main")[:400])
    duty.open(found[0] + "serve/")
    duty.send("", lon="120.690000", lat="28.154000", accuracy="8", datum="WGS-84")
    duty.open(found[0] + "devices/")
    duty.send("", label="phone")
    return json.loads(duty.page.locator("#otrc").text_content())


def position(client: httpx.Client, desk: Desk, phone: dict[str, str], metres: float) -> None:
    body = {"_type": "location", "tst": int(time.time()), "lon": 120.69 + metres / 98_200, "lat": 28.154, "acc": 12}
    token = base64.b64encode(f"{phone['username']}:{phone['password']}".encode()).decode()
    client.post(f"{desk.ingest}/pub", json=body, headers={"Authorization": f"Basic {token}"}).raise_for_status()


def at_home(client: httpx.Client, desk: Desk, phones: list[dict[str, str]]) -> None:
    """Everybody twice at home, long enough before the walk that nobody flies."""
    for metres in (0, 4):
        for phone in phones:
            position(client, desk, phone, metres)
        time.sleep(1.1)
    time.sleep(12)


def loaded(desk: Desk, folder: Path, rate: int, phones: int) -> subprocess.Popen[str] | None:
    """The phones that report beside the walks, in a process of their own."""
    if not rate:
        return None
    script, tokens = str(Path(__file__).with_name("walkout_load.py")), str(folder / "tokens")
    subprocess.run([sys.executable, script, "make", str(desk.home), str(phones), tokens], check=True, timeout=120)
    words = [sys.executable, script, "run", f"{desk.ingest}/pub", tokens, str(rate), str(LOAD_S)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


def walk(client: httpx.Client, desk: Desk, phone: dict[str, str], page: Any) -> float:
    """Twice far away; seconds from the answer to the last position to the alert on the page."""
    position(client, desk, phone, 650)
    time.sleep(1.1)
    before = page.evaluate(COUNT)
    position(client, desk, phone, 690)
    began = time.perf_counter()
    page.wait_for_function(SHOWN, arg=before, timeout=30_000)
    return time.perf_counter() - began


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--walks", type=int, default=20)
    parser.add_argument("--load", type=int, default=500, help="positions a second beside the walks")
    parser.add_argument("--phones", type=int, default=6000, help="phones that send them")
    asked = parser.parse_args()
    walks = asked.walks
    from playwright.sync_api import sync_playwright

    with (
        tempfile.TemporaryDirectory(prefix="nanxi-bench-") as folder,
        sync_playwright() as play,
        httpx.Client(timeout=20) as client,
    ):
        Path(folder).chmod(0o755)
        desk = Desk(Path(folder) / "home")
        desk.start()
        try:
            desk.found()
            town = largest_register(desk.home / "files" / "rehearsal")
            browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
            clinician, duty, watch = (Officer(browser, desk, name) for name in ("lab-1", town.officer, town.officer))
            phones = [isolate(clinician, duty, town, number) for number in range(walks)]
            watch.open("/desk/alerts/")
            load = loaded(desk, Path(folder), asked.load, asked.phones)
            at_home(client, desk, phones)
            times = [walk(client, desk, phone, watch.page) for phone in phones]
            browser.close()
            if load is not None:
                assert load.poll() is None, "the load ended before the walks did"
                print("load:", load.communicate()[0].strip())
        finally:
            desk.stop()
    p95 = statistics.quantiles(times, n=20)[18] if len(times) > 1 else times[0]
    print(
        f"{len(times)} walk-outs: median {statistics.median(times):.2f} s, p95 {p95:.2f} s, worst {max(times):.2f} s (gate p95 ≤ {GATE_S:g} s)"
    )
    return 0 if p95 <= GATE_S else 1


if __name__ == "__main__":
    raise SystemExit(main())
