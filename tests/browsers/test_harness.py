"""The harness sees what it is relied on to see; the page of each test does all of it."""

from __future__ import annotations

import hashlib
import re
import struct
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import psutil
import pytest

from tests.browsers.axe import VENDOR, axe_faults
from tests.browsers.browser import Browser, PageFault
from tests.browsers.running import KINDS

BUTTON = """<button style="margin:900px 0 900px 300px" onclick="document.title = 'pressed ' + event.isTrusted">go
    </button>"""
SAVE = """<button onclick="const link = document.createElement('a'); link.download = 'список.csv';
    link.href = window.URL.createObjectURL(new Blob(['строка;1'])); link.click()">save</button>"""


@pytest.fixture
def written(tmp_path: Path):
    def write(body: str, name: str = "page.html", head: str = "") -> str:
        page = tmp_path / name
        page.write_text(f'<!doctype html><html lang="en"><meta charset="utf-8"><title>t</title>{head}<body>{body}',
                        encoding="utf-8")
        return page.as_uri()

    return write


def test_values_come_as_json_and_promises_are_awaited(browser: Browser, written) -> None:
    browser.open(written("<p>Привет 🙂"))
    assert browser.evaluate("({a: [1, 2.5, null, 'ы🙂'], b: {c: true}, d: undefined, e: 0 / 0})") == {
        "a": [1, 2.5, None, "ы🙂"], "b": {"c": True}, "e": None} | ({"d": None} if browser.name == "firefox" else {})
    assert browser.evaluate("const x = 20; Promise.resolve(x + 1)") == 21
    assert browser.evaluate("document.querySelector('p').textContent") == "Привет 🙂"
    with pytest.raises(PageFault, match="not today"):
        browser.evaluate("Promise.reject(new Error('not today'))")
    with pytest.raises(PageFault, match="nowhere"):
        browser.evaluate("nowhere")


def test_a_page_that_asks_for_nothing_and_says_nothing(browser: Browser, written) -> None:
    browser.open(written("<img alt='' src='data:image/gif;base64,R0lGODlhAQABAAAAACw='>"))
    assert (browser.requests(), browser.console()) == ([], [])


def test_all_that_a_page_asks_for_is_seen(browser: Browser, written, tmp_path: Path) -> None:
    (tmp_path / "beside.js").write_text("window.beside = 1", encoding="utf-8")
    # Firefox may take the refusal of a frame that is not there for that of the page.
    (tmp_path / "frame.html").write_text("framed", encoding="utf-8")
    browser.open(written("""<script src="beside.js"></script><img src="none.png"><img src="http://127.0.0.1:8999/a.png">
        <link rel="stylesheet" href="http://nowhere.example/a.css"><iframe src="frame.html"></iframe><script>
        new Worker(URL.createObjectURL(new Blob(["fetch('http://127.0.0.1:8999/worker').catch(() => postMessage(1))"])))
            .onmessage = () => window.asked = 1;
        </script>"""))
    browser.until("window.asked")
    assert sorted({re.sub(r"^file:.*/", "", url) for url in browser.requests()}) == [
        "beside.js", "frame.html", "http://127.0.0.1:8999/a.png", "http://127.0.0.1:8999/worker",
        "http://nowhere.example/a.css", "none.png"]
    browser.open(written("", name="quiet.html"))
    assert browser.requests() == []


def test_the_rules_of_file_addresses_are_those_of_users(browser: Browser, written, tmp_path: Path) -> None:
    (tmp_path / "beside.txt").write_text("read", encoding="utf-8")
    browser.open(written(""))
    assert browser.evaluate("fetch('beside.txt').then(() => 'read', () => 'refused')") == "refused"
    assert browser.evaluate("new Promise(done => { const frame = document.createElement('iframe'); frame.onload = () =>"
                            " done(frame.contentDocument === null); frame.src = 'beside.txt'; "
                            "document.body.append(frame) })") is True


@pytest.mark.parametrize(("script", "told"), [
    ("alert('owned')", "alert: owned"),
    ("confirm('owned')", "confirm: owned"),
    ("console.error('wrong', 5)", "error: wrong 5"),
    ("setTimeout(() => { throw new Error('boom') })", "Error: boom"),
    ("Promise.reject(new Error('boom'))", "Error: boom"),
    ("document.body.innerHTML = '<img src=x onerror=alert(1)>'", "alert: 1"),
])
def test_what_a_page_says_and_throws_is_heard(browser: Browser, written, script: str, told: str) -> None:
    browser.open(written(f"<script>{script};setTimeout(() => window.done = 1, 200)</script>"))
    browser.until("window.done")
    assert any(told in line for line in browser.console()), browser.console()


def test_a_script_that_a_policy_stops_is_heard(browser: Browser, written) -> None:
    policy = """<meta http-equiv="Content-Security-Policy" content="default-src 'none'">"""
    browser.open(written("<script>document.title = 'ran'</script>", head=policy))
    assert browser.evaluate("document.title") == "t"
    assert any("Content" in line for line in browser.console()), browser.console()


def test_keys_and_the_mouse_are_real(browser: Browser, written) -> None:
    browser.open(written(BUTTON + """<input id="words"><script>window.seen = [];
        addEventListener("keydown", event => seen.push([event.key, event.code, event.ctrlKey, event.isTrusted]))
        </script>"""))
    browser.click("button")
    assert browser.evaluate("document.title") == "pressed true"
    browser.click("#words")
    browser.type("a Ж🙂1")
    assert browser.evaluate("document.querySelector('#words').value") == "a Ж🙂1"
    browser.press("Control+a")
    browser.press("Backspace")
    assert browser.evaluate("document.querySelector('#words').value") == ""
    for key in ("Shift+Tab", "Escape", "ArrowDown", "PageDown", "Control+Shift+k", "/"):
        browser.press(key)
    assert browser.evaluate("document.activeElement.tagName") == "BUTTON"
    seen = browser.evaluate("seen")
    assert ["a", "KeyA", True, True] in seen
    assert [key.lower() for key, *_ in seen][-7:] == [
        "escape", "arrowdown", "pagedown", "control", "shift", "k", "/"]


def test_what_cannot_be_clicked_says_why(browser: Browser, written) -> None:
    browser.open(written("<button>go</button><div style='position:fixed;inset:0'>veil</div>"))
    with pytest.raises(PageFault, match="veil"):
        browser.click("button")
    with pytest.raises(PageFault, match="nothing matches #no"):
        browser.click("#no")


def test_pictures_have_the_size_and_the_theme(browser: Browser, written, tmp_path: Path) -> None:
    browser.open(written("<p style='height:3000px;margin:0'>", head="""<style>body{margin:0;background:#fff}
        @media(prefers-color-scheme:dark){body{background:#000}}</style>"""))
    light, dark, full = (tmp_path / f"{name}.png" for name in ("light", "dark", "full"))
    browser.screenshot(light, 390, 844)
    browser.screenshot(dark, 390, 844, dark=True)
    assert browser.evaluate("[innerWidth, innerHeight, matchMedia('(prefers-color-scheme: dark)').matches]") == [
        390, 844, True]
    browser.screenshot(full, 800, 600, full=True)
    assert [size(picture) for picture in (light, dark, full)] == [(390, 844), (390, 844), (800, 3000)]
    assert [corner(picture) for picture in (light, dark, full)] == [(255, 255, 255), (0, 0, 0), (255, 255, 255)]


def size(picture: Path) -> tuple[int, ...]:
    return struct.unpack(">II", picture.read_bytes()[16:24])


def corner(picture: Path) -> tuple[int, ...]:
    from PIL import Image

    return Image.open(picture).convert("RGB").getpixel((5, 5))


def test_what_a_page_saves_is_read_back(browser: Browser, written, tmp_path: Path) -> None:
    browser.open(written(SAVE))
    folder = tmp_path / "saved"
    folder.mkdir()
    browser.downloads(folder)
    browser.click("button")
    saved = browser.saved()
    assert (saved.name, saved.parent, saved.read_text(encoding="utf-8")) == ("список.csv", folder, "строка;1")


def test_each_test_has_storage_of_its_own(browser: Browser, running_browsers, written) -> None:
    page = written("")
    browser.open(page)
    browser.evaluate("localStorage.mark = 'called'")
    browser.open(page)
    assert browser.evaluate("localStorage.mark") == "called"
    running_browsers.fresh(browser.name).open(page)
    assert browser.evaluate("localStorage.mark") is None


def test_a_hash_is_no_new_page(browser: Browser, written) -> None:
    page = written("<script>window.born = Math.random()</script>")
    browser.open(page)
    born = browser.evaluate("born")
    browser.open(page + "#segment=lost")
    assert browser.evaluate("[born, location.hash]") == [born, "#segment=lost"]


def test_a_page_that_never_loads_is_given_up(browser: Browser) -> None:
    class Silent(BaseHTTPRequestHandler):
        pass

    with HTTPServer(("127.0.0.1", 0), Silent) as server, pytest.raises(TimeoutError, match="in time"):
        browser.open(f"http://127.0.0.1:{server.server_port}/", seconds=1)


def test_a_page_that_hangs_does_not_hang_the_next(browser: Browser, running_browsers, written) -> None:
    page = written("")
    browser.open(page)
    with pytest.raises(TimeoutError, match="in time"):
        browser.evaluate("for (;;);", seconds=1)
    again = running_browsers.fresh(browser.name)
    again.open(page)
    assert again.evaluate("1 + 1") == 2


def test_memory_is_counted(browser: Browser, written) -> None:
    browser.open(written(""))
    before = browser.memory_mb()
    browser.evaluate("window.kept = new Uint8Array(80e6).fill(1); 0")
    assert 70 < browser.memory_mb() - before < 100
    heap = browser.heap_mb()
    assert heap > 0.5 if browser.name == "chromium" else heap is None


def test_axe_tells_serious_faults(browser: Browser, written) -> None:
    browser.open(written("<main><h1>Title</h1><p style='color:#ccc;background:#fff'>pale</p><img src='data:,'></main>"))
    faults = axe_faults(browser)
    assert {fault.partition(" ")[0] for fault in faults} == {"color-contrast", "image-alt"}
    browser.open(written("<main><h1>Title</h1></main>"))
    assert axe_faults(browser) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", KINDS)
def test_no_process_outlives_its_browser(name: str) -> None:
    before = set(psutil.Process().children())
    with KINDS[name]() as started:
        started.fresh()
        root, = set(psutil.Process().children()) - before
        begun = [root, *root.children(recursive=True)]
        assert len(begun) > 3
    left = [each for each in psutil.wait_procs(begun, timeout=10)[1] if each.status() != psutil.STATUS_ZOMBIE]
    assert not left


def test_the_libraries_of_others_are_as_they_came() -> None:
    rows = re.findall(r"\| (\S+) \| \S+ [\d.]+ \| [\w.-]+ \| `(\w{64})` \|", (VENDOR / "README.md").read_text("utf-8"))
    assert len(rows) == 3
    for name, told in rows:
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == told
        assert (VENDOR / name).with_name("LICENSE").exists()
