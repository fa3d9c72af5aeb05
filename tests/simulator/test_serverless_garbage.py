"""Whatever a client sends to endpoints and tasks is answered, with an envelope that is JSON."""

import json
from typing import Any
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from tests.simulator.serverless_bench import L4, RESOURCE, SPEC, TASK, TASK_V1, Bench
from yotta_async.simulator.api.routing import Route
from yotta_async.simulator.api.serverless import SERVERLESS_ROUTES
from yotta_async.simulator.api.tasks import TASK_ROUTES
from yotta_async.simulator.api.worker_logs import WORKER_LOG_ROUTES


ROUTES = (*SERVERLESS_ROUTES, *TASK_ROUTES, *WORKER_LOG_ROUTES)
FIELDS = sorted(
    {*SPEC, *TASK, *TASK_V1, *RESOURCE}
    | {"expose", "port", "protocol", "environmentVars", "envVars", "key", "value", "webhook"}
    | {"credentialId", "containerRegistryAuthId", "headers", "header", "notifyUrl"}
    | {"webhookAuthKey", "imageRegistry", "minSingleCardVramInGb", "initializationCommand"}
)
QUERIES = ["statusList", "count", "status", "page", "pageNumber", "pageSize", "direction"]
QUERIES += ["startTime", "endTime", "searchAfterTime", "searchAfterOffset", "keyword"]
WORDS = (
    st.sampled_from(
        [
            "",
            "0",
            "1",
            "-1",
            "t1",
            "QUEUE",
            "ALB",
            "RUNNING",
            L4,
            "us",
            "Backward",
            "1e999",
            "a b",
            "%",
        ]
    )
    | st.sampled_from(
        ["\0", "\ud800", "²", "/", "http://[", "http://h", "x" * 600, "9" * 400, str(2**63)]
    )
    | st.sampled_from(
        [
            str(2**64),
            "2026-01-01T00:00:00Z",
            "0001-01-01T00:00:00+23:59",
            "9999-12-31T23:59:59-23:59",
        ]
    )
)
NUMBERS = st.sampled_from([0, -1, 1, 2, 20, 2**31, 2**53 + 1, 2**63, 2**64, 10**400, 1.5, 1e308])
LEAVES = st.none() | st.booleans() | NUMBERS | WORDS | st.text(max_size=5)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4)
    ),
    max_leaves=8,
)


def changed(sound: dict[str, Any]) -> st.SearchStrategy[bytes]:
    """Return bodies that are sound but for a few fields."""
    changes = st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=3)
    return changes.map(lambda fields: json.dumps(sound | fields).encode())


BODIES = (
    changed(SPEC)
    | changed(TASK)
    | changed(TASK_V1)
    | VALUES.map(lambda value: json.dumps(value).encode())
    | st.binary(max_size=20)
    | st.sampled_from([b"", b"NaN", b'{"input":NaN}', b"[" * 5000, b'{"a":' * 5000])
)
QUERY = st.lists(st.tuples(st.sampled_from(QUERIES), WORDS), max_size=3)


def inhabited() -> tuple[Bench, dict[str, str]]:
    """Return a cloud with a task at work, and what its paths may be filled with."""
    bench = Bench()
    endpoint_id = bench.running()
    bench.submit(endpoint_id)
    worker_id = str(bench.done("GET", f"/v2/serverless/{endpoint_id}/workers")[0]["id"])
    return bench, {"endpoint_id": endpoint_id, "worker_id": worker_id, "task_id": "t1"}


@given(
    st.sampled_from(ROUTES),
    st.dictionaries(
        st.sampled_from(["endpoint_id", "worker_id", "task_id", "count"]), WORDS.filter(bool)
    ),
    QUERY,
    BODIES,
    st.none() | WORDS,
)
def test_no_request_makes_a_handler_raise(
    route: Route,
    words: dict[str, str],
    query: list[tuple[str, str]],
    body: bytes,
    header: str | None,
) -> None:
    bench, there = inhabited()
    fill = {"count": "1", **there, **words}
    names = {name: _quoted(word) for name, word in fill.items()}
    text = "&".join(f"{name}={_quoted(word)}" for name, word in query)
    target = f"{route.template.format_map(names)}?{text}"
    for _ in range(2):
        code, _ = bench.ask(
            route.method, target, body, there["endpoint_id"] if header is None else header
        )
        assert isinstance(code, int)
    bench.now += 1000.0
    for path in ("/v2/serverless", "/openapi/v1/elastic/deploy/list"):
        for shown in bench.done("GET", path):
            bench.done("GET", f"/v2/serverless/{shown['id']}/workers")
            if shown["serviceMode"] == "QUEUE":
                bench.done("GET", "/openapi/v1/skywalker/tasks", endpoint=shown["id"])


def _quoted(word: str) -> str:
    return quote(word, safe="", errors="surrogatepass")
