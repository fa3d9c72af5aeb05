"""What Yotta's documentation leaves open or says in two ways, each as a switch."""

import math
from datetime import datetime, timedelta
from typing import Literal

from attrs import field, frozen

from yotta_async.simulator._checks import one_of
from yotta_async.simulator.cloud.problems import CloudError, Problem
from yotta_async.simulator.wire import SUCCESS, Reply, envelope, http_date


__all__ = ["TimeStyle", "WireStyle", "refusal", "spell"]

IdStyle = Literal["number", "string"]
TimeStyle = Literal["ms", "ms-string", "seconds", "iso"]
RetryAfterStyle = Literal["seconds", "date", "off"]
StatusStyle = Literal["always-200", "by-code"]
MissingStyle = Literal["null", "absent"]
AcknowledgementStyle = Literal["true", "null"]
WorkerIdName = Literal["id", "workerId"]
ScalingForm = Literal["query", "path", "body"]
StatusWord = Literal["name", "number"]
TaskTimeStyle = Literal["spaced", "general"]
PageStyle = Literal["flat", "pagination"]
StartingWord = Literal["INITIALIZE", "INITIALIZING"]
PausedWord = Literal["PAUSED", "STOPPED"]
CaseStyle = Literal["lower", "capitalized"]
InUseStyle = Literal["object", "list"]
CreatedStyle = Literal["detail", "id"]
VolumeStyle = Literal["guide", "reference"]
TotalPlace = Literal["series", "metric"]

_BY_CODE = {
    Problem.INVALID: 400,
    Problem.NOT_FOUND: 404,
    Problem.WRONG_STATE: 409,
    Problem.NO_CAPACITY: 409,
}


@frozen(kw_only=True)
class WireStyle:
    """
    What Yotta's documentation leaves open or describes in two ways; each default is one of these
    ways.

    Attributes:
        ids: Whether v1's ids of pods and endpoints are JSON numbers (``"number"``) or strings
            (``"string"``); its other ids are strings.
        v2_ids: The same for all ids of v2.
        times: Times as epoch milliseconds (``"ms"``), the same in a string (``"ms-string"``), epoch
            seconds (``"seconds"``), or ISO 8601 (``"iso"``).
        vm_times: The same for VMs, which a real v1 answer writes differently from its pods.
        credential_times: The same for credentials.
        statuses: Whether business failures come with HTTP 200 (``"always-200"``), or with the
            status that fits the code (``"by-code"``).
        not_found_code: The code for a missing pod: 13000, or 12000 as older clients expect.
        capacity_code: The code for lack of stock; none is documented, the message says it.
        bad_key_status: The HTTP status for a missing or wrong key.
        bad_key_code: The envelope's code for it; 40001 was seen, too.
        refusal_status: The HTTP status for a broken limit; the envelope's code is 429 either way.
        retry_after: Whether a refusal says when to come back in ``"seconds"``, as a ``"date"``, or
            not (``"off"``).
        missing: Whether data and members that are not there are ``"null"`` or ``"absent"``.
        acknowledgement: Whether a pause, a delete and their like answer ``"true"`` or ``"null"``
            when they succeed.
        pages: v2's pages as ``{items, page, size, total, pages}`` (``"flat"``), or with a
            ``"pagination"`` object.
        v1_endpoint_not_found_code: The code for a missing endpoint in v1; the guide has 24001, too.
        v2_endpoint_not_found_code: The code for a missing endpoint in v2; the guide has 14000, too.
        endpoint_times: The style of ``times`` for endpoints.
        worker_id: The name of a worker's id in v2.
        scaling: How v2 takes a number of workers: ``PUT .../workers?count=n`` (``"query"``),
            ``PUT .../workers/n`` (``"path"``), or ``POST .../workers`` with ``{"workers": n}``
            (``"body"``).
        v1_task_statuses: The statuses of v1's tasks and of their callbacks' delivery by ``"name"``
            or by ``"number"``.
        v1_task_times: Times of v1's tasks as ``2025-11-12 18:02:22.030`` (``"spaced"``), or as
            ``times`` has them (``"general"``).
        delivered: Whether DELIVERED occurs: in v1 for a task that a worker has, in v2 for one that
            succeeded and whose webhook accepted the result.
        starting: The v2 word for a pod that v1 calls INITIALIZE.
        paused: The v2 word for a pod that v1 calls PAUSED.
        vm_statuses: ``running`` as in the guide (``"lower"``), or ``Running`` as in a real answer
            (``"capitalized"``).
        in_use: What code 25002 carries: ``{podList, elasticList}`` (``"object"``), or a ``"list"``
            with a ``type`` in each item.
        v1_credential: Whether v1's create of a credential answers the credential (``"detail"``) or
            its ``"id"`` alone.
        credential_type_required: Whether v2 refuses a credential without a ``type``.
        volumes: A volume as the ``"guide"`` shows it (its size, ``cost`` as a number), or as the
            newer ``"reference"`` does (the used size in bytes and GB, ``type`` for ``storageType``,
            ``cost`` and id as strings).
        r2_region_required: Whether an R2 volume needs a region.
        latest_total: Whether memory metrics have it in each ``"series"``, or once for the
            ``"metric"``.

    Raises:
        ConfigurationError: A setting that cannot work; it names the setting, the value and what is
            allowed.
    """

    ids: IdStyle = field(default="number", validator=one_of(IdStyle))
    v2_ids: IdStyle = field(default="string", validator=one_of(IdStyle))
    times: TimeStyle = field(default="ms", validator=one_of(TimeStyle))
    vm_times: TimeStyle = field(default="ms-string", validator=one_of(TimeStyle))
    credential_times: TimeStyle = field(default="iso", validator=one_of(TimeStyle))
    statuses: StatusStyle = field(default="always-200", validator=one_of(StatusStyle))
    not_found_code: int = 13000
    capacity_code: int = 12002
    bad_key_status: int = 401
    bad_key_code: int = 40101
    refusal_status: int = 429
    retry_after: RetryAfterStyle = field(default="seconds", validator=one_of(RetryAfterStyle))
    missing: MissingStyle = field(default="null", validator=one_of(MissingStyle))
    acknowledgement: AcknowledgementStyle = field(
        default="true", validator=one_of(AcknowledgementStyle)
    )
    pages: PageStyle = field(default="flat", validator=one_of(PageStyle))
    v1_endpoint_not_found_code: int = 14000
    v2_endpoint_not_found_code: int = 24001
    endpoint_times: TimeStyle = field(default="iso", validator=one_of(TimeStyle))
    worker_id: WorkerIdName = field(default="id", validator=one_of(WorkerIdName))
    scaling: ScalingForm = field(default="query", validator=one_of(ScalingForm))
    v1_task_statuses: StatusWord = field(default="name", validator=one_of(StatusWord))
    v1_task_times: TaskTimeStyle = field(default="spaced", validator=one_of(TaskTimeStyle))
    delivered: bool = False
    starting: StartingWord = field(default="INITIALIZE", validator=one_of(StartingWord))
    paused: PausedWord = field(default="PAUSED", validator=one_of(PausedWord))
    vm_statuses: CaseStyle = field(default="lower", validator=one_of(CaseStyle))
    in_use: InUseStyle = field(default="object", validator=one_of(InUseStyle))
    v1_credential: CreatedStyle = field(default="detail", validator=one_of(CreatedStyle))
    credential_type_required: bool = False
    volumes: VolumeStyle = field(default="guide", validator=one_of(VolumeStyle))
    r2_region_required: bool = False
    latest_total: TotalPlace = field(default="series", validator=one_of(TotalPlace))

    def id(self, number: int) -> int | str:
        """
        Write a v1 id.

        Args:
            number: The id.

        Returns:
            The id as JSON has it.
        """
        return number if self.ids == "number" else str(number)

    def v2_id(self, number: int) -> int | str:
        """
        Write a v2 id.

        Args:
            number: The id.

        Returns:
            The id as JSON has it.
        """
        return number if self.v2_ids == "number" else str(number)

    def time(self, when: datetime) -> int | str:
        """
        Write a time.

        Args:
            when: The time, aware.

        Returns:
            The time as JSON has it.
        """
        return spell(when, self.times)

    @property
    def done(self) -> bool | None:
        """The data of an operation that only says it was accepted: True, or None."""
        return True if self.acknowledgement == "true" else None

    def members(self, members: dict[str, object]) -> dict[str, object]:
        """
        Write an object of the API.

        Args:
            members: Its members; those that are not there are None.

        Returns:
            The object, from which members that are not there may be left out.
        """
        if self.missing == "null":
            return members
        return {name: value for name, value in members.items() if value is not None}

    def code(self, problem: Problem) -> int:
        """
        Write why the cloud refuses something.

        Args:
            problem: Why, in the cloud's terms.

        Returns:
            The envelope's code.
        """
        return {
            Problem.INVALID: 10001,
            Problem.NOT_FOUND: self.not_found_code,
            Problem.WRONG_STATE: 12001,
            Problem.NO_CAPACITY: self.capacity_code,
        }[problem]

    def envelope(
        self, data: object, *, code: int = SUCCESS, message: str = "success", status: int = 200
    ) -> Reply:
        """
        Write an answer.

        Args:
            data: The envelope's data.
            code: The envelope's code.
            message: The envelope's message.
            status: The HTTP status.

        Returns:
            The answer.
        """
        leave_out = data is None and self.missing == "absent"
        return envelope(data, code=code, message=message, status=status, leave_out=leave_out)

    def failure(self, error: CloudError) -> Reply:
        """
        Write the answer to what the cloud refuses.

        Args:
            error: Why it refuses.

        Returns:
            The answer.
        """
        status = 200 if self.statuses == "always-200" else _BY_CODE[error.problem]
        code = self.code(error.problem) if error.code is None else error.code
        return self.envelope(error.data, code=code, message=error.message, status=status)


def spell(when: datetime, style: TimeStyle) -> int | str:
    milliseconds = round(when.timestamp() * 1000)
    if style == "seconds":
        return milliseconds // 1000
    if style == "iso":
        return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return milliseconds if style == "ms" else str(milliseconds)


def refusal(style: WireStyle, message: str, wait: float, now: datetime) -> Reply:
    """Return the answer to a request over a limit, which would pass in `wait` seconds."""
    seconds = max(1, math.ceil(wait))
    extra: tuple[tuple[str, str], ...] = ()
    if style.retry_after == "seconds":
        extra = (("Retry-After", str(seconds)),)
    elif style.retry_after == "date":
        # The Date header beside it is cut to whole seconds too, so the difference is never short.
        extra = (("Retry-After", http_date(now + timedelta(seconds=seconds))),)
    body = style.envelope(None, code=429, message=message).body
    return Reply(status=style.refusal_status, body=body, code=429, extra=extra)
