"""What users do, drawn at random: the steps of a case as plain fields."""

from random import Random
from typing import Any, Final


__all__ = ["HOURS", "plot"]

# How long a case lasts at least, in hours, where that is not said.
HOURS: Final = (0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 2.0)

Fields = dict[str, Any]
# Seconds in which a user without hours to spend does something.
_SOON: Final = 900.0


def plot(dice: Random, hours: float) -> list[Fields]:
    """
    Return the steps of a case, in order.

    Args:
        dice: The source of chance.
        hours: How long the case lasts at least.
    """
    kind = dice.choice((_pods, _pods, _fleet, _fleet, _fleet, _restarted, _two_programs, _mixed))
    span = max(_SOON, min(hours, 3.0) * 3600.0 * 0.6)
    steps = kind(dice, span)
    if dice.random() < 0.1:
        steps.append(_step(0.0, "hook"))
    if dice.random() < 0.15:
        number = dice.choice((20, 60, 90, 120, dice.randrange(40, 140)))
        client = dice.choice(steps).get("client", 0)
        steps.append(_step(_soon(dice), "burst", client, number=number))
    return sorted(steps, key=lambda step: float(step["at"]))


def _step(at: float, verb: str, client: int = 0, **arguments: Any) -> Fields:
    fields: Fields = {"at": round(at, 2), "verb": verb}
    fields |= {"client": client} if client else {}
    return fields | ({"arguments": arguments} if arguments else {})


def _soon(dice: Random, mean: float = 60.0) -> float:
    return dice.expovariate(1.0 / mean)


# Users of single pods.


def _pods(dice: Random, span: float, client: int = 0) -> list[Fields]:
    steps: list[Fields] = []
    for number in range(dice.choice((1, 1, 2, 3, 5, 8))):
        steps += _one_pod(dice, span, client, number)
    if dice.random() < 0.2:
        steps.append(_step(_soon(dice), "watch", client, changes=dice.choice((3, 1000))))
    if dice.random() < 0.15:
        steps.append(_step(dice.uniform(0.0, span), "close", client))
    return steps


def _one_pod(dice: Random, span: float, client: int, number: int) -> list[Fields]:
    pod = f"{'abcdefghij'[number]}{client}"
    at = dice.choice((0.0, 0.0, round(dice.uniform(0.0, 60.0), 2)))
    create: Fields = {"pod": pod, "as": f"create-{pod}"}
    if dice.random() < 0.15:
        create["name"] = "chosen"
    if dice.random() < 0.15:
        create["within"] = round(_soon(dice, 2.0), 3)
    steps = [_step(at, "create", client, **create)]
    if dice.random() < 0.2:
        steps.append(_cancel(dice, at + _soon(dice, 0.5), client, f"create-{pod}"))
    return steps + _life_of(dice, at + dice.choice((1.0, 30.0, 60.0)), span, client, pod)


def _life_of(dice: Random, at: float, span: float, client: int, pod: str) -> list[Fields]:
    steps: list[Fields] = []
    for _ in range(dice.choice((0, 1, 2, 4))):
        verb = dice.choice(("wait", "wait", "get", "list", "pause", "resume", "wait"))
        given: Fields = {} if verb == "list" else {"pod": pod}
        if verb == "wait":
            given["until"] = dice.choice(("ready", "ready", "RUNNING", "PAUSED", "gone"))
            given["timeout"] = dice.choice((30.0, 300.0, 900.0))
        steps.append(_step(at, verb, client, **given))
        at += _soon(dice, span / 6)
    if dice.random() < 0.7:
        steps.append(_step(at, "delete", client, pod=pod))
        if dice.random() < 0.5:
            steps.append(_step(at + 1.0, "wait", client, pod=pod, until="gone", timeout=900.0))
    return steps


def _cancel(dice: Random, at: float, client: int, what: str) -> Fields:
    how: Fields = {"by": dice.choice(("task", "scope"))}
    if dice.random() < 0.4:
        # In the very turn in which another call ends, and gives this one its turn.
        how["on"] = dice.choice(("createPod", "createPod", "listPods"))
    else:
        how["turns"] = dice.choice((0, 0, 1, 3, 7))
    return _step(at, "cancel", client, what=what, **how)


# Users of fleets.


def _fleet(dice: Random, span: float, client: int = 0, name: str = "crew") -> list[Fields]:
    number = dice.choice((1, 2, 3, 3, 5, 5, 8, 12))
    asked: Fields = {"fleet": name, "pods": number} | _settings(dice)
    steps = [_step(dice.choice((0.0, 3.0)), "fleet", client, **asked)]
    at = dice.choice((20.0, 200.0))
    for _ in range(dice.choice((0, 1, 1, 2, 3))):
        at += _soon(dice, span / 5)
        steps.append(_change(dice, at, client, name, number))
    if dice.random() < 0.6:
        steps.append(_ending(dice, at + _soon(dice, span / 5), client, name))
    return steps


def _settings(dice: Random) -> Fields:
    chosen: Fields = {
        "on_exit": dice.choice(("pause", "keep")),
        "replacements": dice.choice((0, 1, 5)),
        "max_total": dice.choice((0.5, 5.0)),
        "max_per_hour": dice.choice((30.0, 100.0)),
        "max_lifetime": dice.choice((300.0, 3600.0)),
        "min_ready": dice.choice((1, 0.5)),
        "strategy": "spread",
        "exit_timeout": 400.0,
        "raises": True,
    }
    return {key: chosen[key] for key in sorted(chosen) if dice.random() < 0.15}


def _change(dice: Random, at: float, client: int, name: str, number: int) -> Fields:
    verb = dice.choice(("scale", "scale", "release", "launch", "map", "up", "down"))
    given: Fields = {"in": name}
    if verb == "scale":
        given["number"] = dice.choice((0, 1, number, number + 3))
    elif verb == "release":
        given["number"] = 1
    elif verb == "launch":
        given |= {"pods": max(1, number - dice.choice((0, 0, 1))), "mark": f"v{dice.randrange(9)}"}
    elif verb == "map":
        given |= {"items": dice.choice((3, 10)), "seconds": dice.choice((5.0, 60.0, 300.0))}
        given |= {"poison": [1]} if dice.random() < 0.2 else {}
    return _step(at, verb, client, **given)


def _ending(dice: Random, at: float, client: int, name: str) -> Fields:
    kind = dice.choice(("leave", "cancel", "signal", "close"))
    if kind == "cancel":
        return _cancel(dice, at, client, name)
    if kind == "close":
        return _step(at, "close", client)
    given = {"name": dice.choice(("SIGINT", "SIGTERM", "SIGHUP"))} if kind == "signal" else {}
    return _step(at, kind, client, **({"in": name} | given))


# Programs that are killed and run again, and several at once.


def _restarted(dice: Random, span: float) -> list[Fields]:
    number = dice.choice((1, 2, 3, 5))
    asked: Fields = {"fleet": "crew", "pods": number} | _settings(dice)
    steps, at = [_step(0.0, "fleet", **asked)], 0.0
    for _ in range(dice.choice((1, 1, 2))):
        at += dice.choice((_soon(dice, 2.0), _soon(dice, 30.0), _soon(dice, span / 4)))
        steps.append(_step(at, "kill"))
        at += dice.choice((0.1, 5.0, 100.0))
        steps.append(_step(at, "fleet", **asked))
    if dice.random() < 0.4:
        steps.append(_change(dice, at + _soon(dice, 100.0), 0, "crew", number))
    return steps


def _two_programs(dice: Random, span: float) -> list[Fields]:
    if dice.random() < 0.5:
        return _fleet(dice, span) + _fleet(dice, span, 1, "other")
    first = _step(0.0, "fleet", fleet="crew", pods=dice.choice((1, 3)))
    at = dice.choice((0.0, 1.0, _soon(dice, 60.0), _soon(dice, span / 3)))
    return [first, _step(at, "fleet", 1, fleet="crew", pods=dice.choice((1, 3)))]


def _mixed(dice: Random, span: float) -> list[Fields]:
    steps = _fleet(dice, span) + _pods(dice, span, dice.choice((0, 1)))
    if dice.random() < 0.3:
        steps.append(_step(dice.uniform(0.0, span), "kill", dice.choice((0, 1))))
    return steps
