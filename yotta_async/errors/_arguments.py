"""
Wrong arguments: a `TypeError` that names the right one, for whoever writes another word for it.

A call is looked at only after Python has refused it: one that is right costs a frame.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import wraps
from typing import Final, ParamSpec, TypeVar


__all__ = ["did_you_mean", "explained", "explains", "meant"]

P = ParamSpec("P")
R = TypeVar("R")
C = TypeVar("C", bound=type)

# What other clients of this service, other clouds and our own other calls say for the same thing.
_MEANT: Final[Mapping[str, tuple[str, ...]]] = {
    "accelerator": ("gpu_type",),
    "accelerators": ("gpu_type",),
    "args": ("initialization_command",),
    "auth_id": ("credential_id",),
    "card": ("gpu_type",),
    "cloud": ("cloud_type",),
    "cmd": ("initialization_command",),
    "command": ("initialization_command",),
    "concurrency": ("pod_operations",),
    "container_registry_auth_id": ("credential_id",),
    "cost": ("max_total", "max_per_hour"),
    "count": ("gpu_count", "number", "pods"),
    "cpu": ("min_single_card_vcpu",),
    "datacenter": ("region", "regions"),
    "deadline": ("max_lifetime", "timeout"),
    "delete": ("on_exit",),
    "disk": ("container_volume_in_gb",),
    "docker_args": ("initialization_command",),
    "endpoint": ("base_url",),
    "env": ("environment",),
    "env_vars": ("environment",),
    "envs": ("environment",),
    "environment_vars": ("environment",),
    "environment_variables": ("environment",),
    "func": ("work",),
    "function": ("work",),
    "gpu": ("gpu_type", "gpu_types", "gpu_count"),
    "gpu_id": ("gpu_type", "gpu_types"),
    "gpu_model": ("gpu_type", "gpu_types"),
    "gpu_name": ("gpu_type", "gpu_types"),
    "gpus": ("gpu_type", "gpu_types", "gpu_count"),
    "gpus_per_pod": ("gpu_count",),
    "hook": ("on_event",),
    "host": ("base_url",),
    "hourly": ("max_per_hour",),
    "init_command": ("initialization_command",),
    "instance_type": ("gpu_type",),
    "interval": ("per", "initial"),
    "key": ("api_key",),
    "lifetime": ("max_lifetime",),
    "limit": ("max_per_hour", "max_total", "requests", "limits"),
    "location": ("region", "regions"),
    "max": ("max_total", "max_per_hour", "maximum"),
    "max_concurrency": ("pod_operations",),
    "max_cost": ("max_total", "max_per_hour"),
    "max_price": ("max_per_hour",),
    "max_replacements": ("replacements",),
    "max_requests": ("requests",),
    "max_retries": ("attempts", "replacements", "retry"),
    "memory": ("min_single_card_ram_in_gb",),
    "minimum": ("min_ready",),
    "mode": ("strategy", "service_mode"),
    "mount_path": ("persistent_mount_path",),
    "n": ("number", "pods"),
    "num": ("number", "pods"),
    "num_gpus": ("gpu_count",),
    "number_of_gpus": ("gpu_count",),
    "operations": ("pod_operations",),
    "order": ("strategy",),
    "password": ("image_registry_token",),
    "period": ("per",),
    "pod_name": ("name",),
    "pods": ("specs", "number", "pod_operations"),
    "policy": ("replace", "retry", "strategy"),
    "port": ("expose", "port"),
    "ports": ("expose",),
    "price": ("max_per_hour", "prices"),
    "proxy": ("http_client",),
    "ram": ("min_single_card_ram_in_gb",),
    "rate": ("requests",),
    "rate_limit": ("requests", "limits"),
    "region_list": ("regions",),
    "registry": ("image_registry",),
    "replicas": ("number", "workers"),
    "requests_per_minute": ("requests",),
    "retries": ("attempts", "retry", "replacements"),
    "rpm": ("requests",),
    "script": ("initialization_command",),
    "seconds": ("timeout", "per"),
    "secret": ("api_key", "image_registry_token"),
    "size": ("number", "page_size"),
    "spec": ("specs",),
    "startup": ("initialization_command",),
    "startup_script": ("initialization_command",),
    "state": ("statuses", "until"),
    "states": ("statuses",),
    "target": ("number",),
    "tag": ("name",),
    "token": ("api_key", "image_registry_token"),
    "total": ("max_total",),
    "ttl": ("max_lifetime",),
    "type": ("gpu_type", "resource_type"),
    "url": ("base_url",),
    "variables": ("environment",),
    "vcpu": ("min_single_card_vcpu",),
    "version": ("api_version",),
    "volume": ("persistent_volume_in_gb", "persistent_volumes"),
    "volumes": ("persistent_volumes",),
    "vram": ("min_single_card_vram_in_gb",),
    "where": ("placement", "regions"),
    "window": ("per",),
    "worker": ("work", "workers"),
    "zone": ("region", "regions"),
    "zones": ("regions",),
}
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_KEYWORD_ONLY: Final = 3  # as `inspect.Parameter` counts kinds
_NAMED: Final = (1, _KEYWORD_ONLY)
_VAR_KEYWORD: Final = 4


def did_you_mean(word: str, known: Collection[str]) -> str:
    """Return a question for the known word that is most like this one, or an empty text."""
    from difflib import get_close_matches  # noqa: PLC0415  # only mistakes pay for it

    folded = {each.casefold(): each for each in known}
    found = get_close_matches(word.casefold(), folded, n=2, cutoff=0.75)
    return f"Did you mean {' or '.join(folded[each] for each in found)}?" if found else ""


def explained(function: Callable[P, R]) -> Callable[P, R]:
    """Return a function whose `TypeError` for a wrong argument names the right one."""

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except TypeError:
            better = _explanation(function, args, kwargs)
            if better is None:
                raise  # it comes from within
        raise TypeError(better)

    return call


def explains(kind: C) -> C:
    """Have the constructor of a class explain wrong arguments."""
    setattr(kind, "__init__", explained(vars(kind)["__init__"]))  # noqa: B010  # of any class
    return kind


def _explanation(
    function: Callable[..., object], args: tuple[object, ...], given: Mapping[str, object]
) -> str | None:
    """Return what is wrong with a call that the function's signature refuses, else None."""
    from inspect import signature  # noqa: PLC0415  # only mistakes pay for it

    parameters = [each for each in signature(function).parameters.values() if each.name != "self"]
    bound = args[1:] if "self" in signature(function).parameters else args
    kinds = {each.name: int(each.kind) for each in parameters}
    names = [name for name, kind in kinds.items() if kind in _NAMED]
    unknown = [name for name in given if name not in kinds and _VAR_KEYWORD not in kinds.values()]
    if unknown:
        return f"{_called(function)} has no argument {unknown[0]!r}. {meant(unknown[0], names)}"
    by_name = [f"{name}=" for name in names if kinds[name] == _KEYWORD_ONLY]
    if by_name and len(bound) > len(names) - len(by_name):
        return f"{_called(function)} takes {_listed(by_name)} by name."
    return None


def _called(function: Callable[..., object]) -> str:
    name = getattr(function, "__qualname__", repr(function))
    return f"{name.removesuffix('.__init__')}()"


def meant(word: str, names: Collection[str]) -> str:
    """Ask for the argument that a wrong word means, or list all."""
    plain = _HUMP.sub("_", word).replace("-", "_").lower()
    singular = plain.removesuffix("s")
    other_words = _MEANT.get(plain) or _MEANT.get(singular, ())
    likely = (plain, *other_words, f"{plain}s", singular)
    found = list(dict.fromkeys(name for name in likely if name in names))
    if found:
        return f"Did you mean {' or '.join(f'{name}=' for name in found[:3])}?"
    asked = did_you_mean(plain, names)
    return asked.replace("?", "=?") if asked else f"It takes {_listed(f'{n}=' for n in names)}."


def _listed(names: Iterable[str]) -> str:
    *others, last = [*names] or ["nothing"]
    return f"{', '.join(others)} and {last}" if others else last
