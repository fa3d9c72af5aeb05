"""
Tasks for Celery: ``celery -A examples.many_processes.celery_tasks worker --concurrency 4``.

Celery forks its workers, and its tasks are not asynchronous: each runs an event loop of its own. A
client for the time of a task is cheap; what must outlive it, the budget, is in the store.
"""

import os

import anyio
from celery import Celery

from examples.many_processes.shared import make_client


app = Celery("pods", broker=os.environ["BROKER"], backend=os.environ["BROKER"])


@app.task
def count_pods() -> int:
    return anyio.run(_count)


async def _count() -> int:
    async with make_client() as client:
        return len(await client.pods.list())
