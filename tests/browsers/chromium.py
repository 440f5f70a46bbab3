"""Chromium over its own protocol, CDP."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.browsers.browser import MEGABYTE, Browser, PageFault, pss_mb
from tests.browsers.keys import MODIFIERS, Key
from tests.browsers.launched import launched
from tests.browsers.wire import DEADLINE_S, Json, Wire
from tests.programs import program

FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--disable-breakpad", "--no-first-run",
         "--disable-background-timer-throttling", "--disable-renderer-backgrounding",
         "--disable-backgrounding-occluded-windows", "--force-color-profile=srgb", "--hide-scrollbars",
         "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--remote-debugging-port=0")


class Chromium(Browser):
    """One process for a session of tests, one tab at a time."""

    name = "chromium"

    def __init__(self) -> None:
        self._loaded: set[str] = set()
        super().__init__()

    def _start(self, ends: ExitStack) -> Wire:
        profile = Path(ends.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        address = ends.enter_context(launched(
            [program("chromium", "chromium"), *FLAGS, f"--user-data-dir={profile}", "about:blank"],
            lambda: _address(profile), profile / "log"))
        wire = Wire(ends.enter_context(connect(address, max_size=None, ping_interval=None)), self._told)
        ends.callback(_close, wire)
        return wire

    def fresh(self) -> None:
        if self._context:
            self._wire.call("Target.disposeBrowserContext", {"browserContextId": self._context})
        self._context = self._wire.call("Target.createBrowserContext")["browserContextId"]
        target = self._wire.call("Target.createTarget", {
            "url": "about:blank", "browserContextId": self._context, "newWindow": True})["targetId"]
        self._tab = self._wire.call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self._call(f"{domain}.enable")
        self._call("Page.setLifecycleEventsEnabled", {"enabled": True})
        self._call("Target.setAutoAttach", {"autoAttach": True, "waitForDebuggerOnStart": True, "flatten": True})
        self._page, self._saved = "", []
        self.resize(1280, 800)
        self.theme(dark=False)

    def evaluate(self, script: str, seconds: float = DEADLINE_S) -> Json:
        came = self._call("Runtime.evaluate", {"expression": script, "awaitPromise": True, "returnByValue": True},
                          seconds=seconds)
        if fault := came.get("exceptionDetails"):
            thrown = fault.get("exception", {})
            raise PageFault(thrown.get("description") or f"{fault['text']} {thrown.get('value', '')}")
        return came["result"].get("value")

    def resize(self, width: int, height: int) -> None:
        self._call("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})

    def theme(self, *, dark: bool) -> None:
        self._call("Emulation.setEmulatedMedia", {"features": [
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})

    def downloads(self, folder: Path) -> None:
        self._wire.call("Browser.setDownloadBehavior", {
            "behavior": "allow", "downloadPath": str(folder), "eventsEnabled": True,
            "browserContextId": self._context})

    def memory_mb(self) -> float:
        # besides the page's there are renderers of the browser's own window, marked so, and small empty ones
        running = self._wire.call("SystemInfo.getProcessInfo")["processInfo"]
        renderers = [each["id"] for each in running if each["type"] == "renderer"]
        return max(pss_mb(pid) for pid in renderers
                   if b"--top-chrome-webui" not in Path(f"/proc/{pid}/cmdline").read_bytes())

    def heap_mb(self) -> float:
        return self._call("Runtime.getHeapUsage")["usedSize"] / MEGABYTE

    def _navigate(self, url: str, seconds: float) -> None:
        went = self._call("Page.navigate", {"url": url}, seconds=seconds)
        if "errorText" in went:
            raise PageFault(f"{url}: {went['errorText']}")
        if loader := went.get("loaderId"):
            self._wire.wait(lambda: loader in self._loaded or None, seconds, f"loading {url}")

    def _png(self, *, full: bool) -> str:
        size = self._call("Page.getLayoutMetrics")["cssContentSize"]
        whole = {"clip": {**size, "scale": 1}, "captureBeyondViewport": True} if full else {}
        return self._call("Page.captureScreenshot", {"format": "png", **whole})["data"]

    def _strike(self, held: Sequence[Key], keys: Sequence[Key]) -> None:
        bits = sum(MODIFIERS[key.name] for key in held)
        for key in (*held, *keys):
            self._key("keyDown", key, 0 if key in held else bits)
            if key not in held:
                self._key("keyUp", key, bits)
        for key in reversed(held):
            self._key("keyUp", key, 0)

    def _key(self, kind: str, key: Key, bits: int) -> None:
        types = {"text": key.text} if key.text and kind == "keyDown" and not bits & ~MODIFIERS["Shift"] else {}
        self._call("Input.dispatchKeyEvent", {"type": kind, "modifiers": bits, "key": key.name, "code": key.code,
                                              "windowsVirtualKeyCode": key.virtual, **types})

    def _click(self, x: float, y: float) -> None:
        for kind, button in (("mouseMoved", "none"), ("mousePressed", "left"), ("mouseReleased", "left")):
            self._call("Input.dispatchMouseEvent", {"type": kind, "x": x, "y": y, "button": button, "clickCount": 1})

    def _pump(self) -> None:
        self._call("Runtime.evaluate", {"expression": "1"})

    def _call(self, method: str, given: Json = None, *, seconds: float = DEADLINE_S) -> Json:
        return self._wire.call(method, given, session=self._tab, seconds=seconds)

    def _told(self, event: str, told: Json) -> None:
        match event:
            case "Page.lifecycleEvent" if told["name"] == "load":
                self._loaded.add(told["loaderId"])
            case "Network.requestWillBeSent":
                self._asked.append(told["request"]["url"])
            case "Network.webSocketCreated":
                self._asked.append(told["url"])
            case "Target.attachedToTarget" if told["targetInfo"]["type"] != "page":
                self._watch(told["sessionId"])
            case "Browser.downloadProgress" if told["state"] == "completed":
                self._saved.append(Path(told["filePath"]))
            case "Page.javascriptDialogOpening":
                self._complaints.append(f"{told['type']}: {told['message']}")
                self._wire.tell("Page.handleJavaScriptDialog", {"accept": False}, session=self._tab)
            case _ if complaint := _complaint(event, told):
                self._complaints.append(complaint)

    def _watch(self, session: str) -> None:
        """See what a worker or a frame asks for; it waits until then."""
        for method in ("Network.enable", "Runtime.runIfWaitingForDebugger"):
            self._wire.tell(method, session=session)


def _complaint(event: str, told: Json) -> str:
    if event == "Runtime.exceptionThrown":
        details = told["exceptionDetails"]
        return f"exception: {details.get('exception', {}).get('description', details['text'])}"
    if event == "Runtime.consoleAPICalled" and told["type"] in ("error", "assert"):
        return "error: " + " ".join(str(each.get("value", each.get("description", ""))) for each in told["args"])
    if event == "Log.entryAdded" and told["entry"]["level"] == "error":
        return f"error: {told['entry']['text']} {told['entry'].get('url', '')}".strip()
    return ""


def _close(wire: Wire) -> None:
    with suppress(TimeoutError, ConnectionClosed):
        wire.call("Browser.close", seconds=5)


def _address(profile: Path) -> str:
    port, path = (profile / "DevToolsActivePort").read_text(encoding="ascii").split()
    return f"ws://127.0.0.1:{port}{path}"
