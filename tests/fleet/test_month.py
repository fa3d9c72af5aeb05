"""Two days of the month that ``python -m tests.fleet.month`` lives through."""

from tests.fleet.month import complaints, story_of


def test_r3_a_fleet_on_a_bad_cloud_is_kept_as_it_was_asked_for() -> None:
    """[R1, R3] Failures, faults, an outage and a kill."""
    story = story_of(2.0)
    assert complaints(story, 2.0) == []
    assert story.failures > 200
    assert story.kills == 1
