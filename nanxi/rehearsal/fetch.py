"""Ask a running rehearsal desk for its results: enter as its oversight officer, as a person would, and read one page."""

from __future__ import annotations

import json
from pathlib import Path

import httpx

from nanxi.cli import InputError
from nanxi.rehearsal.score import parse_results

RESULTS = "/rehearsal/results/"
DESK = "http://127.0.0.1:8000"
#: A county of 300,000 persons takes the desk some seconds to write down.
PATIENCE_S = 120.0


def fetch_results(url: str, keep_in: Path) -> Path:
    """The desk's results, kept as results.json in the folder. Raises InputError saying what to start or check."""
    with httpx.Client(base_url=url, timeout=PATIENCE_S, follow_redirects=True) as desk:
        try:
            desk.get("/enter/")
            sent = {"username": "oversight", "csrfmiddlewaretoken": desk.cookies.get("csrftoken", "")}
            entered = desk.post("/enter/", data=sent, headers={"Referer": f"{url}/enter/"})
            answer = desk.get(RESULTS)
        except httpx.TransportError as problem:
            raise InputError(f"{url}: no desk answers there ({problem}); start it with `nanxi serve --rehearsal`.") from None
    if entered.status_code == 404 or answer.status_code == 404:
        raise InputError(f"{url}: the desk there is no rehearsal; only a rehearsal gives its results.")
    if answer.status_code != 200:
        raise InputError(f"{url}: the desk answered {answer.status_code}; see its own log.")
    try:
        content = json.loads(answer.text)
    except ValueError:
        raise InputError(f"{url}: the answer is no JSON; is this the desk's address?") from None
    parse_results(content, url)
    path = keep_in / "results.json"
    path.write_text(json.dumps(content, ensure_ascii=False) + "\n", encoding="utf-8")
    return path
