"""A grid worker's phone: Chromium with a profile on the disk, a network that can be cut, and a worker who fills in quickly."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.e2e.conftest import FLAGS, ROOT, Desk, bare_environment
from tests.e2e.network import Network

#: Everything the browser keeps for us, as text, and whether its key can be read out.
KEPT = """async () => {
  const answer = (asked) => new Promise((done) => { asked.onsuccess = () => done(asked.result); });
  const base = await answer(indexedDB.open("nanxi-field"));
  const all = (store) => answer(base.transaction(store).objectStore(store).getAll());
  const [key] = await all("keys");
  const plain = (_, one) => (one instanceof ArrayBuffer ? new TextDecoder("latin1").decode(one) : one);
  const found = [await all("day"), await all("outbox"), await all("photos"), await all("plain")];
  base.close();
  return { extractable: key.extractable, text: JSON.stringify(found, plain) };
}"""
#: The worker, who does the next tasks through the page's own links, forms and buttons. what: how many; photo: for every so many;
#: answers: by name of the question. Returns the ids of the tasks in the order in which they were done.
WORK = """async ({ most, photos, answers }) => {
  const until = async (what, does) => {
    for (const end = performance.now() + 60000; ;) {
      const found = does();
      if (found) return found;
      if (performance.now() > end) throw new Error(`${what} did not come: ${document.getElementById("field-page").innerText}`);
      await new Promise((done) => setTimeout(done, 4));
    }
  };
  const page = document.getElementById("field-page");
  const open = () => [...page.querySelectorAll("[data-field-task]")].find((one) => !one.querySelector("[data-field-kept]"));
  const done = [];
  while (done.length < most) {
    const link = await until("a task that is open", open);
    const id = link.dataset.fieldTask;
    link.click();
    const form = await until(`the form of ${id}`, () => location.hash.includes(id) && page.querySelector("form"));
    for (const [name, values] of Object.entries(answers)) {
      const all = [...form.querySelectorAll(`[name="${name}"]`)];
      const control = all.find((one) => values.includes(one.value) || one.type === "textarea");
      if (!control || control.disabled) continue;
      if (control.type === "radio") control.click();
      else { control.value = values[0]; control.dispatchEvent(new Event("input", { bubbles: true })); }
    }
    if (photos && done.length % photos === 0) {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [1600, 1200];
      const pen = canvas.getContext("2d");
      for (let n = 0; n < 400; n += 1) {
        pen.fillStyle = `hsl(${n * 7} 60% 50%)`;
        pen.fillRect((n * 97) % 1600, (n * 57) % 1200, 160, 90);
      }
      const blob = await new Promise((made) => canvas.toBlob(made, "image/png"));
      const bag = new DataTransfer();
      bag.items.add(new File([blob], "door.png", { type: "image/png" }));
      const field = form.querySelector('[data-field-photos=""]');
      const input = field.querySelector('input[type="file"]');
      input.files = bag.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
      await until("the photo", () => field.photos.length === 1);
    }
    form.querySelector("[data-nx-locate]").click();
    await until("the position", () => form.elements.namedItem("lon").value);
    form.querySelector('button[type="submit"]').click();
    const kept = `[data-field-task="${id}"] [data-field-kept]`;
    await until("the list", () => !page.querySelector("form") && page.querySelector(kept));
    done.push(id);
  }
  return done;
}"""
#: A phone whose clock is off. Only the time that pages see; timers go on.
CLOCK = """(() => {
  let off = 0;
  try { off = Number(localStorage.getItem("clock-off") ?? 0); } catch { return; }
  if (!off) return;
  const Right = Date;
  globalThis.Date = class extends Right {
    constructor(...told) { if (told.length) super(...told); else super(Right.now() + off); }
    static now() { return Right.now() + off; }
  };
})()"""
FOUND = {"result": ["met", "answered", "found", "visited"], "met_in": ["person"], "note": ["门口见到本人，情况正常"]}


class Beside:
    """Somebody at the desk's own machine: `phone_county`, started once, since a start costs seconds."""

    def __init__(self, desk: Desk) -> None:
        environment = bare_environment() | {"NANXI_HOME": str(desk.home), "DJANGO_SETTINGS_MODULE": "nanxi.settings"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.phone_county"], cwd=ROOT, env=environment, text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )  # fmt: skip

    def __call__(self, *words: str) -> dict[str, Any]:
        """The answer to one line, such as `lay 60 0`."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(" ".join(words) + "\n")
        self.process.stdin.flush()
        told = self.process.stdout.readline()
        assert told, "phone_county ended: what it said is in the output of this test"
        return json.loads(told)

    def close(self) -> None:
        self.process.communicate(timeout=30)


def kill(desk: Desk) -> None:
    """kill -9: the whole desk dies at once, as when the power goes."""
    desk.process.send_signal(signal.SIGKILL)
    desk.process.wait(30)
    time.sleep(2)  # its children notice by themselves


class Phone:
    """One phone with a profile on the disk: the browser may die, what it kept stays."""

    def __init__(self, browser: Any, desk: Desk, folder: Path, *, language: str = "zh-CN", width: int = 360) -> None:
        self.browser, self.desk, self.folder, self.language, self.width = browser, desk, folder, language, width
        self.network = Network(desk.port)
        self.faults: list[str] = []
        self.wake()

    def wake(self) -> None:
        self.context = self.browser.browser_type.launch_persistent_context(
            str(self.folder), executable_path=shutil.which("chromium"), args=FLAGS, viewport={"width": self.width, "height": 740},
            locale=self.language, timezone_id="Asia/Shanghai", permissions=["geolocation"],
            geolocation={"latitude": 28.154, "longitude": 120.691, "accuracy": 14},
        )  # fmt: skip
        self.context.add_init_script(CLOCK)
        self.page = self.context.pages[0]
        self.page.set_default_timeout(60_000)
        self.page.on("pageerror", lambda problem: self.faults.append(str(problem)))

    def die(self) -> None:
        """kill -9 of the browser, found by its profile."""
        for process in Path("/proc").iterdir():
            if not process.name.isdigit():
                continue
            with contextlib.suppress(OSError):
                words = (process / "cmdline").read_bytes().split(b"\0")
                if f"--user-data-dir={self.folder}".encode() in words and not any(one.startswith(b"--type=") for one in words):
                    os.kill(int(process.name), signal.SIGKILL)
        with contextlib.suppress(Exception):
            self.context.close()

    def close(self) -> None:
        with contextlib.suppress(Exception):
            self.context.close()
        self.network.close()

    def enter(self, username: str) -> None:
        self.page.goto(f"{self.network.url}/enter/")
        button = self.page.locator(f'[data-enter="{username}"]')
        if button.count() == 0:
            form = self.page.locator(f'form:has(option[value="{username}"])')
            form.locator("select").select_option(username)
            button = form.locator("button")
        with self.page.expect_navigation():
            button.click()

    def open(self, path: str = "/field/") -> None:
        self.page.goto(self.network.url + path)

    def take_along(self) -> None:
        """Open the day with a network, and wait until the phone holds it."""
        self.open()
        self.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        self.page.locator("[data-field-as-of]").wait_for()

    def leave(self) -> None:
        """Out of the network; the page as the phone keeps it."""
        self.network.cut()
        self.open()
        self.page.locator("#field-page > *").first.wait_for()

    def waiting(self) -> int:
        """How many visits wait, as the page says once it has looked."""
        self.page.locator("#field-bar[data-field-stands]").wait_for(state="attached")
        mark = self.page.locator("[data-field-waiting]")
        return int(mark.get_attribute("data-field-waiting") or 0) if mark.count() else 0

    def work(self, most: int, *, photos: int = 0, answers: dict[str, list[str]] | None = None) -> list[str]:
        """Do so many tasks, with a photo for every so many; the ids of the tasks."""
        return self.page.evaluate(WORK, {"most": most, "photos": photos, "answers": answers or FOUND})

    def kept(self) -> dict[str, Any]:
        return self.page.evaluate(KEPT)

    def bases(self) -> list[str]:
        return self.page.evaluate("async () => (await indexedDB.databases()).map((one) => one.name)")

    def set_clock(self, off_s: int) -> None:
        """The phone's own clock, so many seconds off, from the next page on."""
        self.page.evaluate("off => localStorage.setItem('clock-off', off)", off_s * 1000)
