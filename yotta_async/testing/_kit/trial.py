"""One test on one cloud: what it may leave, and what is seen of it at its end."""

from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any

import pytest
from attrs import define, field

from ..._client import AsyncYotta
from ...simulator import SimulatedYotta
from ...simulator.leftovers import counted, span, usd
from ..clients import reaching
from ..recordings import Recording, recording
from .options import Options
from .pages import pages_folder, write_page


__all__ = ["Trial"]

_ALLOWING = (
    'On purpose? @pytest.mark.yotta(leaves=["name-*"]), refused=True, spends=USD, or check=False.'
)


@define(eq=False)
class Trial:
    """
    One test on one cloud.

    Attributes:
        options: What it asked for.
        cloud: Its cloud.
        name: Of the test.
        waits: Whether things of the test's own are cleaned up after it, and its end is only then.
        tell: Called with the summary when the test itself is over.
        failed: Whether the test itself has failed; then nothing more is checked.
        told: Whether the summary was told.
        checked: Whether its end was checked.
    """

    options: Options
    cloud: SimulatedYotta
    name: str
    waits: bool = False
    tell: Callable[[str], object] = field(default=lambda _: None)
    failed: bool = False
    told: bool = False
    checked: bool = False
    _client: AsyncYotta | None = None
    _recorded: Recording | None = None
    _open: ExitStack = field(factory=ExitStack)

    @classmethod
    def begin(cls, options: Options, name: str) -> "Trial":
        """Open a cloud, which all clients reach that are made from now on."""
        trial = cls(options, options.new_cloud(), name)
        trial._open.enter_context(reaching(trial.cloud))
        if pages_folder() is not None:
            trial._recorded = trial._open.enter_context(recording(trial.cloud))
        return trial

    @property
    def client(self) -> AsyncYotta:
        """The test's own client, made when it is first asked for."""
        if self._client is None:
            self._client = self.options.new_client(self.cloud)
        return self._client

    def over(self, test: Callable[..., Any]) -> Callable[..., Any]:
        """Return a test with the end of its trial, which comes later if it `waits`."""
        if not iscoroutinefunction(test):
            return self._over_plain(test)

        @wraps(test)
        async def tried(*args: Any, **kwargs: Any) -> None:
            __tracebackhide__ = True
            with self._watched():
                await test(*args, **kwargs)
            if not self.waits:
                await self.close()
                self._look()

        return tried

    def _over_plain(self, test: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(test)
        def tried(*args: Any, **kwargs: Any) -> None:
            __tracebackhide__ = True
            with self._watched():
                test(*args, **kwargs)
            if not self.waits:
                self._look()

        return tried

    @contextmanager
    def _watched(self) -> Generator[None, None, None]:
        try:
            yield
        except BaseException as error:
            self.failed = True
            self._tell(error)
            raise

    def _look(self) -> None:
        self._tell()
        self.check()

    def _tell(self, error: BaseException | None = None) -> None:
        self.told = True
        self.tell(self.summary() if error is None else f"{self.summary()}{self._page(error)}")

    async def close(self) -> None:
        """Close the client, and let the cloud see what time it is."""
        if self._client is not None:
            await self._client.aclose()
        self.cloud.billing()

    def check(self) -> None:
        """Fail the test if the cloud is not as it may leave it; this is looked at once."""
        if self.checked or self.failed:
            return
        self.checked = True
        wrong = ""
        try:
            self.options.check_at_end(self.cloud)
        except AssertionError as error:
            wrong = f"{error}\n{_ALLOWING}{self._page(error)}"
        if wrong:
            # Without a traceback: it would show where pytest looked, and not where the pod is from.
            pytest.fail(wrong, pytrace=False)

    def _page(self, error: BaseException) -> str:
        """Write the page of a test that failed, if a folder for pages is named."""
        folder = pages_folder()
        if folder is None or self._recorded is None:
            return ""
        file = write_page(self.name, error, self.cloud, self._recorded, folder=folder)
        return f"\nIts story: {file}"

    def end(self) -> None:
        """Let clients reach the network again."""
        self._open.close()

    def summary(self) -> str:
        """Return what there was, in a few lines."""
        cloud = self.cloud
        last = max((each.instant for each in cloud.requests), default=0.0)
        faults = ", ".join(f"{count} {name}" for name, count in sorted(cloud.faults_fired.items()))
        made, sent = counted(len(cloud.all_pods), "pod"), counted(len(cloud.requests), "request")
        lines = [
            f"{made} made, {counted(len(cloud.leftovers), 'thing')} left",
            f"{sent} in {span(last)}, {cloud.refusals} refused for a limit",
            f"{usd(cloud.billing())} USD spent",
            f"faults: {faults or 'none'}",
        ]
        # Otherwise these stand in the failure itself.
        left = map(str, cloud.leftovers) if self.failed else ()
        return "\n".join([*lines, *left])
