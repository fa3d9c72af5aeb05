"""
What cron runs beside the rest: ``*/5 * * * * python -m examples.many_processes.cron``.

It prints the pods that run, and gives up after a minute: a budget that is busy must not let
one run overtake the next.
"""

import sys

import anyio

from examples.many_processes.shared import make_client
from yotta_async import YottaError


async def main() -> int:
    try:
        with anyio.fail_after(60.0):
            async with make_client() as client:
                for pod in await client.pods.list(statuses=["RUNNING"]):
                    print(pod.id, pod.name)
    except (YottaError, TimeoutError) as error:
        print(f"no list: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(anyio.run(main))
