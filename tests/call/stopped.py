"""
A program that is stopped after each grant, before the first byte: ``python -m tests.call.stopped``.

Its arguments are a URL, a file with seconds by which its clock is to be ahead, how many calls it is
to make and, if it shares its budget, where. It stops itself (SIGSTOP) where httpx has the request
and has sent nothing of it.
"""

import os
import signal
import sys
from pathlib import Path

import anyio
import httpx
from attrs import evolve

from tests.wire_servers import NO_TLS
from yotta_async import AsyncYotta, Limits, RetryPolicy
from yotta_async._backend import uptime
from yotta_async._resources.account import Account
from yotta_async._scheduling.scheduler import Scheduler
from yotta_async._scheduling.shared import SharedScheduler
from yotta_async._scheduling.stores.opening import book_name, opener
from yotta_async._scheduling.turnstile import Lifetime, Turnstile


async def stop(_request: httpx.Request) -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


async def main(url: str, ahead: Path, calls: int, shared: str = "") -> None:
    def clock() -> float:
        return uptime() + float(ahead.read_text())

    scheduler: Turnstile = Scheduler(Limits(), lifetime=Lifetime(clock))
    if shared:
        open_store = opener(shared, book_name("key", url))
        scheduler = SharedScheduler(Limits(), open_store, anyio.sleep_forever, print, clock=clock)
    async with httpx.AsyncClient(verify=NO_TLS, event_hooks={"request": [stop]}) as http:
        client = AsyncYotta("key", base_url=url, retry=RetryPolicy.none(), http_client=http)
        account = client._account
        caller = evolve(account.caller, scheduler=scheduler)
        client._bind(Account(caller, account.api, account.options))
        async with client:
            for _ in range(calls):
                await client.pods.list()


if __name__ == "__main__":
    anyio.run(main, sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), "".join(sys.argv[4:]))
