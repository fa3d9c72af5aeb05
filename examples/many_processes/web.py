"""
A service of four processes: ``uvicorn examples.many_processes.web:app --workers 4``.

Each worker has a client for as long as it lives; what they share is the budget.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request

from examples.many_processes.shared import make_client


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with make_client() as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/pods")
async def pods(request: Request) -> dict[str, Any]:
    found = await request.app.state.client.pods.list()
    return {"pods": len(found), "worker": os.getpid()}
