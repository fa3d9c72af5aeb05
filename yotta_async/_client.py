"""`AsyncYotta`: builds the pieces, and owns the connection pool and no task group."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, ParamSpec, Self, TypeVar, overload

from attrs import evolve

from ._backend import current_time
from ._call.caller import Caller, CallOptions, EventHook, check_hook
from ._call.ownership import Owner
from ._call.recording import RawResponse, record
from ._call.rules.operation import QueryValue
from ._call.rules.retry import RetryBudget, RetryPolicy
from ._call.transport import HTTPClient, Timeouts, Transport, client_over
from ._checks import check_kind
from ._config import Secret, api_key_from, api_version_from, base_url_from, limits_of
from ._resources.account import Account
from ._resources.nouns import Nouns
from ._resources.requests import pods_in, requested
from ._scheduling.rules.lanes import Lane
from ._scheduling.rules.limits import Limits
from ._scheduling.rules.statistics import Statistics
from ._scheduling.scheduler import Scheduler
from .errors import ConfigurationError
from .errors._arguments import explained
from .events import Event
from .fleet._batches import Batches


if TYPE_CHECKING:
    from ._scheduling.shared import SharedScheduler
    from .fleet import Budget, Fleet, FleetSettings, OnExit, ReplacePolicy
    from .simulator import SimulatedYotta


__all__ = ["AsyncYotta"]

P = ParamSpec("P")
T = TypeVar("T")

# For one exchange to time out, when a program ends without closing its client.
TEARDOWN_GRACE = 30.0


class AsyncYotta(Batches, Nouns):
    """
    The Yotta API, within the limits of one key.

    Share one client among all tasks of an event loop: the limits are kept by the client. It works
    without ``async with``; then call `aclose`.

    Args:
        api_key: The API key. None for the environment's ``YOTTA_API_KEY``.
        base_url: The service's URL. None for ``YOTTA_BASE_URL``, else ``https://api.yottalabs.ai``.
        api_version: ``"v1"`` or ``"v2"``. None for ``YOTTA_API_VERSION``, else ``"v1"``.
        limits: What the key may do. None for 60 requests a minute and 5 pod operations at once.
        retry: How failed calls are tried again. None for the defaults of `RetryPolicy`.
        timeout: Seconds for one exchange, or an `httpx.Timeout` for its phases; never infinite.
        http_client: An `httpx.AsyncClient` or `httpx2.AsyncClient` of yours, for its proxy or TLS
            settings; it stays yours to close. None for one of the client's own.
        on_event: Called with each event, in the event loop; it must not wait. None for no calls.

    Attributes:
        simulator: The simulated cloud of a client that `simulated` made. None for any other client.

    Raises:
        ConfigurationError: No key, or a setting that cannot work; it names the setting, its value
            and what is allowed.
    """

    simulator: "SimulatedYotta | None" = None
    # Of the test kit, which puts on a simulated cloud what would otherwise reach the network.
    _divert: "ClassVar[Callable[[AsyncYotta], None] | None]" = None

    @explained
    def __init__(
        self,
        api_key: str | None = None,
        *,
        base_url: str | None = None,
        api_version: str | None = None,
        limits: Limits | None = None,
        retry: RetryPolicy | None = None,
        timeout: Timeouts = 30.0,
        http_client: HTTPClient | None = None,
        on_event: EventHook | None = None,
    ) -> None:
        from ._api.generations import GENERATIONS  # noqa: PLC0415  # not before it is known

        check_kind("limits", limits, Limits, "requests=120")
        check_kind("retry", retry, RetryPolicy, "attempts=8")
        check_hook(on_event)
        key, url = api_key_from(api_key), base_url_from(base_url)
        api = GENERATIONS[api_version_from(api_version)]
        limits, retry = limits or Limits(), retry or RetryPolicy()
        options = CallOptions(timeout=timeout, retry=retry)
        shared = self._shared_scheduler(limits, key, url, options) if limits.shared else None
        caller = Caller(
            scheduler=shared or Scheduler(limits, self._look),
            transport=Transport(url, key, http_client),
            owner=Owner(TEARDOWN_GRACE),
            budget=RetryBudget(retry.budget),
            on_event=on_event,
        )
        self._bind(Account(caller, api, options, shared))
        if http_client is None and AsyncYotta._divert is not None:
            AsyncYotta._divert(self)

    @classmethod
    @explained
    def simulated(
        cls,
        *,
        api_version: str | None = None,
        retry: RetryPolicy | None = None,
        timeout: Timeouts = 30.0,
        on_event: EventHook | None = None,
        **options: Any,
    ) -> Self:
        """
        Return a client on a simulated cloud in this process: no key, no network.

        The client keeps to the limits of that cloud, which is its attribute ``simulator``. The
        jitter of its back-off is drawn by the cloud's ``seed``, too.

        Args:
            api_version: ``"v1"`` or ``"v2"``. None for ``YOTTA_API_VERSION``, else ``"v1"``.
            retry: How failed calls are tried again. None for the defaults of `RetryPolicy`.
            timeout: Seconds for one exchange, or an `httpx.Timeout` for its phases; never infinite.
            on_event: Called with each event, in the event loop; it must not wait. None for no
                calls.
            **options: Those of `yotta_async.simulator.SimulatedYotta`.

        Returns:
            The client.
        """
        # The service's users do not pay for it.
        from .simulator import SimulatedYotta  # noqa: PLC0415
        from .simulator.cloud.dice import dice  # noqa: PLC0415

        simulator = SimulatedYotta(**options)
        client = cls(
            "simulated",
            base_url="http://localhost",
            api_version=api_version,
            limits=limits_of(simulator.limits),
            retry=retry,
            timeout=timeout,
            on_event=on_event,
        )
        client._account.caller.transport.new_client = lambda: client_over(simulator.transport())
        client._account.caller.dice = dice(options.get("seed", 0), "client").random
        client.simulator = simulator
        return client

    def __repr__(self) -> str:
        caller = self._account.caller
        return f"<AsyncYotta {caller.transport.base_url} {caller.scheduler!r}>"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """
        Take in the answers under way, delete the pods that have no owner, and close the
        connections.

        That takes at most a window and a few seconds, and is not cut short by a cancellation of a
        scope. Pods that could not be deleted are named in the log and in `left_behind`; this raises
        nothing about them.
        """
        await self._account.aclose()

    @property
    def left_behind(self) -> Mapping[str, str | None]:
        """
        The pods that have no owner and could not be deleted, or may exist: their ids by name, None
        where no id is known. Of several with one name the later ones have their id in the key.
        """
        return dict(self._account.pods.removal.left)

    @property
    def server_time(self) -> datetime | None:
        """
        What the server's clock shows now, in UTC and to a second, by the ``Date`` of its last
        answer; None before that. The ages of things are told by it, as the two clocks may differ.
        """
        return self._account.caller.server_time(current_time())

    def statistics(self) -> Statistics:
        """
        Return what was sent and refused, and what waits for what.

        Returns:
            The counts since the client was made, and the state of its limits.
        """
        return self._account.caller.statistics()

    @explained
    def with_options(
        self,
        *,
        timeout: Timeouts | None = None,
        retry: RetryPolicy | None = None,
        lane: Lane | None = None,
    ) -> Self:
        """
        Return a client with other options that shares limits, connections and all else with this
        one.

        Args:
            timeout: Seconds for one exchange, or an `httpx.Timeout`. None for this client's.
            retry: How failed calls are tried again, but for its ``budget``, which is the whole
                client's. None for this client's.
            lane: The lane in which all calls wait. None for each operation's own, or this client's.

        Returns:
            The client.

        Raises:
            ConfigurationError: A timeout that cannot be.
        """
        options = evolve(
            self._options,
            timeout=self._options.timeout if timeout is None else timeout,
            retry=self._options.retry if retry is None else retry,
            lane=self._options.lane if lane is None else lane,
        )
        if self._account.budget is not None:
            self._account.budget.allow_for(options.timeout.total)
        twin = type(self).__new__(type(self))
        twin._bind(self._account, options)  # noqa: SLF001  # the same class
        return twin

    @overload
    def fleet(
        self,
        name: str,
        *,
        on_exit: "OnExit" = "delete",
        replace: "ReplacePolicy | None" = None,
        budget: "Budget | None" = None,
        max_lifetime: float | None = None,
        exit_timeout: float | None = None,
        signals: bool | None = None,
    ) -> "Fleet": ...

    @overload
    def fleet(self, *, settings: "FleetSettings") -> "Fleet": ...

    @explained
    def fleet(
        self,
        name: str | None = None,
        *,
        settings: "FleetSettings | None" = None,
        on_exit: "OnExit | None" = None,
        replace: "ReplacePolicy | None" = None,
        budget: "Budget | None" = None,
        max_lifetime: float | None = None,
        exit_timeout: float | None = None,
        signals: bool | None = None,
    ) -> "Fleet":
        """
        Return a fleet of this name, to be entered: ``async with client.fleet("sweep") as fleet:``.

        The same name finds the same pods again, in this program or after a crash in the next.

        Args:
            name: 1 to 100 letters, digits, and - . _ between them. None only beside ``settings``.
            settings: The name and all of the following as one value, which is given alone. None
                where they are given one by one.
            on_exit: What leaving it does to its pods: ``"delete"``, ``"pause"`` or ``"keep"``. None
                for ``"delete"``.
            replace: When pods are replaced, and how often. None for the defaults of
                `ReplacePolicy`.
            budget: What it may cost. None for no bound.
            max_lifetime: Seconds after which it is ended. None for no such bound.
            exit_timeout: Seconds that ending it may take. None for what the number of its pods
                needs.
            signals: Whether SIGINT, SIGTERM and SIGHUP first end it as leaving its block does. None
                for only where the program, or its server, does not handle them itself.

        Returns:
            The fleet, which is not entered.

        Raises:
            ConfigurationError: A setting that cannot work, or one that is given beside
                ``settings``.
        """
        from .fleet import fleet_of  # noqa: PLC0415  # not every program has fleets

        given = {
            "name": name,
            "on_exit": on_exit,
            "replace": replace,
            "budget": budget,
            "max_lifetime": max_lifetime,
            "exit_timeout": exit_timeout,
            "signals": signals,
        }
        return fleet_of(self._account, self._options, settings, given)

    async def check_key(self, organization_id: str) -> bool:
        """
        Return whether the key is one of an organisation's.

        Args:
            organization_id: The organisation's id, as the console shows it.

        Returns:
            Whether it is.

        Raises:
            ConfigurationError: The id is empty.
            APIError: Any refusal, and failures after all attempts.

        Source: v1 and v2 ``checkKey``, ``GET /openapi/key/check``.
        """
        if not organization_id:
            hint = "Give the organisation's id, as the console shows it."
            raise ConfigurationError("organization_id", "(empty)", "must be an id", hint=hint)
        calls = self._account.calls(self._options)
        return await calls.fetch(bool, "checkKey", organization_id=organization_id)

    async def with_raw_response(
        self, verb: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> RawResponse[T]:
        """
        Call a verb and return its result with the replies behind it.

        ``raw = await client.with_raw_response(client.pods.get, pod_id)``, then ``raw.value``,
        ``raw.status``, ``raw.headers``, ``raw.body``.

        Args:
            verb: A method of this client that is awaited.
            *args: The verb's arguments.
            **kwargs: The verb's keyword arguments.

        Returns:
            The result and the replies.

        Raises:
            YottaError: What the verb raises.
        """
        return await record(verb(*args, **kwargs))

    async def request(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        **query: QueryValue,
    ) -> Any:
        """
        Make a call that this package has no verb for, through the same limits, and return its
        ``data``.

        A path of the API's reference counts as what it is: a create of a pod takes a slot, a delete
        goes first. Of others only a GET is repeated after an unclear answer.

        Args:
            method: GET, POST, PUT, PATCH or DELETE.
            path: From the root of the host, such as ``"/v2/reserves"``, quoted where it needs to
                be.
            body: Sent as JSON. None for no body.
            headers: Further headers, but for the key's and those of the transport. None for none.
            **query: Query parameters; a list repeats its key, None is left out.

        Returns:
            The envelope's ``data``: JSON, as it was decoded.

        Raises:
            ConfigurationError: A method, a path or a header that cannot be; nothing was sent.
            APIError: Any refusal, and failures after all attempts.
        """
        call = requested(method, path, body, query, headers)
        data = await self._account.caller.perform(call, self._options)
        if self._account.pods.claims.is_watching:
            await self._account.pods.check(pods_in(call, data))
        return data

    def _shared_scheduler(
        self, limits: Limits, key: Secret, url: str, options: CallOptions
    ) -> "SharedScheduler":
        from ._scheduling.shared import SharedScheduler  # noqa: PLC0415  # not every key is shared
        from ._scheduling.stores.opening import book_name, opener  # noqa: PLC0415

        open_store = opener(limits.shared or "", book_name(key.reveal(), url))
        return SharedScheduler(
            limits,
            open_store,
            self._look,
            self._tell,
            options.timeout.total,
        )

    def _tell(self, event: Event) -> None:
        self._account.caller.tell(event)

    async def _look(self) -> None:
        await self._account.pods.look()

    def _bind(self, account: Account, options: CallOptions | None = None) -> None:
        self._account, self._options = account, options or account.options
