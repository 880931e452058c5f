"""Headless Chromium, driven by its DevTools protocol over a pair of pipes: no port, no library."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

#: Names of the program, by distribution.
NAMES = ("chromium", "chromium-browser", "google-chrome")
_PATIENCE = 60.0
_OPTIONS = (
    *("--headless=new", "--remote-debugging-pipe", "--no-first-run", "--disable-gpu"),
    *("--disable-dev-shm-usage", "--disable-extensions", "--disable-background-networking"),
    *("--hide-scrollbars", "--force-color-profile=srgb"),
)


def chromium_program() -> str | None:
    """Return the path of the browser; None: it is not installed."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """A running browser with one page."""

    def __init__(self, process: subprocess.Popen[bytes], reading: int, writing: int) -> None:
        self._process = process
        self._reading, self._writing = reading, writing
        self._rest = b""
        self._number = 0
        self._events: list[dict[str, Any]] = []
        self._session = ""
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")
        self.ask("Performance.enable", timeDomain="timeTicks")

    def ask(self, method: str, **parameters: object) -> dict[str, Any]:
        """Send a command and return its result; events that come meanwhile are kept."""
        self._number += 1
        message: dict[str, object] = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._writing, json.dumps(message).encode() + b"\0")
        while True:
            got = self._next(_PATIENCE)
            if got.get("id") == self._number:
                if "error" in got:
                    raise RuntimeError(f"{method}: {got['error']['message']}")
                result: dict[str, Any] = got["result"]
                return result

    def _next(self, patience: float) -> dict[str, Any]:
        end = time.monotonic() + patience
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._reading], [], [], max(0.0, end - time.monotonic()))
            if not ready:
                raise TimeoutError("the browser says nothing")
            data = os.read(self._reading, 1 << 20)
            if not data:
                raise RuntimeError(f"the browser has ended: {self._process.poll()}")
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\0")
        got: dict[str, Any] = json.loads(line)
        if "id" not in got:
            self._events.append(got)
        return got

    def size(self, width: int, height: int, *, dark: bool = False) -> None:
        """Set the window, and whether the system asks for dark colours."""
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=width < 600,
        )  # fmt: skip
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.ask("Emulation.setEmulatedMedia", features=scheme)

    def open(self, url: str) -> None:
        """Open an address anew and wait until the page is drawn."""
        self.ask("Page.navigate", url="about:blank")
        self._events.clear()
        self.ask("Page.navigate", url=url)
        self.settled()

    def settled(self) -> None:
        """Wait until the page has drawn what its address says."""
        self.until("document.readyState === 'complete' && !document.querySelector('main[aria-busy]')")

    def until(self, condition: str) -> None:
        """Wait until an expression of the page holds."""
        end = time.monotonic() + _PATIENCE
        while not self.value(f"Boolean({condition})"):
            if time.monotonic() > end:
                raise TimeoutError(f"never: {condition}")
            time.sleep(0.02)

    def value(self, expression: str) -> Any:
        """Return what an expression gives in the page."""
        got = self.ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in got:
            raise RuntimeError(got["exceptionDetails"].get("exception", {}).get("description", expression))
        return got["result"].get("value")

    def go(self, hash_: str) -> None:
        """Follow a link within the page."""
        self.value(f"new Promise((done) => {{ location.hash = {json.dumps(hash_)}; setTimeout(done, 0) }})")
        self.until(f"cm.shown === {json.dumps(hash_)}")
        self.settled()

    def key(self, key: str) -> None:
        """Press a key."""
        text = {"text": key} if len(key) == 1 else {"text": "\r"} if key == "Enter" else {}
        code = {"Enter": 13, "ArrowDown": 40, "ArrowUp": 38}.get(key, 0)
        self.ask("Input.dispatchKeyEvent", type="keyDown", key=key, windowsVirtualKeyCode=code, **text)
        self.ask("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)

    def task_seconds(self) -> float:
        """Return how long the page has kept its thread busy since it was opened."""
        metrics = self.ask("Performance.getMetrics")["metrics"]
        return float(next(m["value"] for m in metrics if m["name"] == "TaskDuration"))

    def complaints(self) -> list[str]:
        """Return errors and warnings of the console, exceptions, and files that could not be loaded."""
        self.value("1")
        found = []
        for event in self._events:
            about = event.get("params", {})
            match event.get("method"):
                case "Runtime.exceptionThrown":
                    found.append(str(about["exceptionDetails"].get("exception", {}).get("description")))
                case "Runtime.consoleAPICalled" if about["type"] in ("error", "warning", "assert"):
                    found.append(str([arg.get("value") for arg in about["args"]]))
                case "Log.entryAdded" if about["entry"]["level"] in ("error", "warning"):
                    found.append(f"{about['entry']['text']} {about['entry'].get('url', '')}")
                case "Network.loadingFailed" if not about.get("canceled"):
                    found.append(about["errorText"])
        return found

    def screenshot(self, path: Path, *, whole: bool = False) -> None:
        """Keep what the page looks like."""
        got = self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(got["data"]))


@contextmanager
def browser(home: Path) -> Iterator[Browser]:
    """Start a browser, and end it.

    Parameters
    ----------
    home
        An empty directory, for its profile.
    """
    program = chromium_program()
    if program is None:
        raise RuntimeError("there is no Chromium")
    ours_in, theirs_out = os.pipe()
    theirs_in, ours_out = os.pipe()
    command = [program, *_OPTIONS, f"--user-data-dir={home}"]
    if os.geteuid() == 0:
        command.append("--no-sandbox")
    # The browser reads commands from file 3 and writes replies to file 4.
    line = f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}'
    process = subprocess.Popen(
        ["bash", "-c", line, "bash", *command],
        pass_fds=(theirs_in, theirs_out),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "HOME": str(home)},
        start_new_session=True,
    )
    os.close(theirs_in)
    os.close(theirs_out)
    try:
        yield Browser(process, ours_in, ours_out)
    finally:
        os.close(ours_out)
        os.close(ours_in)
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
