from __future__ import annotations

import re
import time
from datetime import timedelta
from pathlib import Path

from django.contrib.staticfiles import finders

from nanxi.board.tests.folk import *
from nanxi.desk import services as desk

OUT = Path("/tmp/fieldboard/shots")
OUT.mkdir(exist_ok=True, parents=True)


def dump(name, html):
    html = re.sub(r'(href|src)="/static/([^"]+)"', lambda m: f'{m[1]}="file://{finders.find(m[2])}"', html)
    (OUT / f"{name}.html").write_text(html, encoding="utf-8")


def test_shots(folk):
    for n in range(9):
        folk.alert(OUBEI if n % 3 else NANXI, "Left the place of isolation (confirmed)")
    for n in range(14):
        folk.task(OUBEI, "Verify a person of a list")
    for n in range(4):
        folk.directive(f"永防指〔2020〕{n + 1}号")
    for n in range(12):
        folk.check()
    now = folk.clock.now()
    with scope.enter(EVERYWHERE):
        desk.set_duty(
            folk.act(folk.han), user=folk.han, part="duty", starts=now - timedelta(hours=1), ends=now + timedelta(hours=7)
        )
    han = folk.client(folk.han)
    from django.utils import translation

    with translation.override("zh-hans"):
        han.defaults["HTTP_ACCEPT_LANGUAGE"] = "zh-hans"
        dump("home", han.get("/").content.decode())
        dump("brief", han.get("/brief/").content.decode())
        dump("paper", han.get("/brief/print/").content.decode())
        t = []
        for _ in range(30):
            a = time.perf_counter()
            han.get("/")
            t.append((time.perf_counter() - a) * 1000)
        print("home ms p50 %.0f p95 %.0f" % (sorted(t)[15], sorted(t)[28]))
        bao = folk.client(folk.bao)
        bao.defaults["HTTP_ACCEPT_LANGUAGE"] = "zh-hans"
        dump("home_bao", bao.get("/").content.decode())
        wei = folk.client(folk.wei)
        wei.defaults["HTTP_ACCEPT_LANGUAGE"] = "zh-hans"
        task = folk.task(OUBEI, "Left the place of isolation (confirmed)", "visit")
        dump("field", wei.get("/field/").content.decode())
        dump("task", wei.get(f"/field/tasks/{task.id}/").content.decode())
        wei.force_login(folk.tao)

    with scope.enter(EVERYWHERE):
        lan = accounts.open_account(
            folk.act(folk.han),
            username="lan",
            display_name="兰",
            unit=units.found_unit(folk.act(folk.han), name="瓯北大桥卡口", kind="post", areas=[OUBEI]),
            role=Role.CHECKPOINT,
        )
    post = folk.client(lan)
    post.defaults["HTTP_ACCEPT_LANGUAGE"] = "zh-hans"
    dump("post", post.get("/field/post/").content.decode())
