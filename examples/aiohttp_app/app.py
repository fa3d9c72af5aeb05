"""
The service of ``examples/fastapi_app`` on aiohttp: the same endpoints, the same page.

In the folder of a clone, after ``pip install . aiohttp``: ``python -m aiohttp.web
examples.aiohttp_app.app:main``, then http://localhost:8080. What is done about the fleet, and
which HTTP status stands for which error, is in ``service.py`` and ``problems.py`` there, which know
no web framework. Whoever reaches it can rent 1000 pods: put it behind your own authentication.

Ctrl-C and SIGTERM delete all pods; at 60 requests a minute that takes more than three minutes for
200. After a ``kill -9`` the next start takes over what is there.
"""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias

from aiohttp import web

from yotta_async import AsyncYotta, Pod, YottaError
from yotta_async.simulator import PodLife

from ..fastapi_app.problems import RefusedError, problem_of
from ..fastapi_app.service import SPEC, Service, Wish, make_collections_rare, running


__all__ = ["create_app", "main"]

PAGE = Path(__file__).parents[1] / "fastapi_app" / "page.html"
WISH = Wish(Path(os.environ.get("FLEET_FILE", "fleet-wanted.txt")))
SERVICE = web.AppKey("service", Service)
MOST_PODS = 1000

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]

routes = web.RouteTableDef()


def make_client() -> AsyncYotta:
    if os.environ.get("YOTTA_BASE_URL"):  # `yotta-async simulate` prints one
        return AsyncYotta()
    life = PodLife(start_median=8.0, start_span=(3.0, 20.0), ports=(0.0, 5.0), failing=0.05)
    return AsyncYotta.simulated(life=life)  # for the real service: return AsyncYotta()


def create_app(
    make_client: Callable[[], AsyncYotta] = make_client, wish: Wish = WISH
) -> web.Application:
    """
    Return the service.

    Args:
        make_client: Called when it starts; a test gives one of its own.
        wish: Where the number of pods is kept.
    """

    async def run_service(app: web.Application) -> AsyncIterator[None]:
        async with make_client() as client, running(client, wish) as service:
            app[SERVICE] = service
            make_collections_rare()
            yield

    app = web.Application(middlewares=[answer_problems])
    app.cleanup_ctx.append(run_service)
    app.on_shutdown.append(stop_streams)
    app.add_routes(routes)
    return app


async def stop_streams(app: web.Application) -> None:
    app[SERVICE].stop_streams()  # aiohttp would wait for them


@web.middleware
async def answer_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except (YottaError, RefusedError) as error:
        problem = problem_of(error)
        return web.json_response(problem.body, status=problem.status, headers=problem.headers)


async def order_of(request: web.Request) -> dict[str, Any]:
    """Return what was sent: a JSON object."""
    if request.content_type != "application/json":  # a form of any page may be sent here
        raise RefusedError(415, "Content-Type: application/json was expected.")
    try:
        order = await request.json()
    except ValueError:
        order = None
    if not isinstance(order, dict):
        raise RefusedError(422, "A JSON object was expected.")
    return order


async def size_of(request: web.Request) -> int:
    """Return how many pods a fleet shall have."""
    match await order_of(request):
        case {"pods": int(number)} if number is not True and 1 <= number <= MOST_PODS:
            return number
    raise RefusedError(422, f'Give {{"pods": 1}}, or up to {MOST_PODS}.')


# The fleet.


@routes.post("/fleet")
async def begin(request: web.Request) -> web.Response:
    request.app[SERVICE].begin(await size_of(request))
    return state(request, 202)


@routes.get("/fleet")
async def show(request: web.Request) -> web.Response:
    """Return how the fleet stands, as the last list showed it; no request goes to Yotta."""
    return state(request)


@routes.post("/fleet/scale")
async def scale(request: web.Request) -> web.Response:
    request.app[SERVICE].scale(await size_of(request))
    return state(request, 202)


@routes.delete("/fleet")
async def end(request: web.Request) -> web.Response:
    """Delete all pods of the fleet, and answer when a list has shown that none is left."""
    await request.app[SERVICE].end()
    return web.Response(status=204)


def state(request: web.Request, status: int = 200) -> web.Response:
    body = request.app[SERVICE].board.state
    return web.Response(body=body, status=status, content_type="application/json")


# Single pods.


@routes.post("/pods")
async def create(request: web.Request) -> web.Response:
    order = await order_of(request)
    if unknown := order.keys() - {"image", "gpu_type", "gpu_count", "regions"}:
        raise RefusedError(422, f"Unknown: {', '.join(sorted(unknown))}.")
    pod = await request.app[SERVICE].create(SPEC.evolve(**order))
    return web.json_response(facts(pod), status=201)


@routes.get("/pods/{pod_id}")
async def single(request: web.Request) -> web.Response:
    return web.json_response(facts(request.app[SERVICE].single(request.match_info["pod_id"])))


@routes.delete("/pods/{pod_id}")
async def delete(request: web.Request) -> web.Response:
    await request.app[SERVICE].delete(request.match_info["pod_id"])
    return web.Response(status=204)


def facts(pod: Pod) -> dict[str, object]:
    return {
        "id": pod.id,
        "name": pod.name,
        "status": pod.status,
        "ready": pod.is_ready,
        "region": pod.region,
        "endpoint": pod.endpoint(SPEC.expose[0].port),
    }


# What is looked at.


@routes.get("/events")
async def events(request: web.Request) -> web.StreamResponse:
    service = request.app[SERVICE]
    response = web.StreamResponse(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
    response.content_type = "text/event-stream"
    await response.prepare(request)
    with suppress(ConnectionResetError):  # nobody looks any more
        async for frame in service.board.stream(service.longest_stream):
            await response.write(frame)
    return response


@routes.get("/")
async def page(_request: web.Request) -> web.FileResponse:
    return web.FileResponse(PAGE)


def main(_arguments: list[str]) -> web.Application:
    return create_app()
