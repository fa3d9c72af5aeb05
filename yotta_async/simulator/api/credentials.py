"""The operations on registry credentials, of both generations; they act on the same ones."""

import re
from collections.abc import Sequence

from yotta_async.simulator.api.body import Body
from yotta_async.simulator.api.routing import Context, Done, Route
from yotta_async.simulator.cloud.credentials import Credential
from yotta_async.simulator.cloud.problems import invalid
from yotta_async.simulator.style import WireStyle


__all__ = ["CREDENTIAL_ROUTES"]

_TYPES = frozenset({"ACR", "DOCKER_HUB", "ECR", "GCR", "PRIVATE"})
_NAME = re.compile(r"(?=[A-Za-z])[A-Za-z0-9@._-]{1,20}")


def _v1_create(context: Context) -> Done:
    body = context.body
    credential = context.cloud.credentials.create(
        body.required_text("name"),
        body.required_text("username"),
        body.required_text("token"),
        context.now,
    )
    if context.style.v1_credential == "id":
        return Done(data=str(credential.id))
    return Done(data=_v1_shape(credential))


def _v2_create(context: Context) -> Done:
    body = context.body
    default = None if context.style.credential_type_required else "DOCKER_HUB"
    credential = context.cloud.credentials.create(
        _v2_name(body),
        body.required_text("username", longest=255),
        body.required_text("password", longest=255),
        context.now,
        kind=body.word("type", _TYPES, default),
    )
    return Done(data=_v2_shape(credential, context))


def _v1_list(context: Context) -> Done:
    found = context.cloud.credentials.list(context.now, lag=context.list_lag)
    return Done(data=[_v1_shape(credential) for credential in found])


def _v2_list(context: Context) -> Done:
    found = context.cloud.credentials.list(context.now, lag=context.list_lag)
    return Done(data=[_v2_shape(credential, context) for credential in found])


def _v1_get(context: Context) -> Done:
    return Done(data=_v1_shape(_credential(context)))


def _v2_get(context: Context) -> Done:
    return Done(data=_v2_shape(_credential(context), context))


def _update(context: Context) -> Done:
    credential, body = _credential(context), context.body
    name = _v2_name(body) if body.has("name") else credential.name
    username, secret = credential.username, credential.secret
    if body.has("username"):
        username = body.required_text("username", longest=255)
    if body.has("password"):
        secret = body.required_text("password", longest=255)
    credential.name, credential.username, credential.secret = name, username, secret
    return Done(data=_v2_shape(credential, context))


def _v1_delete(context: Context) -> Done:
    _forget(context)
    return Done(data=None)


def _v2_delete(context: Context) -> Done:
    _forget(context)
    return Done(data=context.style.done)


def _credential(context: Context) -> Credential:
    return context.cloud.credentials.get(context.id("credential_id"), context.now)


def _forget(context: Context) -> None:
    credential_id = context.id("credential_id")
    pods = [(pod.id, pod.request.name) for pod in context.cloud.pods.using(credential_id)]
    endpoints = [
        (endpoint.id, endpoint.request.name)
        for endpoint in context.cloud.serverless.using(credential_id)
    ]
    context.cloud.credentials.delete(
        credential_id,
        context.now,
        users=[*pods, *endpoints],
        said_as=_users(pods, endpoints, context.style),
    )


def _users(
    pods: Sequence[tuple[int, str]], endpoints: Sequence[tuple[int, str]], style: WireStyle
) -> object:
    if style.in_use == "list":
        return [
            {"type": kind, "id": str(number), "name": name}
            for kind, users in (("POD", pods), ("ELASTIC", endpoints))
            for number, name in users
        ]
    return {
        "podList": [{"id": str(number), "name": name} for number, name in pods],
        "elasticList": [{"id": str(number), "name": name} for number, name in endpoints],
    }


def _v2_name(body: Body) -> str:
    name = body.required_text("name")
    if not _NAME.fullmatch(name):
        raise invalid(
            "name must begin with a letter and have at most 20 letters, digits, @, ., _ or -"
        )
    return name


def _v1_shape(credential: Credential) -> dict[str, object]:
    return {"id": str(credential.id), "name": credential.name}


def _v2_shape(credential: Credential, context: Context) -> dict[str, object]:
    return {
        "id": context.style.v2_id("credential", credential.id),
        "name": credential.name,
        "type": credential.kind,
        "createdAt": context.spell(credential.created_at, context.style.credential_times),
    }


_V1 = "/openapi/v1/credentials"
_V2 = "/v2/container-registry-auths"

CREDENTIAL_ROUTES = (
    Route("createCredential", "POST", f"{_V1}/create", _v1_create),
    Route("listCredentials", "GET", f"{_V1}/list", _v1_list),
    Route("getCredential", "GET", f"{_V1}/{{credential_id}}", _v1_get),
    Route("deleteCredential", "DELETE", f"{_V1}/{{credential_id}}", _v1_delete),
    Route("createCredential", "POST", _V2, _v2_create),
    Route("listCredentials", "GET", _V2, _v2_list),
    Route("getCredential", "GET", f"{_V2}/{{credential_id}}", _v2_get),
    Route("updateCredential", "PATCH", f"{_V2}/{{credential_id}}", _update),
    Route("deleteCredential", "DELETE", f"{_V2}/{{credential_id}}", _v2_delete),
)
