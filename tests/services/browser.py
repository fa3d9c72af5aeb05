"""A headless Chromium, spoken to in its own protocol: nothing else has to be installed."""

import asyncio
import base64
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import anyio
from attrs import define, field


NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OPTIONS = (
    "--headless=new",
    "--no-sandbox",  # in a container it has no user of its own
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    # It is to speak to the page alone.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--remote-debugging-port=0",
)


def chromium() -> str | None:
    """Return where Chromium is, or None."""
    found = (shutil.which(name) for name in (os.environ.get("CHROMIUM", ""), *NAMES) if name)
    return next(filter(None, found), None)


@define
class Page:
    """
    A page in the browser.

    Attributes:
        complaints: What its scripts threw, and what its console was told of errors.
    """

    _socket: aiohttp.ClientWebSocketResponse
    complaints: list[str] = field(factory=list)
    _number: int = 0

    async def send(self, method: str, **parameters: Any) -> Any:
        """Ask the browser for something; return its answer."""
        self._number += 1
        request = {"id": self._number, "method": method, "params": parameters}
        await self._socket.send_json(request)
        while (message := await self._socket.receive_json()).get("id") != self._number:
            self._listen(message)
        assert "error" not in message, message
        return message["result"]

    def _listen(self, message: dict[str, Any]) -> None:
        parameters = message.get("params", {})
        if message.get("method") == "Runtime.exceptionThrown":
            self.complaints.append(str(parameters["exceptionDetails"]))
        if message.get("method") == "Log.entryAdded" and parameters["entry"]["level"] == "error":
            self.complaints.append(str(parameters["entry"]))

    async def open(self, url: str) -> None:
        for domain in ("Page", "Runtime", "Log"):
            await self.send(f"{domain}.enable")
        await self.send("Page.navigate", url=url)
        loaded = "location.href !== 'about:blank' && document.readyState === 'complete'"
        await self.until(loaded)

    async def get(self, expression: str) -> Any:
        """Return the value of some JavaScript; of a promise what it comes to."""
        answer = await self.send(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    async def until(self, expression: str) -> None:
        """Wait until some JavaScript is true."""
        while not await self.get(expression):
            await anyio.sleep(0.05)

    async def prefer(self, scheme: str) -> None:
        """Have the user prefer ``"light"`` or ``"dark"``."""
        feature = {"name": "prefers-color-scheme", "value": scheme}
        await self.send("Emulation.setEmulatedMedia", features=[feature])

    async def picture(self, path: Path) -> None:
        answer = await self.send("Page.captureScreenshot")
        path.write_bytes(base64.b64decode(answer["data"]))  # noqa: ASYNC240  # nobody waits


@asynccontextmanager
async def opened(url: str, *, width: int = 1100, height: int = 800) -> AsyncGenerator[Page, None]:
    """Open a page."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        program = chromium()
        assert program
        process = await asyncio.create_subprocess_exec(
            program,
            *OPTIONS,
            f"--user-data-dir={profile}",
            f"--window-size={width},{height}",
            "about:blank",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            async with aiohttp.ClientSession() as http:
                where = await _page_of(http, Path(profile) / "DevToolsActivePort")
                async with http.ws_connect(where, max_msg_size=0) as socket:
                    page = Page(socket)
                    await page.open(url)
                    yield page
        finally:
            process.terminate()
            await process.wait()


async def _page_of(http: aiohttp.ClientSession, file: Path) -> str:
    """Return where the browser's one page is spoken to."""
    while True:
        if (port := _port_in(file)) is not None:
            async with http.get(f"http://127.0.0.1:{port}/json/list") as answer:
                targets = await answer.json()
            pages = [each for each in targets if each["type"] == "page"]
            if pages:
                return str(pages[0]["webSocketDebuggerUrl"])
        await anyio.sleep(0.05)


def _port_in(file: Path) -> str | None:
    """Return the port that the browser writes into a file, once it has."""
    lines = file.read_text().split() if file.exists() else []
    return lines[0] if lines else None
