"""The pytest plugin, tried on tests of users: what it runs, what it finds, what it says."""

import os
import subprocess
import sys
import textwrap
import tomllib
from pathlib import Path

import pytest

# What the tests of users import is imported here, once: each run forgets what it imports first.
import yotta_async.testing._kit.alone
import yotta_async.testing._kit.clock
import yotta_async.testing._kit.ends
import yotta_async.testing.build
import yotta_async.testing.pytest_plugin
import yotta_async.testing.weather


pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parents[2]
PLUGIN = ("-p", "no:yotta_async", "-p", "yotta_async.testing.pytest_plugin")
HEAD = """import anyio
import pytest
from yotta_async import AsyncYotta, PodSpec

SPEC = PodSpec(image="a/b", gpu_type="NVIDIA_L4_24G")

async def leak():
    async with AsyncYotta() as client:
        pod = await client.pods.create(SPEC)  # the leak
        await client.pods.wait(pod.id)
        await anyio.sleep(3600)

async def tidy():
    async with AsyncYotta() as client:
        pod = await client.pods.create(SPEC)
        await client.pods.wait(pod.id)
        await anyio.sleep(3600)
        await client.pods.delete(pod.id)
"""


def tried(pytester: pytest.Pytester, code: str, *options: str) -> pytest.RunResult:
    pytester.makepyfile(test_user=HEAD + textwrap.dedent(code))
    usual = ("-p", "no:asyncio", "-p", "no:cacheprovider", "-p", "no:schemathesis")
    quiet = ("-W", "ignore:Unknown pytest.mark.trio", "-W", "ignore:Module already imported")
    return pytester.runpytest_inprocess(*usual, *quiet, *PLUGIN, *options)


def told(result: pytest.RunResult) -> str:
    return "\n".join(result.outlines)


# What is found.


def test_a_pod_that_is_left_fails_the_test_and_is_named(pytester: pytest.Pytester) -> None:
    result = tried(pytester, "async def test_it(yotta_cloud): await leak()")
    result.assert_outcomes(failed=1)
    line = 1 + next(at for at, text in enumerate(HEAD.splitlines()) if "# the leak" in text)
    result.stdout.fnmatch_lines(
        [
            "1 thing left behind, 0.38 USD an hour:",
            "  - nothing left",
            "  + pod 'ya-*' (*) is RUNNING at 0.38 USD an hour, 1 h 0* min old, 0.3* USD so far",
            f"      made by createPod at 0.0 s, from test_user.py:{line} in leak",
            "On purpose? @pytest.mark.yotta(leaves=*",
            "*Captured yotta cloud call*",
            "1 pod made, 1 thing left",
            "* requests in *, 0 refused for a limit",
        ]
    )


def test_a_program_that_leaves_nothing_passes(pytester: pytest.Pytester) -> None:
    tried(pytester, "async def test_it(yotta_cloud): await tidy()").assert_outcomes(passed=1)


def test_a_pod_of_a_fleet_is_said_to_be_one(pytester: pytest.Pytester) -> None:
    code = """
    async def test_it(yotta_client):
        async with yotta_client.fleet("sweep", on_exit="keep") as fleet:
            await fleet.up([SPEC])
    """
    result = tried(pytester, code)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["  + pod 'sweep-0-*", "      made by createPod at * s, for a fleet"]
    )


def test_a_refusal_fails_the_test_and_names_the_operation(pytester: pytest.Pytester) -> None:
    code = """
    from yotta_async import Limits
    from yotta_async.testing import client_on

    async def impatient(cloud):
        async with client_on(cloud, limits=Limits(requests=9)) as client:
            for _ in range(5):
                await client.pods.list()

    @pytest.mark.yotta(limits=3)
    async def test_it(yotta_cloud): await impatient(yotta_cloud)

    @pytest.mark.yotta(limits=3, refused=True)
    async def test_allowed(yotta_cloud): await impatient(yotta_cloud)
    """
    result = tried(pytester, code)
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(["* refused for a limit:", "  + listPods at * s (rate): *"])


def test_spending_more_than_was_allowed_fails_the_test(pytester: pytest.Pytester) -> None:
    code = """
    @pytest.mark.yotta(spends=0.10)
    async def test_it(yotta_cloud): await tidy()

    @pytest.mark.yotta(spends=0.50)
    async def test_allowed(yotta_cloud): await tidy()
    """
    result = tried(pytester, code)
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(
        ["0.3* USD spent:", "  - at most 0.10 USD", "  + 0.3* USD for pod*"]
    )


@pytest.mark.parametrize("option", ["leaves='ya-*'", "leaves=['x', 'ya-*']", "check=False"])
def test_what_is_left_on_purpose_is_allowed(pytester: pytest.Pytester, option: str) -> None:
    code = f"""
    @pytest.mark.yotta({option})
    async def test_it(yotta_cloud): await leak()
    """
    tried(pytester, code).assert_outcomes(passed=1)


def test_the_mark_of_the_test_counts_more_than_that_of_the_module(
    pytester: pytest.Pytester,
) -> None:
    code = """
    pytestmark = pytest.mark.yotta(limits=77, leaves="ya-*")

    @pytest.mark.yotta(limits=88)
    async def test_it(yotta_cloud):
        assert yotta_cloud.limits.requests == 88
        await leak()

    async def test_other(yotta_cloud): assert yotta_cloud.limits.requests == 77
    """
    tried(pytester, code).assert_outcomes(passed=2)


def test_a_test_that_fails_itself_is_not_failed_again(pytester: pytest.Pytester) -> None:
    code = """
    async def test_it(yotta_cloud):
        async with AsyncYotta() as client:
            await client.pods.create(SPEC)
        assert 1 == 2
    """
    result = tried(pytester, code)
    result.assert_outcomes(failed=1)
    assert "assert 1 == 2" in told(result)
    assert "left behind" not in told(result)
    result.stdout.fnmatch_lines(["1 pod made, 1 thing left", "pod 'ya-*' (*) is INITIALIZE *"])


# Fixtures of the users.


def test_what_a_fixture_cleans_up_is_not_left(pytester: pytest.Pytester) -> None:
    code = """
    @pytest.fixture
    async def pod(yotta_client):
        pod = await yotta_client.pods.create(SPEC)
        yield pod
        await yotta_client.pods.delete(pod.id)

    async def test_it(pod, yotta_client):
        assert (await yotta_client.pods.wait(pod.id)).id == pod.id
    """
    tried(pytester, code).assert_outcomes(passed=1)


def test_what_a_fixture_leaves_is_an_error_of_the_teardown(pytester: pytest.Pytester) -> None:
    code = """
    @pytest.fixture
    async def pod(yotta_client):
        yield await yotta_client.pods.create(SPEC)

    async def test_it(pod): await anyio.sleep(600)
    """
    result = tried(pytester, code)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*is RUNNING at 0.38 USD an hour, 10 min old*"])


def test_the_client_is_closed_when_fixtures_are_done_with_it(pytester: pytest.Pytester) -> None:
    code = """
    clients = []

    @pytest.fixture
    async def mine(yotta_client):
        yield
        await yotta_client.pods.list()
        clients.append(yotta_client)

    async def test_it(mine): pass

    def test_after():
        assert clients[0]._account.caller.closed
    """
    tried(pytester, code).assert_outcomes(passed=2)


# Who runs the test, and by which clock.


def test_a_test_runs_in_virtual_time_from_zero(pytester: pytest.Pytester) -> None:
    code = """
    async def test_it(virtual_time):
        assert virtual_time.now == 0
        await anyio.sleep(1e6)
        assert virtual_time.now == 1e6
    """
    tried(pytester, code).assert_outcomes(passed=1)


def test_on_trio_each_case_has_a_clock_of_its_own(pytester: pytest.Pytester) -> None:
    code = """
    @pytest.mark.yotta(backend="trio")
    @pytest.mark.parametrize("number", [1, 2])
    async def test_it(number, yotta_client, virtual_time):
        import trio
        assert trio.current_time() == virtual_time.now == 0
        await yotta_client.pods.list()
        await trio.sleep(1e5)
    """
    tried(pytester, code).assert_outcomes(passed=2)


def test_marked_anyio_it_runs_on_each_backend_of_anyio(pytester: pytest.Pytester) -> None:
    code = """
    @pytest.mark.anyio
    async def test_it(yotta_client, anyio_backend_name):
        await anyio.sleep(1e5)

    @pytest.mark.anyio
    async def test_in_real_time(anyio_backend):
        assert anyio_backend in ("asyncio", "trio")
        assert anyio.current_time() != 0
    """
    result = tried(pytester, code, "-v")
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(["*test_it*asyncio*PASSED*", "*test_it*trio*PASSED*"])


@pytest.mark.parametrize(
    ("fixture", "passed"),
    [
        ("@pytest.fixture\ndef anyio_backend(): return 'trio'", 1),
        ("@pytest.fixture(scope='module')\ndef anyio_backend(): return 'asyncio'", 1),
        (
            (
                "@pytest.fixture(params=['asyncio', 'trio'])\n"
                "def anyio_backend(request): return request.param"
            ),
            2,
        ),
    ],
)
def test_the_backend_of_the_users_fixture_is_taken(
    pytester: pytest.Pytester, fixture: str, passed: int
) -> None:
    test = "@pytest.mark.anyio\nasync def test_it(yotta_client): await anyio.sleep(1e5)"
    tried(pytester, f"{fixture}\n\n{test}").assert_outcomes(passed=passed)


def test_without_anyios_plugin_the_test_runs_all_the_same(pytester: pytest.Pytester) -> None:
    code = """
    @pytest.mark.yotta(backend="trio")
    async def test_trio(yotta_client, tmp_path): await anyio.sleep(1e5)
    async def test_leak(yotta_cloud): await leak()
    """
    result = tried(pytester, code, "-p", "no:anyio")
    result.assert_outcomes(passed=1, failed=1)
    assert "1 thing left behind" in told(result)


def test_a_plain_test_runs_a_function_in_virtual_time(pytester: pytest.Pytester) -> None:
    code = """
    def test_it(yotta_cloud, virtual_time): virtual_time.run(tidy)
    def test_leak(yotta_cloud, virtual_time): virtual_time.run(leak)

    @pytest.mark.yotta(backend="trio")
    def test_result(virtual_time):
        async def number(what): return what + anyio.current_time()
        assert virtual_time.run(number, 3) == 3
    """
    result = tried(pytester, code)
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["*is RUNNING at 0.38 USD an hour, 1 h 0* min old*"])


@pytest.mark.parametrize("mode", ["strict", "auto"])
def test_pytest_asyncio_runs_it_in_virtual_time(pytester: pytest.Pytester, mode: str) -> None:
    code = """
    import asyncio
    import pytest_asyncio

    @pytest_asyncio.fixture
    async def pod(yotta_client):
        pod = await yotta_client.pods.create(SPEC)
        yield pod
        await yotta_client.pods.delete(pod.id)

    @pytest.mark.asyncio
    async def test_fixture(pod, virtual_time):
        before = virtual_time.now
        await asyncio.sleep(1e5)
        assert virtual_time.now == before + 1e5

    @pytest.mark.asyncio
    async def test_leak(yotta_cloud): await leak()

    @pytest.mark.asyncio
    async def test_real_time(): assert asyncio.get_running_loop().time() != 0

    @pytest.mark.asyncio(loop_scope="module")
    async def test_scope(yotta_cloud): pass
    """
    pytester.makepyfile(test_user=HEAD + textwrap.dedent(code))
    pytester.makeini(
        f"[pytest]\nasyncio_mode = {mode}\nasyncio_default_fixture_loop_scope = function"
    )
    result = pytester.runpytest_subprocess("-W", "error", "-p", "no:schemathesis", *PLUGIN)
    result.assert_outcomes(passed=2, failed=1, errors=1)
    assert "loop_scope='module': must be 'function'" in told(result)
    assert "1 thing left behind" in told(result)


def test_a_loop_that_another_hook_has_chosen_is_noticed(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        "import asyncio\n"
        "def pytest_asyncio_loop_factories(config, item):\n"
        "    return {'mine': asyncio.SelectorEventLoop}\n"
    )
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function")
    pytester.makepyfile(
        test_user=f"{HEAD}\n@pytest.mark.asyncio\nasync def test_it(yotta_cloud): pass"
    )
    result = pytester.runpytest_subprocess("-p", "no:schemathesis", *PLUGIN)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "pytest_asyncio_loop_factories" in told(result)


# The program's own clients.


def test_a_program_reaches_the_cloud_with_no_key_and_never_another(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YOTTA_API_KEY", "the real one")
    monkeypatch.setenv("YOTTA_BASE_URL", "https://yotta.invalid")
    code = """
    import os

    async def test_it(yotta_cloud):
        assert os.environ["YOTTA_API_KEY"] != "the real one"
        async with AsyncYotta(base_url="https://api.yottalabs.ai") as client:
            assert await client.pods.list() == []
            assert client.simulator is yotta_cloud
        assert len(yotta_cloud.requests) == 1

    def test_after():
        assert os.environ["YOTTA_API_KEY"] == "the real one"
        assert os.environ["YOTTA_BASE_URL"] == "https://yotta.invalid"
        assert AsyncYotta("key").simulator is None
    """
    tried(pytester, code).assert_outcomes(passed=2)


# Wrong use.


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (
            "@pytest.mark.yotta(fault=0.2)\nasync def test_it(yotta_cloud): pass",
            "@pytest.mark.yotta: fault=0.2: must be an option of a test. Did you mean faults=?",
        ),
        (
            "@pytest.mark.yotta(60)\nasync def test_it(yotta_cloud): pass",
            "@pytest.mark.yotta takes options by name, such as limits=60.",
        ),
        (
            "@pytest.mark.yotta(limits=0)\nasync def test_it(yotta_cloud): pass",
            "@pytest.mark.yotta: requests=0: must be*",
        ),
        (
            "def test_it(yotta_client): pass",
            "yotta_client is for `async def` tests and their fixtures.*",
        ),
        (
            (
                "@pytest.mark.anyio\n@pytest.mark.parametrize('anyio_backend', ['asyncio'])\n"
                "async def test_it(yotta_cloud): pass"
            ),
            "*@pytest.mark.yotta(backend=...) in place of parametrize('anyio_backend', ...)",
        ),
        (
            (
                "@pytest.fixture\ndef anyio_backend(): return 'curio'\n\n"
                "@pytest.mark.anyio\nasync def test_it(yotta_cloud): pass"
            ),
            "anyio_backend='curio': must be 'asyncio' or 'trio'.",
        ),
        (
            "@pytest.mark.trio\nasync def test_it(yotta_cloud): pass",
            "pytest-trio has a clock of its own: *",
        ),
    ],
)
def test_wrong_use_is_told_and_harms_no_other_test(
    pytester: pytest.Pytester, code: str, message: str
) -> None:
    result = tried(pytester, f"{code}\n\nasync def test_other(virtual_time): pass")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines([message])


def test_a_plain_test_that_asks_the_cloud_in_real_time_is_told(pytester: pytest.Pytester) -> None:
    code = """
    import asyncio

    def test_it(yotta_cloud): asyncio.run(tidy())
    """
    result = tried(pytester, code)
    result.assert_outcomes(failed=1)
    assert "run it with virtual_time.run(function)" in told(result)


def test_a_deadlock_fails_the_test_and_says_where(pytester: pytest.Pytester) -> None:
    code = "async def test_it(virtual_time): await anyio.Event().wait()"
    result = tried(pytester, code)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "every task waits and no event is due" in told(result)


# What it costs.


def test_it_imports_nothing_until_it_is_used(tmp_path: Path) -> None:
    test = """
    import sys

    def test_it():
        loaded = {name for name in sys.modules if name.startswith("yotta_async.")}
        few = {"_lazy", "_version", "testing", "testing.pytest_plugin"}
        few |= {"testing._kit", "testing._kit.alone"}
        assert loaded == {f"yotta_async.{name}" for name in few}
        assert not sys.modules.keys() & {"anyio", "attr", "httpx", "trio"}
    """
    (tmp_path / "test_user.py").write_text(textwrap.dedent(test), "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *PLUGIN],
        cwd=tmp_path,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 passed" in done.stdout, done.stdout


def test_pytest_finds_it_by_its_entry_point_and_is_not_needed_otherwise() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    module = yotta_async.testing.pytest_plugin.__name__
    assert project["entry-points"]["pytest11"] == {"yotta_async": module}
    assert not any("pytest" in line for line in project["dependencies"])


def test_the_mark_is_known_where_marks_are_strict(pytester: pytest.Pytester) -> None:
    code = "@pytest.mark.yotta(seed=3)\nasync def test_it(yotta_cloud): pass"
    tried(pytester, code, "--strict-markers").assert_outcomes(passed=1)


# Its page.


def test_a_page_of_a_failed_test_is_written_where_the_environment_says(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YOTTA_PAGES", "pages")
    code = """
    async def test_leak(yotta_cloud): await leak()
    async def test_tidy(yotta_cloud): await tidy()
    """
    result = tried(pytester, code)
    result.assert_outcomes(failed=1, passed=1)
    [page] = (pytester.path / "pages").iterdir()
    assert f"Its story: {Path('pages') / page.name}" in told(result)
    text = page.read_text("utf-8")
    assert "createPod 200/10000" in text
    assert "1 thing left behind" in text
