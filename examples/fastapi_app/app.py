"""
A FastAPI service with a fleet in its background, and a page that shows it live.

In the folder of a clone, after ``pip install . fastapi 'uvicorn[standard]'``: ``uvicorn
examples.fastapi_app.app:app``, then http://127.0.0.1:8000. One process, as the fleet is one:
``--workers 1``, which is the default; ``--reload`` would delete the pods at each save. Whoever
reaches it can rent 1000 pods: put it behind your own authentication, and give the fleet a `Budget`.

Ctrl-C and SIGTERM delete all pods; at 60 requests a minute that takes more than three minutes for
200, so give it that long (Kubernetes: ``terminationGracePeriodSeconds``). After a ``kill -9`` the
next start takes over what is there.
"""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.responses import FileResponse, JSONResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from yotta_async import AsyncYotta, Pod, PodSpec, YottaError
from yotta_async.simulator import PodLife

from .problems import STATUSES, RefusedError, problem_of
from .service import SPEC, Service, Wish, make_collections_rare, running


PAGE = Path(__file__).with_name("page.html")
WISH = Wish(Path(os.environ.get("FLEET_FILE", "fleet-wanted.txt")))

router = APIRouter()


def make_client() -> AsyncYotta:
    if os.environ.get("YOTTA_BASE_URL"):  # `yotta-async simulate` prints one
        return AsyncYotta()
    life = PodLife(start_median=8.0, start_span=(3.0, 20.0), ports=(0.0, 5.0), failing=0.05)
    return AsyncYotta.simulated(life=life)  # for the real service: return AsyncYotta()


def create_app(
    make_client: Callable[[], AsyncYotta] = make_client, wish: Wish = WISH, **options: Any
) -> FastAPI:
    """
    Return the service.

    Args:
        make_client: Called when it starts; a test gives one of its own.
        wish: Where the number of pods is kept.
        **options: FastAPI's.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with make_client() as client, running(client, wish) as service:
            app.state.service = service
            make_collections_rare()
            yield

    responses: dict[int | str, dict[str, Any]] = {
        status: {"description": HTTPStatus(status).phrase} for status in set(STATUSES.values())
    }
    app = FastAPI(title="A fleet", lifespan=lifespan, responses=responses, **options)
    app.include_router(router)
    app.add_exception_handler(YottaError, answer_problem)
    app.add_exception_handler(RefusedError, answer_problem)
    return app


async def answer_problem(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, YottaError | RefusedError)  # it is registered for these
    problem = problem_of(error)
    return JSONResponse(problem.body, problem.status, headers=dict(problem.headers))


async def service_of(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


Serving = Annotated[Service, Depends(service_of)]


class Wanted(BaseModel):
    """What is sent: nothing that is passed over, nor taken for something else."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Size(Wanted):
    """How many pods a fleet shall have."""

    pods: int = Field(ge=1, le=1000)


class Order(Wanted):
    """A single pod; what is left out is as in the fleet."""

    image: str = SPEC.image
    gpu_type: str = SPEC.gpu_type
    gpu_count: int = SPEC.gpu_count
    regions: list[str] = list(SPEC.regions)

    @property
    def spec(self) -> PodSpec:
        return SPEC.evolve(**self.model_dump())


class PodState(BaseModel):
    """A single pod as it stands."""

    id: str
    name: str
    status: str
    ready: bool
    region: str | None
    endpoint: str | None

    @classmethod
    def of(cls, pod: Pod) -> "PodState":
        return cls(
            id=pod.id,
            name=pod.name,
            status=pod.status,
            ready=pod.is_ready,
            region=pod.region,
            endpoint=pod.endpoint(SPEC.expose[0].port),
        )


# The fleet.


@router.post("/fleet", status_code=202)
async def begin(size: Size, service: Serving) -> Response:
    service.begin(size.pods)
    return state(service, 202)


@router.get("/fleet")
async def show(service: Serving) -> Response:
    """Return how the fleet stands, as the last list showed it; no request goes to Yotta."""
    return state(service)


@router.post("/fleet/scale", status_code=202)
async def scale(size: Size, service: Serving) -> Response:
    service.scale(size.pods)
    return state(service, 202)


@router.delete("/fleet", status_code=204)
async def end(service: Serving) -> None:
    """Delete all pods of the fleet, and answer when a list has shown that none is left."""
    await service.end()


def state(service: Service, status: int = 200) -> Response:
    return Response(service.board.state, status, media_type="application/json")


# Single pods.


@router.post("/pods", status_code=201)
async def create(order: Order, service: Serving) -> PodState:
    return PodState.of(await service.create(order.spec))


@router.get("/pods/{pod_id}")
async def single(pod_id: str, service: Serving) -> PodState:
    return PodState.of(service.single(pod_id))


@router.delete("/pods/{pod_id}", status_code=204)
async def delete(pod_id: str, service: Serving) -> None:
    await service.delete(pod_id)


# What is looked at.


@router.get("/events")
async def events(service: Serving) -> StreamingResponse:
    stream = service.board.stream(service.longest_stream)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # nginx would hold it back
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)


@router.get("/", response_class=FileResponse)
async def page() -> FileResponse:
    return FileResponse(PAGE)


app = create_app()
