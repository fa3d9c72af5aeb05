"""The keyword arguments that editors offer are the fields that there are."""

import attrs

from yotta_async.models import PodFields, PodSpec


def test_every_field_of_a_spec_can_be_given_by_name() -> None:
    assert set(PodFields.__annotations__) == {field.name for field in attrs.fields(PodSpec)}
