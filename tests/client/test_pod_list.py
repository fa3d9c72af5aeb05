"""The list of all pods: what did not change is the same object, and all else is as read anew."""

import copy
import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.models.bodies import POD
from tests.models.mutations import mutated
from yotta_async._call.rules.reply import decode
from yotta_async._resources.pods.listing import PodList
from yotta_async.errors import InvalidResponseError
from yotta_async.models import Listing, Pod, structure


Raw = dict[str, Any]

scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
)
values = st.recursive(
    scalars | st.text(max_size=4) | st.sampled_from(["data", '"data": [{', "[{", "]}"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["data", "id", "code", ""]), inner, max_size=3)
    ),
    max_leaves=8,
)
items = st.dictionaries(st.sampled_from(["id", "data", "name"]), values, max_size=3)
envelopes = st.dictionaries(
    st.sampled_from(["code", "message", "data", "", "more"]),
    st.lists(items, max_size=5) | values,
    max_size=4,
)
layouts: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [{}, {"separators": (",", ":")}, {"indent": 1}, {"ensure_ascii": False}, {"sort_keys": True}]
)
changing = st.fixed_dictionaries(
    {"id": st.integers(0, 4), "status": st.integers(0, 2)},
    optional={"gpuCount": st.integers(0, 2), "unheardOf": st.lists(st.integers(0, 1), max_size=2)},
)


def raw(number: int, **changes: object) -> Raw:
    return copy.deepcopy(POD) | {"id": number, "name": f"pod-{number}"} | changes


def body(pods: object, *, layout: Raw | None = None, **more: object) -> bytes:
    return json.dumps({"code": 10000, "data": pods, **more}, **(layout or {})).encode()


def read(pod_list: PodList, content: bytes) -> Listing[Pod]:
    decoded = pod_list.decode(content)
    assert isinstance(decoded, dict)
    return pod_list.read(decoded.get("data"), "listPods")


def data_of(decoded: object) -> list[object]:
    assert isinstance(decoded, dict)
    found: list[object] = decoded["data"]
    return found


def same(before: Sequence[object], after: Sequence[object]) -> list[bool]:
    return [was is now for was, now in zip(before, after, strict=True)]


@given(st.lists(st.tuples(envelopes, layouts), max_size=4))
def test_what_is_decoded_is_what_decoding_it_whole_gives(answers: list[tuple[Raw, Raw]]) -> None:
    pod_list = PodList()
    for envelope, layout in [*answers, *answers]:
        content = json.dumps(envelope, **layout).encode()
        assert pod_list.decode(content) == decode(content)


@given(st.lists(st.tuples(st.lists(changing, max_size=6), layouts), max_size=6))
def test_whatever_came_before_a_list_is_read_as_it_is(answers: list[tuple[list[Raw], Raw]]) -> None:
    pod_list = PodList()
    for pods, layout in answers:
        found, expected = read(pod_list, body(pods, layout=layout)), structure(pods, list[Pod])
        assert found == expected
        assert [pod.extra for pod in found] == [pod.extra for pod in expected]


@given(st.lists(st.tuples(st.lists(changing, max_size=4), st.booleans()), max_size=6))
def test_lists_that_overtake_each_other_are_read_as_they_are(
    answers: list[tuple[list[Raw], bool]],
) -> None:
    pod_list, waiting = PodList(), list[tuple[object, list[Raw]]]()
    for pods, is_read_at_once in answers:
        waiting.append((data_of(pod_list.decode(body(pods))), pods))
        while is_read_at_once and waiting:
            data, expected = waiting.pop()
            assert pod_list.read(data) == structure(expected, list[Pod])


@given(st.lists(st.binary(max_size=3), max_size=4), st.integers(0, 200))
def test_whatever_is_wrong_it_says_what_decoding_whole_says(parts: list[bytes], cut: int) -> None:
    pod_list, whole = PodList(), body([{"id": 1, "status": 1}, {"id": 2, "status": 1}])
    read(pod_list, whole)
    spoilt = whole[:cut] + b"".join(parts) + whole[cut + 1 :]
    try:
        expected: object = decode(spoilt)
    except ValueError as error:
        with pytest.raises(type(error)):
            pod_list.decode(spoilt)
    else:
        assert pod_list.decode(spoilt) == expected
    assert pod_list.decode(whole) == decode(whole)


@pytest.mark.parametrize(
    "text",
    [
        '{"data": [{"a": 1}], "data": []}',
        '{"data": [{"a": 1}], "d\\u0061ta": []}',
        '{"data": [{"a": 1}], "data": [{"b": 2}]}',
        '{"data": 1, "data": [{"b": 2}]}',
        '{"meta": {"data": [{"a": 1}]}, "data": []}',
        '{"meta": {"data": [{"a": 1}]}, "data": [{"b": 2}]}',
        '{"meta": [{"data": [{"a": 1}]}]}',
        '{"data": {"data": [{"a": 1}]}}',
        '{"message": "\\"data\\": [{", "data": [{"a": 1}]}',
        '{"data": [{"a": 1}, 7, {"b": 2}]}',
        '{"data": [[{"a": 1}]]}',
        '{"data": [{"a": 1}], "": [1]}',
        ' {\n"data" :\t[ {"a": 1} , {"b": 2} ] } ',
        '[{"data": [{"a": 1}]}]',
        '{"data": [{"a": 1}, {"a": 1}]}',
        '{"data": []}',
    ],
)
def test_a_list_counts_only_as_the_envelope_s_own(text: str) -> None:
    pod_list = PodList()
    for _ in range(2):
        assert pod_list.decode(text.encode()) == json.loads(text)


@pytest.mark.parametrize(
    "text",
    [
        '{"data": [{"a": 1}}',
        '{"data": [{"a": 1},]}',
        '{"data": [{"a": 1} {"b": 2}]}',
        '{"data": [{"a": 1}]} x',
        '{"data": [{"a": 1}',
        '{"data": [{"a": ' + "[" * 100_000 + "}]}",
    ],
    ids=lambda text: f"{text[:30]} of {len(text)}",
)
def test_what_is_no_json_is_refused_each_time(text: str) -> None:
    pod_list = PodList()
    read(pod_list, body([raw(1)]))
    with pytest.raises((ValueError, RecursionError)) as expected:
        decode(text.encode())
    for _ in range(2):
        with pytest.raises(expected.type) as caught:
            pod_list.decode(text.encode())
        assert str(caught.value) == str(expected.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_any_encoding_that_json_may_have_is_read(encoding: str) -> None:
    pod_list, content = PodList(), body([raw(1), raw(2)], note="ü").decode().encode(encoding)
    before, after = read(pod_list, content), read(pod_list, content)
    assert before == structure([raw(1), raw(2)], list[Pod])
    assert same(before, after) == [True, True]


UNUSABLE = ("NaN", "-Infinity", "1e400", "-1e999999", "7" * 1001, "[" * 5000 + "]" * 5000)


@pytest.mark.parametrize("text", UNUSABLE, ids=lambda text: f"{text[:8]} of {len(text)}")
@pytest.mark.parametrize("name", ["gpuCount", "status", "unheardOf"])
def test_l1_what_no_field_can_hold_spoils_its_own_item_alone(name: str, text: str) -> None:
    """[L1] In a list of three, two are read, and the third is known by its id."""
    pod_list = PodList()
    for _ in range(2):
        content = body([raw(1), raw(2) | {name: "@"}, raw(3)]).replace(b'"@"', text.encode())
        listing = read(pod_list, content)
        assert [pod.id for pod in listing] == ["1", "3"]
        assert [(odd.id, odd.name) for odd in listing.unreadable] == [("2", "pod-2")]
        assert text[:8] not in str(listing.unreadable[0])


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        (lambda pods: pods, "01234"),
        (lambda pods: [raw(0, status=3), *pods[1:]], "1234"),
        (lambda pods: [*pods[:2], raw(2, status=3), *pods[3:]], "0134"),
        (lambda pods: pods[1:], "1234"),
        (lambda pods: pods[:2] + pods[3:], "0134"),
        (lambda pods: pods[:-1], "0123"),
        (lambda pods: [raw(9), *pods], "01234"),
        (lambda pods: [*pods[:2], raw(9), *pods[2:]], "01234"),
        (lambda pods: [*pods, raw(9)], "01234"),
        (lambda pods: pods[::-1], "01234"),
        (lambda pods: [{**pods[4], "id": 0}, *pods[1:]], "1234"),
        (lambda _: [], ""),
    ],
    ids=[
        "all",
        "first changed",
        "one changed",
        "first gone",
        "one gone",
        "last gone",
        "first new",
        "one new",
        "last new",
        "reversed",
        "another id",
        "none",
    ],
)
@pytest.mark.parametrize("layout", [{}, {"indent": 1}, {"sort_keys": True}], ids=repr)
def test_what_did_not_change_is_the_same_object(
    change: Callable[[list[Raw]], list[Raw]], kept: str, layout: Raw
) -> None:
    """It may stand elsewhere, and be written in another way."""
    pod_list, pods = PodList(), [raw(number) for number in range(5)]
    before = {id(pod): pod.id for pod in read(pod_list, body(pods))}
    after = read(pod_list, body(change(pods), layout=layout))
    assert sorted(before[id(pod)] for pod in after if id(pod) in before) == list(kept)
    assert after == structure(change(pods), list[Pod])


def test_a_port_that_becomes_healthy_is_a_change() -> None:
    pod_list, pods = PodList(), [raw(number) for number in range(3)]
    before = read(pod_list, body(pods))
    pods[1]["expose"][1]["healthy"] = True
    after = read(pod_list, body(pods))
    assert same(before, after) == [True, False, True]
    assert (before[1].is_ready, after[1].is_ready) == (False, True)


def test_an_item_whose_text_stands_again_is_neither_decoded_nor_compared() -> None:
    pod_list, content = PodList(), body([raw(number) for number in range(3)])
    first, second = data_of(pod_list.decode(content)), None
    pod_list.read(first)
    second = data_of(pod_list.decode(content))
    assert same(first, second) == [True, True, True]


def test_an_envelope_may_change_around_a_list_that_does_not() -> None:
    pod_list, pods = PodList(), [raw(number) for number in range(3)]
    contents = [body(pods, trace=trace) for trace in (1, 2)]
    before, after = (read(pod_list, content) for content in contents)
    assert all(same(before, after))
    assert pod_list.decode(contents[1]) == decode(contents[1])


@pytest.mark.parametrize("refused", [None, [{"field": "region"}]], ids=repr)
def test_a_refused_answer_in_between_is_forgotten(refused: object) -> None:
    pod_list, content = PodList(), body([raw(number) for number in range(3)])
    before = read(pod_list, content)
    with pytest.raises(ValueError, match="Expecting"):
        pod_list.decode(content[:-5])
    answer = {"code": 429, "data": refused}
    assert pod_list.decode(json.dumps(answer).encode()) == answer
    assert all(same(before, read(pod_list, content)))


def test_a_list_belongs_to_whoever_asked_for_it() -> None:
    pod_list, content = PodList(), body([raw(1), raw(2)])
    decoded = pod_list.decode(content)
    pod_list.read(data_of(decoded)).clear()
    data_of(decoded).clear()
    assert len(read(pod_list, content)) == 2


def test_l1_an_item_that_cannot_be_read_is_kept_beside_the_rest_with_its_place() -> None:
    """[L1] And the rest are the same objects as before."""
    pod_list, pods = PodList(), [raw(number) for number in range(5)]
    before, spoilt = read(pod_list, body(pods)), copy.deepcopy(pods)
    spoilt[3]["expose"][0]["port"] = "x"
    for _ in range(2):
        listing = read(pod_list, body(spoilt))
        (odd,) = listing.unreadable
        assert (odd.id, odd.path) == ("3", "[3].expose[0].port")
        assert all(same([*before[:3], before[4]], listing))


def test_l1_an_unreadable_item_tells_where_it_stands_now() -> None:
    """[L1] Though its text is the same, and it is not read again."""
    pod_list, odd = PodList(), raw(7, gpuCount="two")
    assert read(pod_list, body([raw(1), odd])).unreadable[0].path == "[1].gpuCount"
    first = read(pod_list, body([odd, raw(1)])).unreadable
    assert first[0].path == "[0].gpuCount"
    again = read(pod_list, body([odd, raw(1)])).unreadable
    assert again[0] is first[0]


@pytest.mark.parametrize("data", [None, 5, "[]", {"id": 1}], ids=repr)
def test_what_is_no_array_is_refused(data: object) -> None:
    with pytest.raises(InvalidResponseError, match="data: expected an array"):
        read(PodList(), body(data))


ODD: list[Any] = [None, 5, "a pod", [], {}, {"id": []}, {"id": None, "status": 1}, {"id": 9}]


@pytest.mark.parametrize("item", ODD, ids=repr)
def test_l1_what_is_no_pod_hides_none(item: object) -> None:
    """[L1] Wherever it stands."""
    pod_list = PodList()
    read(pod_list, body([raw(1)]))
    for pods in ([item], [raw(1), item], [item, raw(1)], [item, item, item]):
        listing = read(pod_list, body(pods))
        assert [pod.id for pod in listing] == ["1"] * pods.count(raw(1))
        assert len(listing.unreadable) == pods.count(item)


mutations = st.tuples(st.integers(0, 4), st.randoms(use_true_random=False))


@given(st.lists(mutations, min_size=1, max_size=6))
def test_l1_whatever_one_item_becomes_the_others_are_read(spoils: list[tuple[int, Random]]) -> None:
    """[L1] One of five is spoilt in each list, in another way each time."""
    pod_list = PodList()
    for place, dice in spoils:
        texts = [json.dumps(raw(number)) for number in range(5)]
        texts[place] = mutated(raw(place), dice)
        listing = read(pod_list, f'{{"code": 10000, "data": [{", ".join(texts)}]}}'.encode())
        others = structure([raw(number) for number in range(5) if number != place], list[Pod])
        assert len(listing) + len(listing.unreadable) == 5
        assert [pod for pod in others if pod in listing] == others


def test_l1_an_item_that_is_almost_another_does_not_stay_in_its_place() -> None:
    """[L1] Python says that false equals 0."""
    pod_list = PodList()
    assert read(pod_list, body([raw(0, id=False)])).unreadable
    assert [pod.id for pod in read(pod_list, body([raw(0)]))] == ["0"]
