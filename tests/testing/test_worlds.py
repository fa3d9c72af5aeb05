"""Worlds: values that can be written down, and clouds that do what they say."""

import json
from random import Random
from typing import Any, get_args

import anyio
import pytest

from tests.lab import SPEC
from yotta_async import AsyncYotta, RetryPolicy
from yotta_async._call.transport import client_over
from yotta_async.errors import (
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    InsufficientBalanceError,
    MaybeSentError,
    NotSentError,
    OutOfCapacityError,
    PermissionDeniedError,
    YottaError,
)
from yotta_async.testing._world.replicas import Replicas
from yotta_async.testing._world.spells import Spell, SpellKind
from yotta_async.testing.worlds import GPU_TYPE, STRANGER, World, WorldCloud


CHEAP = SPEC.evolve(gpu_type=GPU_TYPE)


def client_of(cloud: WorldCloud) -> AsyncYotta:
    client = AsyncYotta("key", base_url="http://localhost", retry=RetryPolicy.none())
    client._account.caller.transport.new_client = lambda: client_over(cloud.transport())
    return client


@pytest.mark.parametrize("seed", range(30))
def test_a_world_survives_json(seed: int) -> None:
    world = World.random(Random(seed))
    assert World.from_dict(json.loads(json.dumps(world.to_dict()))) == world


def test_a_calm_world_needs_no_words() -> None:
    assert World().to_dict() == {}
    assert World().disturbed_until == 0.0


def test_every_kind_of_spell_and_every_field_is_drawn() -> None:
    worlds = [World.random(Random(seed)) for seed in range(600)]
    drawn = {spell.kind for world in worlds for spell in world.spells}
    assert drawn == set(get_args(SpellKind))
    changed = {name for world in worlds for name in world.to_dict()}
    never = {"pause"}
    assert changed == {each.name for each in World.__attrs_attrs__} - never


def test_a_spell_of_no_kind_is_refused() -> None:
    kind: Any = "rain"
    with pytest.raises(ConfigurationError, match="must be a kind of spell"):
        Spell(kind=kind, at=0.0)


@pytest.mark.parametrize(
    ("kind", "value", "raised"),
    [
        ("unreachable", 0.0, NotSentError),
        ("silent", 0.0, NotSentError),
        ("resetting", 0.0, MaybeSentError),
        ("firewall", 0.0, PermissionDeniedError),
        ("login", 0.0, AuthenticationError),
        ("maintenance", 0.0, YottaError),
        ("unknown", 0.0, YottaError),
        ("key", 0.0, AuthenticationError),
        ("full", 0.0, OutOfCapacityError),
        ("broke", 0.0, InsufficientBalanceError),
        ("limit", 0.0, BadRequestError),
    ],
)
async def test_a_spell_disturbs_while_it_lasts(
    kind: SpellKind, value: float, raised: type[YottaError]
) -> None:
    spell = Spell(kind=kind, at=100.0, seconds=100.0, value=value)
    cloud = World(spells=(spell,)).open()
    client = client_of(cloud)
    await client.pods.create(CHEAP)
    await anyio.sleep(150.0 - anyio.current_time())
    with pytest.raises(raised):
        await client.pods.create(CHEAP)
    await client.aclose()
    await anyio.sleep(250.0 - anyio.current_time())
    client = client_of(cloud)
    await client.pods.create(CHEAP)
    await client.aclose()


async def test_a_ban_is_waited_out() -> None:
    cloud = World(spells=(Spell(kind="ban", at=100.0, seconds=100.0, value=600.0),)).open()
    client = client_of(cloud)
    await anyio.sleep(150.0)
    await client.pods.create(CHEAP)
    assert 750.0 < anyio.current_time() < 800.0
    await client.aclose()


async def test_a_region_breaks_down_with_its_pods() -> None:
    cloud = World(spells=(Spell(kind="breakdown", at=300.0),), regions=1).open()
    client = client_of(cloud)
    pod = await client.pods.create(CHEAP)
    await anyio.sleep(400.0)
    assert (await client.pods.get(pod.id)).status == "FAILED"
    with pytest.raises(OutOfCapacityError):
        await client.pods.create(CHEAP)
    await client.aclose()


async def test_the_date_jumps_and_the_times_of_pods_do_not() -> None:
    cloud = World(spells=(Spell(kind="jump", at=10.0, value=3600.0),)).open()
    client = client_of(cloud)
    pod = await client.pods.create(CHEAP)
    await anyio.sleep(20.0)
    later = await client.pods.get(pod.id)
    assert client.server_time is not None
    assert later.created_at == pod.created_at or pod.created_at is None
    assert (client.server_time - cloud.wall()).total_seconds() == pytest.approx(3600.0, abs=2.0)
    await client.aclose()


async def test_while_the_machine_sleeps_the_clouds_time_goes_on() -> None:
    cloud = World(spells=(Spell(kind="asleep", at=200.0, seconds=7200.0),)).open()
    client = client_of(cloud)
    await client.pods.create(CHEAP)
    await anyio.sleep(300.0 - anyio.current_time())
    assert cloud.catch_up() == pytest.approx(7500.0)
    (pod,) = cloud.pods
    assert float(pod.cost) == pytest.approx(0.50 * 7400.0 / 3600.0, rel=0.05)
    await client.aclose()


async def test_strangers_pods_are_on_the_account_from_the_start() -> None:
    cloud = World(strangers=3, odd_items=2).open()
    client = client_of(cloud)
    listing = await client.pods.list()
    assert [pod.name for pod in listing] == [STRANGER] * 3
    assert len(listing.unreadable) == 2
    await client.aclose()


async def test_after_the_storm_nothing_is_by_chance() -> None:
    cloud = World(error_before=1.0, omitting=1.0, failing=1.0, dying=1.0, storm=60.0).open()
    client = client_of(cloud)
    with pytest.raises(YottaError):
        await client.pods.list()
    await anyio.sleep(60.0)
    pod = await client.pods.create(CHEAP)
    await client.pods.wait(pod.id)
    await anyio.sleep(600.0)
    assert [pod.status for pod in await client.pods.list()] == ["RUNNING"]
    await client.aclose()


async def test_pods_die_where_they_are_said_to() -> None:
    cloud = World(dying=60.0).open()
    client = client_of(cloud)
    for _ in range(5):
        await client.pods.create(CHEAP)
    await anyio.sleep(3600.0)
    assert {pod.status.value for pod in cloud.all_pods} <= {"FAILED", "TERMINATED"}
    await client.aclose()


def replicas(**changes: Any) -> Replicas:
    calm: dict[str, Any] = dict.fromkeys(("omitting", "stale", "stale_by", "flipping"), 0.0)
    calm |= {"doubling": 0.0, "odd_items": 0, "dice": Random(1), "now": lambda: 0.0}
    return Replicas(**(calm | changes))


PODS: list[object] = [{"id": number, "status": "RUNNING"} for number in range(100)]


def test_a_calm_replica_shows_what_is_true() -> None:
    assert replicas().among(PODS) == PODS


def test_a_replica_leaves_out_its_share() -> None:
    shown: Any = replicas(omitting=0.4).among(PODS)
    assert 40 < len(shown) < 80
    assert all(item in PODS for item in shown)


def test_a_replica_shows_pods_as_they_were() -> None:
    shown: Any = replicas(flipping=0.3).among(PODS)
    assert 10 < sum(item["status"] == "INITIALIZE" for item in shown) < 60


def test_a_replica_shows_pods_twice() -> None:
    shown: Any = replicas(doubling=1.0).among(PODS)
    assert [item["status"] for item in shown[:2]] == ["RUNNING", "INITIALIZE"]
    assert len(shown) == 200


def test_a_stale_replica_shows_an_earlier_list() -> None:
    now = [0.0]
    replica = replicas(stale=1.0, stale_by=50.0, now=lambda: now[0])
    replica.among(PODS[:1])
    now[0] = 40.0
    sizes = {len(replica.among(PODS)) for _ in range(30)}  # type: ignore[arg-type]
    assert sizes == {1, 100}


def test_a_replica_that_has_calmed_down_shows_what_is_true() -> None:
    replica = replicas(omitting=1.0, doubling=1.0)
    replica.calm_down()
    assert replica.among(PODS) == PODS
