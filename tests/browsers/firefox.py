"""Firefox over WebDriver BiDi, with the file rules that its users have."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.browsers.browser import Browser, PageFault, pss_mb
from tests.browsers.keys import Key
from tests.browsers.launched import launched
from tests.browsers.wire import DEADLINE_S, Json, Wire
from tests.programs import program

EVENTS = ("network.beforeRequestSent", "log.entryAdded", "browsingContext.userPromptOpened",
          "browsingContext.downloadEnd")
# What BiDi does not do is done from the browser's own window. Automation relaxes the rules of file://: put them back.
# BiDi tells of no request for a file.
PREPARE = """
Services.prefs.setBoolPref("security.fileuri.strict_origin_policy", true);
globalThis.filesAsked = [];
Services.obs.addObserver(subject => {
    const channel = subject.QueryInterface(Ci.nsIChannel);
    if (channel.loadInfo.browsingContextID) filesAsked.push(channel.URI.spec);
}, "file-channel-opened");
"""
SCHEME = "layout.css.prefers-color-scheme.content-override"


class Firefox(Browser):
    """One process for a session of tests, one tab at a time."""

    name = "firefox"

    def _start(self, ends: ExitStack) -> Wire:
        profile = Path(ends.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        (profile / "user.js").write_text('user_pref("ui.useOverlayScrollbars", 1);\n', encoding="ascii")
        address = ends.enter_context(launched(
            [program("firefox-esr", "firefox-esr"), "--headless", "--no-remote", "--remote-debugging-port=0",
             "--remote-allow-system-access", "--profile", str(profile)],
            lambda: _address(profile), profile / "log"))
        self._wire = wire = Wire(ends.enter_context(connect(address, max_size=None, ping_interval=None)), self._told)
        wire.call("session.new", {"capabilities": {"alwaysMatch": {
            "unhandledPromptBehavior": {"default": "dismiss"}}}}, seconds=60)
        ends.callback(_close, wire)
        wire.call("session.subscribe", {"events": EVENTS})
        self._window = wire.call("browsingContext.getTree", {"moz:scope": "chrome"})["contexts"][0]["context"]
        self._inside(PREPARE)
        return wire

    def fresh(self) -> None:
        if self._context:
            self._wire.call("browser.removeUserContext", {"userContext": self._context})
        self._context = self._wire.call("browser.createUserContext")["userContext"]
        self._tab = self._wire.call("browsingContext.create", {"type": "tab", "userContext": self._context})["context"]
        self._page, self._saved = "", []
        self.resize(1280, 800)
        self.theme(dark=False)

    def evaluate(self, script: str, seconds: float = DEADLINE_S) -> Json:
        return self._evaluated(self._tab, script, seconds)

    def resize(self, width: int, height: int) -> None:
        self._wire.call("browsingContext.setViewport", {
            "context": self._tab, "viewport": {"width": width, "height": height}, "devicePixelRatio": 1})

    def theme(self, *, dark: bool) -> None:
        self._inside(f"Services.prefs.setIntPref('{SCHEME}', {0 if dark else 1})")
        self.until(f"matchMedia('(prefers-color-scheme: {'dark' if dark else 'light'})').matches")

    def downloads(self, folder: Path) -> None:
        self._wire.call("browser.setDownloadBehavior", {
            "downloadBehavior": {"type": "allowed", "destinationFolder": str(folder)},
            "userContexts": [self._context]})

    def memory_mb(self) -> float:
        return pss_mb(self._inside("gBrowser.selectedBrowser.browsingContext.currentWindowGlobal.osPid"))

    def heap_mb(self) -> None:
        return None

    def _navigate(self, url: str, seconds: float) -> None:
        self._inside("filesAsked.length = 0")
        self._wire.call("browsingContext.navigate", {"context": self._tab, "url": url, "wait": "complete"},
                        seconds=seconds)

    def _png(self, *, full: bool) -> str:
        return self._wire.call("browsingContext.captureScreenshot", {
            "context": self._tab, "origin": "document" if full else "viewport"})["data"]

    def _strike(self, held: Sequence[Key], keys: Sequence[Key]) -> None:
        presses = [each for key in keys for each in (_key("keyDown", key), _key("keyUp", key))]
        self._act("key", [*(_key("keyDown", key) for key in held), *presses,
                          *(_key("keyUp", key) for key in reversed(held))])

    def _click(self, x: float, y: float) -> None:
        self._act("pointer", [{"type": "pointerMove", "x": round(x), "y": round(y)},
                              {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}])

    def _act(self, kind: str, actions: Sequence[Json]) -> None:
        self._wire.call("input.performActions", {
            "context": self._tab, "actions": [{"type": kind, "id": kind, "actions": actions}]})

    def _pump(self) -> None:
        self._asked += [url for url in self._inside("filesAsked.splice(0)") if url not in self._asked]

    def _inside(self, script: str) -> Json:
        return self._evaluated(self._window, script, DEADLINE_S)

    def _evaluated(self, context: str, script: str, seconds: float) -> Json:
        came = self._wire.call("script.evaluate", {
            "expression": script, "target": {"context": context}, "awaitPromise": True}, seconds=seconds)
        if came["type"] == "exception":
            raise PageFault(came["exceptionDetails"]["text"])
        return _plain(came["result"])

    def _told(self, event: str, told: Json) -> None:
        match event:
            case "network.beforeRequestSent":
                self._asked.append(told["request"]["url"])
            case "log.entryAdded" if told["level"] == "error":
                kind = "error" if told["type"] == "console" else "exception"
                self._complaints.append(f"{kind}: {told['text']}")
            case "browsingContext.userPromptOpened":
                self._complaints.append(f"{told['type']}: {told['message']}")
            case "browsingContext.downloadEnd" if told["status"] == "complete":
                self._saved.append(Path(told["filepath"]))


def _key(kind: str, key: Key) -> Json:
    return {"type": kind, "value": key.webdriver}


def _plain(remote: Json) -> Json:
    """A value of BiDi as JSON has it: what is no number is null there."""
    kind, value = remote["type"], remote.get("value")
    if kind == "array":
        return [_plain(each) for each in value]
    if kind == "object":
        return {name: _plain(each) for name, each in value}
    return None if kind == "number" and isinstance(value, str) else value


def _close(wire: Wire) -> None:
    with suppress(TimeoutError, ConnectionClosed):
        wire.call("browser.close", seconds=5)


def _address(profile: Path) -> str:
    told = json.loads((profile / "WebDriverBiDiServer.json").read_text(encoding="utf-8"))
    return f"ws://{told['ws_host']}:{told['ws_port']}/session"
