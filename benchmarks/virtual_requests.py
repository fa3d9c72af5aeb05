"""``requests`` on a simulated cloud in the process, in the virtual time of a blocking thread."""

import io
from typing import Any

import requests
from requests.adapters import BaseAdapter

from benchmarks.virtual_threads import VirtualThreads
from yotta_async.simulator import SimulatedYotta
from yotta_async.simulator.exchange import Answer, Break, Exchange
from yotta_async.simulator.wire import Request


__all__ = ["SimulatedAdapter"]


class SimulatedAdapter(BaseAdapter):
    """
    What a session of ``requests`` sends through: ``session.mount("https://", adapter)``.

    It raises what the library's own adapter does: `ConnectionError` and `ReadTimeout`.
    """

    def __init__(self, cloud: SimulatedYotta, threads: VirtualThreads) -> None:
        super().__init__()
        self._server = cloud.transport().server
        self._threads = threads

    # The signature is the library's.
    def send(self, request: requests.PreparedRequest, *_: Any, **how: Any) -> requests.Response:
        exchange = self._server.send(_arriving(request), self._threads.now)
        self._threads.sleep_until(exchange.ready_at)
        if exchange.refused:
            raise requests.ConnectionError("simulated: connection refused", request=request)
        answer = self._server.answer(exchange, self._threads.now)
        if answer.broken is Break.SILENCE:
            self._wait_in_vain(exchange, how.get("timeout"))
            raise requests.ReadTimeout("simulated: no answer in time", request=request)
        if answer.reply is None or answer.broken is not None:
            raise requests.ConnectionError("simulated: connection reset", request=request)
        return _response(answer, request)

    def close(self) -> None:
        """Nothing is open."""

    def _wait_in_vain(self, exchange: Exchange, timeout: float | None) -> None:
        seconds = float("inf") if timeout is None else timeout
        self._threads.sleep_until(exchange.connected_at + seconds)


def _arriving(request: requests.PreparedRequest) -> Request:
    body = request.body or b""
    assert isinstance(body, str | bytes)
    return Request.parse(
        request.method or "GET",
        request.path_url,
        [(name.encode(), _bytes(value)) for name, value in request.headers.items()],
        _bytes(body),
    )


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


def _response(answer: Answer, request: requests.PreparedRequest) -> requests.Response:
    assert answer.reply is not None
    response = requests.Response()
    response.status_code = answer.reply.status
    response.headers.update(answer.headers)
    response.raw = io.BytesIO(answer.reply.body)
    response.request = request
    response.url = request.url or ""
    return response
