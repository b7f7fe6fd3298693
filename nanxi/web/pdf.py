"""Papers as PDF: headings, rows, paragraphs and QR codes on A4 pages, written here because that is all a notice needs.

Text is set in STSong-Light, one of the CJK fonts that PDF readers know by name (ISO 32000-1, 9.7.5.2, Adobe-GB1): nothing is
embedded, so that no font must be installed where the paper is made. A reader without Chinese fonts shows a substitute.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence

import segno

WIDTH, HEIGHT, MARGIN = 595.0, 842.0, 50.0
SIZE, LEADING, LABEL = 10.5, 16.0, 92.0
#: A module of a QR code in points: 1.5 is half a millimetre, which phones read from paper at arm's length.
MODULE = 1.5

FONT = (
    b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light-UniGB-UTF16-H /Encoding /UniGB-UTF16-H /DescendantFonts [4 0 R] >>",
    b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1)"
    b" /Supplement 4 >> /DW 1000 /W [1 95 500] /FontDescriptor 5 0 R >>",
    b"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0 /Ascent 752"
    b" /Descent -271 /CapHeight 737 /StemV 58 >>",
)


def width_of(text: str, size: float = SIZE) -> float:
    """Points: Latin half, everything else a full square."""
    return size * sum(0.5 if ord(char) < 128 else 1.0 for char in text)


def wrapped(text: str, width: float, size: float = SIZE) -> list[str]:
    """Lines of at most `width` points. Chinese breaks anywhere, Latin between words, and a word longer than a line inside it."""
    lines, line = [], ""
    for piece in _pieces(text):
        if width_of(line + piece.rstrip(), size) <= width:
            line += piece
            continue
        if line.strip():
            lines.append(line.rstrip())
        line = piece.lstrip()
        while width_of(line.rstrip(), size) > width:
            fits = next(n for n in range(len(line), 0, -1) if n == 1 or width_of(line[:n], size) <= width)
            lines.append(line[:fits])
            line = line[fits:]
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def _pieces(text: str) -> list[str]:
    pieces: list[str] = []
    for char in text.replace("\n", " "):
        if pieces and ord(char) < 128 and ord(pieces[-1][-1]) < 128 and not pieces[-1].endswith(" "):
            pieces[-1] += char
        else:
            pieces.append(char)
    return pieces


class Paper:
    """One document, filled from top to bottom; a page is begun when the last is full."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.pages: list[list[str]] = []
        self._turn()

    def heading(self, text: str) -> None:
        self._room(40)
        self.y -= 26
        self._set(MARGIN, text, 15)
        self.y -= 10

    def row(self, label: str, value: str) -> None:
        """A label with its value beside it."""
        lines = wrapped(value or "–", WIDTH - 2 * MARGIN - LABEL)
        self._room(LEADING * len(lines))
        for number, line in enumerate(lines):
            self.y -= LEADING
            if number == 0:
                self._set(MARGIN, label, SIZE)
            self._set(MARGIN + LABEL, line, SIZE)

    def text(self, words: str, size: float = SIZE) -> None:
        self.y -= 6
        for line in wrapped(words, WIDTH - 2 * MARGIN, size):
            self._room(LEADING)
            self.y -= LEADING
            self._set(MARGIN, line, size)

    def code(self, content: str, words: Sequence[str], *, error: str = "m") -> None:
        """A QR code with lines of words beside it."""
        matrix = [bytes(row) for row in segno.make(content, error=error, micro=False).matrix]
        side = MODULE * len(matrix)
        beside = [line for part in words for line in wrapped(part, WIDTH - 2 * MARGIN - side - 20)]
        self._room(max(side, LEADING * len(beside)) + 14)
        top = self.y - 10
        boxes = [
            f"{MARGIN + MODULE * x:.2f} {top - MODULE * (y + 1):.2f} {MODULE} {MODULE} re"
            for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark
        ]  # fmt: skip
        self.pages[-1].append(" ".join(boxes) + " f")
        for number, line in enumerate(beside):
            self.y = top - LEADING * (number + 1)
            self._set(MARGIN + side + 20, line, SIZE)
        self.y = top - max(side, LEADING * len(beside)) - 4

    def drawing(self, rings: Sequence[Sequence[Sequence[float]]], side: float = 200.0) -> None:
        """Outlines in degrees (lon, lat), as a figure of at most `side` points; north is up."""
        points = [point for ring in rings for point in ring]
        west, south = min(p[0] for p in points), min(p[1] for p in points)
        squeeze = math.cos(math.radians(south))
        wide, high = (max(p[0] for p in points) - west) * squeeze, max(p[1] for p in points) - south
        scale = side / max(wide, high, 1e-9)
        self._room(high * scale + 20)
        bottom = self.y - 10 - high * scale
        marks = ["0.9 0.93 0.95 rg 0.1 0.4 0.5 RG 1 w"]
        for ring in rings:
            turned = [(MARGIN + (p[0] - west) * squeeze * scale, bottom + (p[1] - south) * scale) for p in ring]
            first, *more = [f"{x:.2f} {y:.2f}" for x, y in turned]
            marks.append(f"{first} m " + " ".join(f"{corner} l" for corner in more) + " b")
        self.pages[-1].append("q " + " ".join(marks) + " Q")
        self.y = bottom - 4

    def _set(self, x: float, text: str, size: float) -> None:
        sealed = text.encode("utf-16-be").hex()
        self.pages[-1].append(f"BT /F1 {size} Tf {x:.2f} {self.y:.2f} Td <{sealed}> Tj ET")

    def _room(self, height: float) -> None:
        if self.y - height < MARGIN:
            self._turn()

    def _turn(self) -> None:
        self.pages.append([])
        self.y = HEIGHT - MARGIN

    def made(self) -> bytes:
        """The file: the same paper gives the same bytes."""
        first = 6
        kids = " ".join(f"{first + 2 * n} 0 R" for n in range(len(self.pages)))
        title = (b"\xfe\xff" + self.title.encode("utf-16-be")).hex()
        objects = [
            b"<< /Type /Catalog /Pages 2 0 R /Lang (zh-CN) >>",
            f"<< /Type /Pages /Kids [{kids}] /Count {len(self.pages)} >>".encode(),
            *FONT,
        ]
        for number, marks in enumerate(self.pages):
            body = zlib.compress("\n".join(marks).encode())
            objects.append(
                f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH:g} {HEIGHT:g}] /Resources << /Font << /F1 3 0 R >> >>"
                f" /Contents {first + 2 * number + 1} 0 R >>".encode()
            )
            objects.append(f"<< /Length {len(body)} /Filter /FlateDecode >>\nstream\n".encode() + body + b"\nendstream")
        objects.append(f"<< /Title <{title}> /Producer (Nanxi) >>".encode())
        return _file(objects)


def _file(objects: list[bytes]) -> bytes:
    """Objects numbered from 1, the last one the document's information."""
    out, places = bytearray(b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n"), []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R /Info %d 0 R >>\n" % (len(objects) + 1, len(objects))
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % table)
