"""What several nouns say in one way: a GPU's code, and a container's variables."""

from yotta_async.simulator.api.body import Body
from yotta_async.simulator.cloud.gpus import ALIASES
from yotta_async.simulator.style import WireStyle


__all__ = ["environment", "gpu_type", "has_environment"]


def gpu_type(body: Body, style: WireStyle) -> str:
    """Return the code of a GPU type, which may be given by another name that the vendor has."""
    code = body.required_text("gpuType")
    return ALIASES.get(code, code) if style.gpu_aliases else code


def has_environment(body: Body) -> bool:
    return body.has(_spelling(body))


def environment(body: Body, style: WireStyle) -> tuple[tuple[str, str], ...]:
    """Return the variables, each ``{key, value}``; the vendor's command writes ``name`` too."""
    return tuple(
        (entry.required_text(_key(entry, style)), entry.text("value"))
        for entry in body.objects(_spelling(body))
    )


def _spelling(body: Body) -> str:
    return body.either("environmentVars", "envVars")


def _key(entry: Body, style: WireStyle) -> str:
    return entry.either("key", "name") if style.variables_by_name else "key"
