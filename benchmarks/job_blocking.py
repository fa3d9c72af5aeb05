"""
The blocking rivals: the vendor's documented script, and the vendor's SDK in five threads.

Both create all pods first and then ask for each until it is ready: whoever waited for one pod
before creating the next would need hours. The script does it one by one; the SDK, which comes
without a limiter, in a pool of as many threads as there may be pod operations at once.
"""

from collections.abc import Callable
from typing import Any, Protocol

import requests
from attrs import define, field
from yottaml.error import Error as SDKError  # type: ignore[import-untyped]
from yottaml.pod import PodApi  # type: ignore[import-untyped]

from benchmarks.job_books import Books, Ledger, books_of
from benchmarks.job_tries import (
    POLL,
    TIMEOUT,
    NoStockError,
    Places,
    Seat,
    State,
    TroubleError,
    body_of,
    data_of,
    state_of,
)
from benchmarks.job_world import EXPOSED, GPU_TYPE, IMAGE, KEY, POD_OPERATIONS, Job
from benchmarks.virtual_requests import SimulatedAdapter
from benchmarks.virtual_threads import VirtualThreads


__all__ = ["run_script", "run_sdk"]

_URL = "https://api.yottalabs.ai"


class Api(Protocol):
    """How a pod is made, and how it is looked at; both raise TroubleError."""

    def create(self, seat: Seat, region: str) -> str: ...

    def state(self, pod_id: str) -> State: ...


class DocumentedCalls:
    """The calls as the API page shows them, with a timeout and a look at the code."""

    def __init__(self, adapter: SimulatedAdapter) -> None:
        self._session = requests.Session()
        self._session.mount("https://", adapter)
        self._session.headers["x-api-key"] = KEY

    def create(self, seat: Seat, region: str) -> str:
        return str(self._call("POST", "create", json=body_of(seat, region)))

    def state(self, pod_id: str) -> State:
        return state_of(self._call("GET", pod_id))

    def _call(self, method: str, path: str, **arguments: Any) -> Any:
        url = f"{_URL}/openapi/v1/pods/{path}"
        try:
            reply = self._session.request(method, url, timeout=TIMEOUT, **arguments)
            return data_of(reply.json())
        except requests.RequestException as error:
            raise TroubleError from error


class SDKCalls:
    """The vendor's SDK as it comes from the package index, with a timeout."""

    def __init__(self, adapter: SimulatedAdapter) -> None:
        self._pods = PodApi(api_key=KEY, timeout=TIMEOUT)
        self._pods.session.mount("https://", adapter)

    def create(self, seat: Seat, region: str) -> str:
        pod = self._call(
            self._pods.new_pod,
            image=IMAGE,
            gpu_type=GPU_TYPE,
            gpu_count=1,
            name=seat.name,
            regions=[region],
            expose=[{"port": EXPOSED, "protocol": "HTTP"}],
        )
        return str(pod["id"])

    def state(self, pod_id: str) -> State:
        return state_of(self._call(self._pods.get_pod, pod_id))

    def _call(self, method: Callable[..., Any], *args: Any, **fields: Any) -> Any:
        try:
            return data_of(method(*args, **fields))
        except (SDKError, requests.RequestException) as error:
            raise TroubleError from error


@define(eq=False)
class BlockingUser:
    """A program around one of the two."""

    api: Api
    sleep: Callable[[float], None]
    ledger: Ledger
    _places: Places = field(factory=Places)

    def create(self, seat: Seat) -> str | None:
        """Return the id of a pod, or None if all tries came to nothing."""
        while True:
            region = self._places.region_for(seat)
            try:
                return self.api.create(seat, region)
            except NoStockError:
                self._places.full.add(region)
            except TroubleError:
                wait = next(seat.waits, None)
                if wait is None:
                    return None
                self.sleep(wait)

    def see_ready(self, seat: Seat, pod_id: str | None) -> None:
        """Ask for a pod until it is ready; make another one for a FAILED one."""
        while pod_id is not None:
            state = self._looked(pod_id)
            if state == "ready":
                self.ledger.note_ready(pod_id)
                return
            if state == "failed":
                pod_id = self._replaced(seat)
            else:
                self.sleep(POLL)

    def _replaced(self, seat: Seat) -> str | None:
        wait = next(seat.waits, None)
        if wait is None:
            return None
        self.sleep(wait)
        return self.create(seat)

    def _looked(self, pod_id: str) -> State:
        try:
            return self.api.state(pod_id)
        except TroubleError:
            return "starting"


def run_script(job: Job) -> Books:
    """Do the job as the API page shows it, one call after the other."""
    return _run(job, DocumentedCalls, threads=1)


def run_sdk(job: Job) -> Books:
    """Do the job by the vendor's SDK, in five threads."""
    return _run(job, SDKCalls, threads=POD_OPERATIONS)


def _run(job: Job, calls: Callable[[SimulatedAdapter], Api], *, threads: int) -> Books:
    time = VirtualThreads()
    cloud = job.cloud(lambda: time.now)
    ledger = Ledger(lambda: time.now)
    user = BlockingUser(calls(SimulatedAdapter(cloud, time)), time.sleep, ledger)
    seats = [Seat(number) for number in range(job.wanted)]
    made = time.map(user.create, seats, threads=threads)
    time.map(lambda pair: user.see_ready(*pair), zip(seats, made, strict=True), threads=threads)
    return books_of(job, cloud, ledger, time.now)
