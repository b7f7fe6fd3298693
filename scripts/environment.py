"""Makes `.venv` from the hash locks, takes the named npm files, builds the Chinese catalogues: `environment.py run|test`.

Runs on a bare python3 >= 3.11. Every step keeps a note of what it was made from, so that a second call takes a moment.
Without npm, or when npm fails, the pages still work: tables and drawings, plainer; this says so and goes on.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCKS = {"run": ROOT / "requirements.lock", "test": ROOT / "requirements-dev.lock"}
TOOLS = ROOT / "requirements-tools.lock"
VENDOR = ROOT / "nanxi" / "web" / "static" / "vendor"
#: What pages load from npm: file in node_modules → name in the ignored folder of static files.
NPM_FILES = {
    "@tabler/core/dist/css/tabler.min.css": "tabler.min.css",
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "echarts/dist/echarts.min.js": "echarts.min.js",
    "maplibre-gl/dist/maplibre-gl.mjs": "maplibre-gl.mjs",
    "maplibre-gl/dist/maplibre-gl-shared.mjs": "maplibre-gl-shared.mjs",
    "maplibre-gl/dist/maplibre-gl-worker.mjs": "maplibre-gl-worker.mjs",
    "maplibre-gl/dist/maplibre-gl.css": "maplibre-gl.css",
}
MAP_COMMENT = re.compile(r"/[/*][#@] sourceMappingURL=\S+?(?:\s*\*/)?\s*$")


class Missing(Exception):
    """One sentence: what this machine lacks and how to get it."""


def main(words: list[str]) -> int:
    wanted = words[0] if words else "run"
    if wanted not in LOCKS:
        print("usage: environment.py run|test", file=sys.stderr)
        return 2
    try:
        make_environment(wanted)
    except Missing as problem:
        print(f"make: {problem}", file=sys.stderr)
        return 1
    take_npm_files(everything=wanted == "test")
    return build_words()


def make_environment(wanted: str) -> None:
    """`.venv` holding exactly one of the locks. The test lock contains the run lock, so it serves both."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this very file meets the old ones
        version = sys.version.split()[0]
        raise Missing(f"Python 3.11 or newer is needed, this is {version}: install python3.11 and type make PYTHON=python3.11.")
    note = VENV / "made-from"
    made = note.read_text(encoding="utf-8").split() if note.exists() and PYTHON.exists() else []
    if mark(LOCKS[wanted]) in made or mark(LOCKS["test"]) in made:
        return
    if not PYTHON.exists():
        found_venv()
    print(f"Installing what {LOCKS[wanted].name} names …", flush=True)
    install(LOCKS[wanted])
    enter_house()
    note.write_text(mark(LOCKS[wanted]) + "\n", encoding="utf-8")


def mark(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes() + sys.version.split()[0].encode()).hexdigest()


def found_venv() -> None:
    shutil.rmtree(VENV, ignore_errors=True)
    if importlib.util.find_spec("ensurepip") is not None:
        done = run([sys.executable, "-m", "venv", str(VENV)])
        if done.returncode == 0:
            return
        shutil.rmtree(VENV, ignore_errors=True)
    # Debian ships python3 without ensurepip; a pip of the system can still fill an environment.
    if importlib.util.find_spec("pip") is not None:
        run([sys.executable, "-m", "venv", "--without-pip", str(VENV)])
        if run([sys.executable, "-m", "pip", "--python", str(PYTHON), "install", "--quiet", "pip"]).returncode == 0:
            return
        shutil.rmtree(VENV, ignore_errors=True)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    raise Missing(
        "this python3 cannot make an environment: "
        f"`sudo apt-get install python3-venv` (or python{version}-venv), then type make again."
    )


def install(lock: Path) -> None:
    """By uv, which pip brings; by pip alone where uv does not reach the package index."""
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "--no-deps", "-r"]
    uv = VENV / "bin" / "uv"
    if run([*pip, str(TOOLS)]).returncode == 0 and uv.exists():
        sync = [str(uv), "pip", "sync", "--quiet", "--require-hashes", "--python", str(PYTHON), str(lock)]
        if run(sync, env={**os.environ, "UV_NATIVE_TLS": "true"}).returncode == 0:
            return
        print("uv could not install; pip tries, which takes longer.", flush=True)
    if run([*pip, str(lock)], quiet=False).returncode:
        raise Missing(
            "the Python packages could not be installed (see above): check network and package index, then type make again."
        )


def enter_house() -> None:
    """Make `import nanxi` and `.venv/bin/nanxi` point here: an editable install without a build tool to download."""
    library = subprocess.run(
        [str(PYTHON), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], check=True, capture_output=True, text=True
    ).stdout.strip()
    (Path(library) / "nanxi.pth").write_text(f"{ROOT}\n", encoding="utf-8")
    script = VENV / "bin" / "nanxi"
    script.write_text(f"#!{PYTHON}\nimport sys\n\nfrom nanxi.cli import main\n\nsys.exit(main())\n", encoding="utf-8")
    script.chmod(0o755)


def take_npm_files(*, everything: bool) -> None:
    """Install by the lock and copy the named files. Tests also take axe; a missing npm is said once, never an error."""
    lock = ROOT / "package-lock.json"
    wanted = hashlib.sha256(lock.read_bytes() + repr(sorted(NPM_FILES.items())).encode()).hexdigest()
    note = ROOT / "node_modules" / ".made-from"
    made = note.read_text(encoding="utf-8").split() if note.exists() else []
    there = all((VENDOR / f"{name}.gz").exists() for name in NPM_FILES.values())
    if there and wanted in made and (not everything or "all" in made):
        return
    npm = shutil.which("npm")
    if npm is None:
        print("npm is not here: pages are plainer and do not refresh by themselves. `sudo apt-get install npm`, start again.")
        return
    print("Taking the pages' style, htmx, charts and maps from npm …", flush=True)
    scope = [] if everything else ["--omit=dev"]
    done = run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", *scope])
    if done.returncode:
        print(f"npm failed, pages are plainer: {(done.stderr or done.stdout).strip()[-300:]}")
        return
    VENDOR.mkdir(parents=True, exist_ok=True)
    for source, name in NPM_FILES.items():
        text = (ROOT / "node_modules" / source).read_text(encoding="utf-8")
        # A map that is not there would be asked for, and refused, by every open console.
        data = (MAP_COMMENT.sub("", text.rstrip()) + "\n").encode()
        (VENDOR / name).write_bytes(data)
        # Served in its place where the browser takes it: the style is 635 KB, and a phone in a valley fetches it.
        (VENDOR / f"{name}.gz").write_bytes(gzip.compress(data, 9, mtime=0))
    note.write_text(wanted + (" all" if everything else "") + "\n", encoding="utf-8")


def build_words() -> int:
    done = run([str(PYTHON), "-m", "nanxi.web.catalogue"])
    if done.returncode:
        print(done.stderr, file=sys.stderr)
    return done.returncode


def run(command: list[str], *, quiet: bool = True, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=quiet, text=True, env=env, stdin=subprocess.DEVNULL)
    if done.returncode and quiet and done.stderr:
        print(done.stderr.strip()[-1500:], file=sys.stderr)
    return done


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
