"""An operation filled in: parts stay in their place, and nothing is added or lost."""

from urllib.parse import parse_qsl, quote, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yotta_async._call.rules.operation import Operation, QueryValue, Repeat, encode_query
from yotta_async._scheduling.rules.lanes import Lane
from yotta_async.errors import ConfigurationError


GET = Operation(id="getPod", method="GET", path="/v2/pods/{pod_id}/logs/{kind}")


def path(pod_id: str) -> str:
    return GET.call(pod_id=pod_id, kind="all").path


@pytest.mark.parametrize(
    ("part", "quoted"),
    [
        ("420522713875330018", "420522713875330018"),
        ("../../v2/keys", "..%2F..%2Fv2%2Fkeys"),
        ("a/b", "a%2Fb"),
        ("a?b=c", "a%3Fb%3Dc"),
        ("a#b", "a%23b"),
        ("a;b&c", "a%3Bb%26c"),
        ("a b", "a%20b"),
        ("%2e%2e", "%252e%252e"),
        ("a\\b", "a%5Cb"),
        ("pöd", "p%C3%B6d"),
        ("...", "..."),
        ("{kind}", "%7Bkind%7D"),
    ],
)
def test_a_part_of_the_path_is_quoted(part: str, quoted: str) -> None:
    assert path(part) == f"/v2/pods/{quoted}/logs/all"


NOT_AN_ID = ["", ".", "..", "a\nb", "a\rb", "a\tb", "\x00", "\x7f", "\u2028", "\u202e", "\ud800"]


@pytest.mark.parametrize("part", NOT_AN_ID, ids=ascii)
def test_what_cannot_be_an_id_is_refused(part: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        path(part)
    assert caught.value.field == "pod_id"
    assert caught.value.value == ascii(part)
    assert caught.value.hint
    assert str(caught.value).isprintable()


def test_an_id_is_no_longer_than_any_is() -> None:
    assert path("7" * 255)
    with pytest.raises(ConfigurationError, match="pod_id"):
        path("7" * 256)


def test_a_value_of_a_query_is_no_longer_than_servers_take() -> None:
    assert encode_query({"a": "b" * 2000})
    with pytest.raises(ConfigurationError, match=r"a=.*must have at most 2000 characters"):
        encode_query({"a": "b" * 2001})


def test_a_query_is_no_longer_than_servers_take() -> None:
    with pytest.raises(ConfigurationError, match="fewer") as caught:
        encode_query({"a": ["b" * 100] * 100, "c": 1})
    assert caught.value.field == "a, c"


@pytest.mark.parametrize("part", [7, None, b"7", True], ids=repr)
def test_an_id_is_text(part: object) -> None:
    with pytest.raises(ConfigurationError, match=r"pod_id=.*must be text"):
        path(part)  # type: ignore[arg-type]  # what an untyped caller does


@given(st.text())
def test_no_part_leaves_its_place(part: str) -> None:
    try:
        filled = path(part)
    except ConfigurationError:
        assert part in {"", ".", ".."} or not part.isprintable()
        return
    target = urlsplit(f"https://host.example{filled}")
    segments = target.path.split("/")
    assert (target.netloc, target.query, target.fragment) == ("host.example", "", "")
    assert [segments[:3], segments[4:]] == [["", "v2", "pods"], ["logs", "all"]]
    assert unquote(segments[3]) == part
    assert segments[3] not in {"", ".", ".."}


@pytest.mark.parametrize(
    ("query", "encoded"),
    [
        ({}, ""),
        ({"a": None}, ""),
        ({"a": 1, "b": None, "c": "x"}, "a=1&c=x"),
        ({"all": True, "none": False}, "all=true&none=false"),
        ({"statusList": [1, 3]}, "statusList=1%2C3"),
        ({"regionList": ("us-east-1", "eu-1")}, "regionList=us-east-1%2Ceu-1"),
        ({"a": []}, ""),
        ({"a": ""}, "a="),
        ({"a": 0}, "a=0"),
        ({"a": "b c&d=e/ü"}, "a=b+c%26d%3De%2F%C3%BC"),
        ({"a b": "#"}, "a+b=%23"),
    ],
)
def test_a_query_is_encoded(query: dict[str, QueryValue], encoded: str) -> None:
    assert encode_query(query) == encoded


SURROGATES = st.characters(categories=["Cs"])
# Short and few enough that no query is too long, though each character becomes twelve.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)


COMMALESS = TEXTS.filter(lambda text: "," not in text)


@given(st.dictionaries(TEXTS, st.lists(COMMALESS | st.integers(), max_size=3), max_size=5))
def test_v8_a_list_in_a_query_is_joined_by_commas(query: dict[str, list[str | int]]) -> None:
    """V8: as all known clients of the service send it."""
    pairs = [(key, ",".join(map(str, values))) for key, values in query.items() if values]
    assert parse_qsl(encode_query(query), keep_blank_values=True) == pairs


def test_v8_an_item_of_a_list_has_no_comma_of_its_own() -> None:
    """V8: it would be read as two."""
    with pytest.raises(
        ConfigurationError, match=r"regionList=eu-1,eu-2: must not contain a comma"
    ) as caught:
        encode_query({"regionList": ["us-east-1", "eu-1,eu-2"]})
    assert caught.value.field == "regionList"
    assert encode_query({"keyword": "a,b"}) == "keyword=a%2Cb"


def test_a_query_that_is_not_unicode_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"name='\\udcff': must be Unicode text"):
        encode_query({"name": "\udcff"})


def test_a_call_is_the_operation_filled_in() -> None:
    operation = Operation(
        id="pausePod",
        method="POST",
        path="/v2/pods/{pod_id}/pause",
        pod_operation=True,
        lane=Lane.URGENT,
        repeat=Repeat.AFTER_A_LOOK,
    )
    call = operation.call(
        pod_id="7", subject="7", query={"force": True}, body={"a": 1}, headers={"x-a": "b"}
    )
    assert (call.operation, call.path, call.query) == (operation, "/v2/pods/7/pause", "force=true")
    assert (call.body, call.headers, call.subject) == ({"a": 1}, {"x-a": "b"}, "7")
    assert call.target == "/v2/pods/7/pause?force=true"


MAKES = Operation(id="createPod", method="POST", path="/v2/pods", makes_pod=True)


@pytest.mark.parametrize(
    ("data", "subject"),
    [
        (7, "7"),
        ("digits: 7", "digits: 7"),
        ({"id": 7, "name": "mine"}, "7"),
        ({"id": "p-7"}, "p-7"),
        ({"name": "mine"}, "mine"),
        ({"id": None}, "mine"),
        (True, "mine"),
        ("", "mine"),
        (None, "mine"),
        ([7], "mine"),
    ],
)
def test_a_pod_that_was_made_is_known_by_the_id_in_the_answer(data: object, subject: str) -> None:
    assert MAKES.call(subject="mine").subject_in(data) == subject


def test_what_sets_a_pod_in_motion_is_not_known_by_what_is_answered() -> None:
    pause = Operation(id="pausePod", method="POST", path="/v2/pods/{pod_id}/pause")
    assert pause.call(pod_id="7", subject="7").subject_in(1) == "7"


def test_a_create_without_a_pod_sets_no_pod_in_motion() -> None:
    assert MAKES.call().subject_in(7) == ""


def test_without_a_query_the_target_is_the_path() -> None:
    assert GET.call(pod_id="7", kind="all").target == "/v2/pods/7/logs/all"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_all_methods_but_get_change_something(method: str) -> None:
    operation = Operation(id="x", method=method, path="/")  # type: ignore[arg-type]  # a table
    assert operation.changes_something is (method != "GET")


def test_body_and_headers_are_not_in_the_repr() -> None:
    call = GET.call(pod_id="7", kind="all", body={"TOKEN": "tasty"}, headers={"x-key": "tasty"})
    assert "tasty" not in repr(call)


def test_quoting_is_what_servers_undo() -> None:
    assert path("a/b").split("/")[3] == quote("a/b", safe="")
