"""Requests and replies as JSON has them, for a book that is not kept in Python."""

from typing import Any, Final

from .messages import (
    LINES,
    Ending,
    Grant,
    Held,
    Learned,
    Refusal,
    Reply,
    Request,
    Settings,
    Voucher,
    Whole,
)


__all__ = ["settings_of", "settings_row", "to_reply", "to_request"]

_ENDINGS: Final[tuple[Ending, ...]] = ("refunded", "answered", "unanswered")


def settings_row(plan: Settings) -> list[int]:
    """Return settings as the book keeps them."""
    return [
        plan.requests,
        plan.per,
        plan.pod_operations,
        plan.burst,
        plan.reserve,
        int(plan.settled),
        plan.grace,
    ]


def to_request(request: Request) -> dict[str, Any]:
    """Return a request as an object of whole numbers, texts and rows; 0 stands for None."""
    return {
        "session": request.session,
        "label": request.label,
        "serial": request.serial,
        "heard": request.heard,
        "epoch": request.epoch,
        "version": request.version,
        "dice": request.dice,
        "settings": settings_row(request.settings),
        "lease": request.lease,
        "voucher": 0 if request.voucher is None else _voucher_row(request.voucher),
        "doubted_for": request.doubted_for,
        "claims": [[each.line.index, each.count, each.age] for each in request.claims],
        "ended": [
            [each.number, _ENDINGS.index(each.ending), each.age, each.subject]
            for each in request.ended
        ],
        "facts": [
            [each.number, each.kind, each.age, each.granted_age, each.duration]
            for each in request.facts
        ],
        "succeeded": int(request.succeeded),
        "at_rest": list(request.at_rest),
        "held": 0 if request.held is None else [_held_row(each) for each in request.held],
        "learned": 0 if request.learned is None else _learned_row(request.learned)[1:],
        "leaving": int(request.leaving),
    }


def to_reply(document: dict[str, Any]) -> Reply:
    """Read a reply; one that refuses or was overtaken has no more than that."""
    serial, refusal = document["serial"], document["refusal"]
    if refusal:
        return Reply(serial=serial, refusal=_refusal(refusal))
    if document["overtaken"]:
        return Reply(serial=serial, overtaken=True)
    granted: list[list[int]] = document["grants"] or []
    awaited: list[str] = document["awaited"] or []
    return Reply(
        serial=serial,
        epoch=document["epoch"],
        version=document["version"],
        now=document["now"],
        grants=tuple(Grant(line=LINES[line], number=number) for line, number in granted),
        ask_in=document["ask_in"],
        tell=bool(document["tell"]),
        doubted=bool(document["doubted"]),
        awaited=tuple(awaited),
        look=bool(document["look"]),
        learned=_learned(document["learned"]),
        fresh_streak=bool(document["fresh_streak"]),
        changed=bool(document["changed"]),
        whole=_whole(document["whole"]),
    )


def _voucher_row(voucher: Voucher) -> list[int]:
    return [voucher.now, voucher.least, voucher.most, int(voucher.provisional)]


def _held_row(held: Held) -> list[Any]:
    return [
        held.number,
        held.line.index,
        held.age,
        int(held.has_ended),
        int(held.gave_up),
        held.subject,
    ]


def _learned_row(learned: Learned) -> list[int]:
    return [
        learned.allowed,
        learned.narrowed,
        learned.burst,
        int(learned.settled),
        learned.streak,
        learned.closed_for,
    ]


def _refusal(row: list[Any]) -> Refusal:
    label, schema, settings = row
    return Refusal(label=label, schema=schema, settings=settings_of(settings) if settings else None)


def settings_of(row: list[int]) -> Settings:
    """Read what `settings_row` wrote."""
    requests, per, pod_operations, burst, reserve, settled, grace = row
    return Settings(
        requests=requests,
        per=per,
        pod_operations=pod_operations,
        burst=burst,
        reserve=reserve,
        settled=bool(settled),
        grace=grace,
    )


def _learned(row: list[int]) -> Learned:
    allowed, narrowed, burst, settled, streak, closed_for = row
    return Learned(
        allowed=allowed,
        narrowed=narrowed,
        burst=burst,
        settled=bool(settled),
        streak=streak,
        closed_for=closed_for,
    )


def _whole(row: list[Any]) -> Whole:
    sessions, in_flight, free, unknown, next_credit, pod_operations, waiting = row
    urgent, normal, background = waiting
    return Whole(
        sessions=sessions,
        in_flight=in_flight,
        credits=free,
        unknown=unknown,
        next_credit=next_credit,
        pod_operations=pod_operations,
        waiting=(urgent, normal, background),
    )
