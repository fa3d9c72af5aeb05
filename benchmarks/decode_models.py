"""The pod of the API for the libraries that decoding is compared with: fields, types, names."""

from datetime import datetime
from decimal import Decimal

import msgspec
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from pydantic.alias_generators import to_camel

from yotta_async import PodStatus


__all__ = ["with_msgspec", "with_pydantic"]


class _Wire(BaseModel):
    """As much as ours does: frozen, what is unknown is kept, an id may come as a number."""

    model_config = ConfigDict(
        frozen=True, extra="allow", alias_generator=to_camel, coerce_numbers_to_str=True
    )


class _Variable(_Wire):
    key: str
    value: str | None


class _Port(_Wire):
    port: int
    protocol: str = "HTTP"
    host: str | None = None
    proxy_port: int | None = None
    healthy: bool | None = None
    ingress_url: str | None = None
    service_name: str | None = None


class _Pod(_Wire):
    id: str
    name: str = Field(default="", alias="podName")
    status: PodStatus | str
    region: str | None = None
    gpu_type: str | None = None
    gpu_display_name: str | None = None
    gpu_count: int | None = None
    image: str | None = None
    image_registry: str | None = None
    resource_type: str | None = None
    cloud_type: str | None = None
    container_volume_in_gb: int | None = None
    persistent_volume_in_gb: int | None = None
    persistent_mount_path: str | None = None
    shm_in_gb: int | None = None
    single_card_vram_in_gb: int | None = None
    single_card_ram_in_gb: int | None = None
    single_card_vcpu: int | None = None
    single_card_price: Decimal | None = None
    environment_vars: tuple[_Variable, ...] = ()
    expose: tuple[_Port, ...] = ()
    initialization_command: str | None = None
    internal_ip: str | None = None
    ssh_cmd: str | None = None
    network_upload_mbps: float | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class _Answer(BaseModel):
    code: int
    message: str | None
    data: list[_Pod]


_ANSWER = TypeAdapter(_Answer)


def with_pydantic(body: bytes) -> list[_Pod]:
    return _ANSWER.validate_json(body).data


class _QuickWire(msgspec.Struct, frozen=True, rename="camel"):
    """Less than ours does: what is unknown is lost, ids stay numbers, times milliseconds."""


class _QuickVariable(_QuickWire, frozen=True):
    key: str
    value: str | None


class _QuickPort(_QuickWire, frozen=True):
    port: int
    protocol: str = "HTTP"
    host: str | None = None
    proxy_port: int | None = None
    healthy: bool | None = None
    ingress_url: str | None = None
    service_name: str | None = None


class _QuickPod(_QuickWire, frozen=True, kw_only=True):
    id: int
    name: str = msgspec.field(default="", name="podName")
    status: str
    region: str | None = None
    gpu_type: str | None = None
    gpu_count: int | None = None
    image: str | None = None
    container_volume_in_gb: int | None = None
    persistent_volume_in_gb: int | None = None
    single_card_price: Decimal | None = None
    environment_vars: tuple[_QuickVariable, ...] = ()
    expose: tuple[_QuickPort, ...] = ()
    internal_ip: str | None = None
    created_at: int | None = None
    updated_at: int | None = None


class _QuickAnswer(msgspec.Struct, frozen=True):
    code: int
    message: str | None
    data: list[_QuickPod]


_DECODER = msgspec.json.Decoder(_QuickAnswer)


def with_msgspec(body: bytes) -> list[_QuickPod]:
    return _DECODER.decode(body).data
