"""The texts of reasons, and what they are for: people. Nothing else may read them."""

import pytest

from yotta_async.fleet.rules.reasons import Reason, ReasonKind


TEXTS = [
    (ReasonKind.FAILED, ("FAILED",), "it became FAILED"),
    (ReasonKind.ENDED, ("TERMINATED",), "it became TERMINATED"),
    (ReasonKind.NOT_STARTED, (900.0,), "it was not running within 900 s"),
    (ReasonKind.NEVER_LISTED, (900.0,), "no list showed it within 900 s"),
    (ReasonKind.UNHEALTHY, (0.5,), "its ports did not answer within 0.5 s"),
    (ReasonKind.VANISHED, (), "it vanished"),
    (ReasonKind.TWIN, (), "a twin"),
    (ReasonKind.OUTDATED, (), "it was made from another spec"),
    (ReasonKind.UNWANTED, (), "not wanted any more"),
    (ReasonKind.GIVEN_UP, (), "its key was given up"),
]


@pytest.mark.parametrize(("kind", "details", "text"), TEXTS)
def test_a_reason_says_what_happened(
    kind: ReasonKind, details: tuple[object, ...], text: str
) -> None:
    assert str(Reason.of(kind, *details)) == text


def test_every_kind_has_its_text() -> None:
    assert [kind for kind, _, _ in TEXTS] == list(ReasonKind)
