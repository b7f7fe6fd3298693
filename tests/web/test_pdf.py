"""Papers as PDF: what stands in the file, how lines break, and that the code is the one that was asked for."""

from __future__ import annotations

import re
import zlib

import pytest
import segno

from nanxi.web.pdf import HEIGHT, MARGIN, MODULE, SIZE, WIDTH, Paper, width_of, wrapped


def texts(file: bytes) -> list[str]:
    """The strings that the pages show, in order."""
    streams = [zlib.decompress(body) for body in re.findall(rb"stream\n(.*?)\nendstream", file, re.S)]
    shown = re.findall(rb"<([0-9a-f]*)> Tj", b"\n".join(streams))
    return [bytes.fromhex(one.decode()).decode("utf-16-be") for one in shown]


def places(file: bytes) -> list[tuple[float, float]]:
    streams = [zlib.decompress(body) for body in re.findall(rb"stream\n(.*?)\nendstream", file, re.S)]
    found = re.findall(rb"([\d.]+) (-?[\d.]+) Td", b"\n".join(streams))
    return [(float(x), float(y)) for x, y in found]


def test_every_object_stands_where_the_table_says() -> None:
    paper = Paper("医学观察通知书")
    paper.row("编号", "A1")
    file = paper.made()
    start = int(re.search(rb"startxref\n(\d+)", file)[1])  # type: ignore[index]
    assert file[start:].startswith(b"xref")
    for number, place in enumerate(re.findall(rb"(\d{10}) 00000 n", file), start=1):
        assert file[int(place) :].startswith(b"%d 0 obj" % number)
    assert file == paper.made()


def test_chinese_and_rare_names_stand_in_the_file_as_they_are() -> None:
    paper = Paper("x")
    paper.row("姓名", "欧阳𠮷华")
    assert texts(paper.made()) == ["姓名", "欧阳𠮷华"]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("永嘉县瓯北街道", ["永嘉县瓯", "北街道"]), ("ab cd efgh", ["ab cd", "efgh"]),
        ("abcdefghijk", ["abcdefgh", "ijk"]), ("", [""]),
        ("永嘉 ab", ["永嘉 ab"]),
    ],
)  # fmt: skip
def test_lines_break_where_one_may(text: str, lines: list[str]) -> None:
    assert wrapped(text, 4 * SIZE) == lines
    assert all(width_of(line) <= 4 * SIZE for line in lines)


def test_a_long_paper_turns_the_page_and_nothing_leaves_it() -> None:
    paper = Paper("x")
    for number in range(120):
        paper.row(str(number), "一" * 60)
    file = paper.made()
    assert file.count(b"/Type /Page ") == len(paper.pages) > 2
    assert all(MARGIN <= x <= WIDTH - MARGIN and MARGIN - 1 <= y <= HEIGHT - MARGIN for x, y in places(file))
    assert "".join(texts(file)).count("一") == 120 * 60


def test_the_code_on_the_paper_is_the_code() -> None:
    """Read back from the drawn boxes, module by module."""
    link = "https://county.example/my/check/abc"
    paper = Paper("x")
    paper.code(link, ["check"])
    matrix = [list(row) for row in segno.make(link, error="m", micro=False).matrix]
    boxes = re.findall(r"([\d.]+) ([\d.]+) [\d.]+ [\d.]+ re", paper.pages[0][0])
    top = max(float(y) for _, y in boxes) + MODULE
    drawn = {(round((float(x) - MARGIN) / MODULE), round((top - float(y)) / MODULE) - 1) for x, y in boxes}
    assert drawn == {(x, y) for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark}
