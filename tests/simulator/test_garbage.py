"""No request whatsoever raises out of the server, and every answer is an envelope."""

import json
import re
from typing import Any
from urllib.parse import quote, urlencode

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.simulator.bench import L4, Bench
from yotta_async.simulator import WireStyle
from yotta_async.simulator.api import ROUTES
from yotta_async.simulator.api.routing import Route


RESOURCE = {"region": "us-east-1", "gpuType": L4, "gpuCount": 1}
# A body that every create takes, of whatever noun and generation: each reads what it knows.
ANYTHING: dict[str, Any] = {
    "name": "name",
    "image": "image",
    "gpuType": L4,
    "gpuCount": 1,
    "vmTypeId": 1,
    "region": "us-east-1",
    "nickName": "name",
    "isSpot": 0,
    "storageType": "CEPH",
    "sizeInGb": 10,
    "username": "user",
    "password": "hidden",
    "token": "hidden",
    "clusterName": "sky",
    "instanceType": f"1x1v1g_{L4}_SECURE",
    "minSingleCardVramInGb": 0,
    "maxSingleCardVramInGb": 100,
    "resources": [RESOURCE],
    "workers": 1,
    "containerVolumeInGb": 20,
    "serviceMode": "QUEUE",
    "input": {"prompt": "Hello"},
    "workerPort": 8000,
    "processUri": "/run",
    "userTaskId": "task_1",
    "taskId": "task_1",
    "taskData": {"prompt": "Hello"},
    "expose": {"port": 80, "protocol": "HTTP"},
    "webhook": "http://example.com/hook",
}
FIELDS = [
    *ANYTHING,
    *("regions", "regionList", "environmentVars", "persistentVolumes", "volumeMountPaths", "type"),
    *("pageNumber", "pageSize", "search", "header", "headers", "clusterId", "credentialId"),
    *("containerRegistryAuthId", "imageRegistry", "notifyUrl", "vendorVolumeType"),
]
QUERIES = [
    *("statusList", "regionList", "status", "page", "size", "pageNumber", "pageSize", "start"),
    *("end", "step", "storageType", "region", "orgId", "count", "keyword", "startTime", "endTime"),
    *("searchAfterTime", "searchAfterOffset", "direction"),
]
NUMBERS = st.sampled_from([-1, 0, 1, 2, 100, 2**31, 2**53 + 1, 2**63, -(2**63) - 1, 10**30])
TEXTS = st.text(st.characters(), max_size=8) | st.sampled_from(
    ["", " ", "\0", "\ud800", "7", "1" * 5000, "RUNNING", "CEPH", "1h", "../..", "%2F", "²", "-1"]
)
LEAVES = st.none() | st.booleans() | NUMBERS | st.floats(allow_nan=False) | TEXTS
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(FIELDS) | TEXTS, inner, max_size=3)
    ),
    max_leaves=6,
)
RAW = st.sampled_from(
    [
        *(b"", b"{", b"[]", b"null", b"7", b'"text"', b"\xff\xfe", b"[" * 100_000),
        *(b'{"input":' * 2000 + b"1" + b"}" * 2000, b'{"name": NaN}', b'{"gpuCount": 1e999}'),
        *(b'{"name": "\\ud800"}', b'{"a": 1, "a": 2}', "{}".encode("utf-16"), b"1" * 9999),
    ]
)
BODIES = RAW | st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=4).map(
    lambda odd: json.dumps(ANYTHING | odd).encode()
)


def furnished(wire: WireStyle) -> tuple[Bench, list[str]]:
    """Return a bench that holds one of everything, and their ids."""
    bench = Bench({"wire": wire})
    cloud = bench.simulated._cloud
    for target in ("/v2/pods", "/v2/serverless", "/v2/volumes", "/v2/vms"):
        bench.reply("POST", target, ANYTHING | {"expose": None})
    bench.reply("POST", "/v2/container-registry-auths", ANYTHING)
    bench.reply("POST", "/openapi/v1/skypilot/cluster/create", ANYTHING | {"expose": None})
    bench.now = 500.0
    nouns = (cloud.pods, cloud.serverless, cloud.volumes, cloud.vms, cloud.credentials)
    ids = [str(number) for noun in (*nouns, cloud.clusters) for number in noun.all]
    assert len(ids) == 6
    return bench, ids


def target_of(route: Route, words: list[str], query: dict[str, str]) -> str:
    fill = iter(words)
    path = re.sub(
        r"\{\w+\}", lambda _: quote(next(fill), safe="", errors="surrogatepass"), route.template
    )
    return f"{path}?{urlencode(query, errors='surrogatepass')}"


@settings(max_examples=400)
@given(
    st.sampled_from(ROUTES),
    st.sampled_from([WireStyle(), WireStyle(missing="absent", statuses="by-code")]),
    st.lists(st.integers(0, 5) | TEXTS, min_size=3, max_size=3),
    st.dictionaries(st.sampled_from(QUERIES), TEXTS | NUMBERS.map(str), max_size=3),
    BODIES,
)
def test_whatever_is_asked_an_envelope_is_the_answer(
    route: Route,
    wire: WireStyle,
    parameters: list[int | str],
    query: dict[str, str],
    body: bytes,
) -> None:
    bench, ids = furnished(wire)
    words = [ids[word] if isinstance(word, int) else word for word in parameters]
    reply = bench.reply(route.method, target_of(route, words, query), body)
    answer = json.loads(reply.body, parse_constant=lambda word: word + " is no JSON")
    assert answer["code"] == reply.code
    assert isinstance(answer["message"], str)
    assert reply.status in {200, 400, 404, 405, 409}
    # What was made of it can be looked at, too.
    bench.now += 500.0
    for look in ("/v2/pods", "/v2/vms", "/v2/volumes?storageType=CEPH", "/v2/serverless"):
        assert bench.reply("GET", look).code == 10000
    assert bench.simulated.billing() >= 0
