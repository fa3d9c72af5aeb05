"""The envelope's codes that a noun has for itself, put on what the cloud refuses."""

from collections.abc import Callable, Mapping

from yotta_async.simulator.api.routing import Context, Done
from yotta_async.simulator.cloud.problems import CloudError, Problem
from yotta_async.simulator.style import WireStyle


__all__ = ["Handle", "coded"]

Handle = Callable[[Context], Done]


def coded(handle: Handle, codes: Callable[[WireStyle], Mapping[Problem, int]]) -> Handle:
    """Return the handler, whose failures carry these codes where they have none yet."""

    def answer(context: Context) -> Done:
        try:
            return handle(context)
        except CloudError as error:
            if error.code is None:
                error.code = codes(context.style).get(error.problem)
            raise

    return answer
