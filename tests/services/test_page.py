"""The page, in a browser: it shows the fleet as it is, live, and in light and dark."""

import os
import signal
import sys
from pathlib import Path

import anyio
import pytest


if sys.platform == "win32":
    pytest.skip("signals to a process are POSIX's", allow_module_level=True)
pytest.importorskip("aiohttp")
pytest.importorskip("fastapi")
pytest.importorskip("uvicorn")

from tests.services.browser import Page, chromium, opened
from tests.services.processes import CODES, LATER, world


pytestmark = [
    pytest.mark.real_time,
    pytest.mark.skipif(chromium() is None, reason="there is no Chromium here"),
]

# A folder for pictures of it, for eyes to look at.
PICTURES = os.environ.get("YOTTA_PICTURES")


async def test_the_page_shows_the_fleet_as_it_comes_and_goes(tmp_path: Path) -> None:
    async with world(tmp_path) as here, here.service("fastapi") as service:
        url = str(service.http.base_url)
        async with opened(url) as page:
            await page.until("document.getElementById('wanted').textContent === '0'")
            await begin(page, 12)
            await page.until(f"{cells('ready')} === 12")
            assert await page.get("document.getElementById('cost').textContent") == "7.80"
            await assert_readable(page)
            await page.get("document.getElementById('end').click()")
            await page.until("document.getElementById('end').disabled")
            await page.until("!document.getElementById('end').disabled")
            assert await page.get("document.querySelectorAll('.cell').length") == 0
            assert not here.living()
            await begin(page, 3)  # its stream is open when the service is asked to end
            assert await service.ended(signal.SIGTERM) == CODES["fastapi"], service.log.read_text()
            assert page.complaints == []
            await page.until("document.getElementById('link').textContent === 'no connection'")
        await anyio.sleep(LATER)
        assert here.living() == []


async def begin(page: Page, number: int) -> None:
    await page.get(f"document.getElementById('number').value = {number}")
    await page.until("document.getElementById('go').textContent === 'Begin'")
    await page.get("document.getElementById('go').click()")
    await page.until(f"document.querySelectorAll('.cell').length === {number}")


def cells(stage: str) -> str:
    return f"document.querySelectorAll('.cell[data-stage={stage}]').length"


async def assert_readable(page: Page) -> None:
    """Check that text stands out from what is behind it, whichever colours the user prefers."""
    grounds = []
    for scheme in ("light", "dark"):
        await page.prefer(scheme)
        for selector in ("h1", ".tile span", ".cell", "#detail", "#go", "#legend li"):
            assert await page.get(CONTRAST % selector) >= 4.5, (scheme, selector)
        if PICTURES is not None:
            await page.picture(Path(PICTURES) / f"{scheme}.png")
        grounds.append(await page.get("getComputedStyle(document.body).backgroundColor"))
    assert grounds[0] != grounds[1]


# The contrast of a text with its ground, as WCAG 2 reckons it.
CONTRAST = """(() => {
  const parts = colour => colour.match(/[0-9.]+/g).map(Number);
  const light = colour => parts(colour).slice(0, 3).map(value => value / 255)
    .map(value => value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
    .reduce((sum, value, place) => sum + value * [0.2126, 0.7152, 0.0722][place], 0);
  let element = document.querySelector("%s"), ground = element;
  while (parts(getComputedStyle(ground).backgroundColor)[3] === 0) ground = ground.parentElement;
  const both = [getComputedStyle(element).color, getComputedStyle(ground).backgroundColor];
  const [dark, bright] = both.map(light).sort((one, other) => one - other);
  return (bright + 0.05) / (dark + 0.05);
})()"""
