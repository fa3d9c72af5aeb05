"""How the members of a fleet stand, as values for its user."""

from ..errors import PodFailedError, YottaError
from ..models import Pod
from ..models._lifecycle import Phase, phase
from ._report import FleetMember, Outcome
from .rules.members import Member
from .rules.places import Place
from .rules.reasons import ReasonKind


__all__ = ["died_of", "member_of", "outcome_of", "strangeness"]


def member_of(
    member: Member,
    pod: Pod | None,
    place: Place | None,
    hindrance: str = "",
    error: YottaError | None = None,
) -> FleetMember:
    """Return a member as others see it."""
    return FleetMember(
        key=member.key,
        stage=member.stage.name.lower(),
        since=member.since,
        generation=member.generation,
        pod=pod,
        place=place,
        reasons=_texts(member),
        hindrance=hindrance,
        reason_kinds=_kinds(member),
        error=error,
    )


def outcome_of(
    member: Member, *, pod: Pod | None = None, error: YottaError | None = None
) -> Outcome:
    """Return what became of a member that is ready, or was given up."""
    texts, kinds = _texts(member), _kinds(member)
    return Outcome(key=member.key, pod=pod, error=error, reasons=texts, reason_kinds=kinds)


def strangeness(pod: Pod | None) -> str:
    """Say that a pod is in a status about which nothing can be done; else nothing."""
    if pod is None or phase(pod.status) is not Phase.UNKNOWN:
        return ""
    return f"its status is {pod.status}, which this version does not know"


def died_of(member: Member, fleet: str) -> YottaError:
    """Return why a member was given up in whose way nothing stood."""
    history = "; ".join(_texts(member)) or "it was given up"
    message = f"pod {member.key!r} of fleet {fleet!r} did not become ready: {history}."
    hint = "Try other regions or GPU types, or look at the image."
    return PodFailedError(message, subject=member.key, hint=hint)


def _texts(member: Member) -> tuple[str, ...]:
    return tuple(reason.text for reason in member.reasons)


def _kinds(member: Member) -> tuple[ReasonKind, ...]:
    return tuple(reason.kind for reason in member.reasons)
