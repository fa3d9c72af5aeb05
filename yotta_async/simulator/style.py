"""What Yotta's documentation leaves open or says in two ways, each as a switch."""

import math
from datetime import datetime, timedelta
from typing import Literal

from attrs import field, frozen
from attrs.validators import optional

from yotta_async.errors._arguments import explains
from yotta_async.simulator._checks import one_of
from yotta_async.simulator.cloud.problems import CloudError, Problem
from yotta_async.simulator.wire import SUCCESS, Reply, envelope, http_date


__all__ = ["CaseStyle", "TimeStyle", "WireStyle", "refusal", "spaced", "spell"]

IdStyle = Literal["number", "string"]
TimeStyle = Literal["ms", "ms-string", "seconds", "iso"]
RetryAfterStyle = Literal["seconds", "date", "off"]
StatusStyle = Literal["always-200", "by-code"]
MissingStyle = Literal["null", "absent"]
AcknowledgementStyle = Literal["true", "null"]
WorkerIdName = Literal["id", "workerId"]
ScalingForm = Literal["any", "query", "path", "body"]
StatusWord = Literal["name", "number"]
TaskTimeStyle = Literal["spaced", "general"]
PageStyle = Literal["flat", "pagination"]
StartingWord = Literal["INITIALIZE", "INITIALIZING"]
PausedWord = Literal["PAUSED", "STOPPED"]
CaseStyle = Literal["lower", "capitalized"]
InUseStyle = Literal["object", "list"]
CreatedStyle = Literal["detail", "id"]
VolumeStyle = Literal["guide", "reference"]
NamingStyle = Literal["snake_case", "camelCase"]
CallbackWord = Literal["capitalized", "upper"]
GpuTypeStyle = Literal["name", "code"]
TotalPlace = Literal["series", "metric"]
NameStyle = Literal["kept", "cut", "lower", "underscores", "prefixed"]
DateStyle = Literal["on", "off"]

V2Noun = Literal["pod", "endpoint", "vm", "volume", "credential"]

# The words of the vendor's replies, as the mocks of its clients' tests have them.
_TEXTS = {12000: "Pod not exist", 24002: "Elastic action not allowed"}

_BY_CODE = {
    Problem.INVALID: 400,
    Problem.NOT_FOUND: 404,
    Problem.WRONG_STATE: 409,
    Problem.NO_CAPACITY: 409,
}


@explains
@frozen(kw_only=True)
class WireStyle:
    """
    What Yotta's documentation leaves open or describes in two ways; each default is one of these
    ways.

    A switch holds for both generations unless its name or its line says otherwise.

    Attributes:
        ids: Whether v1's ids of pods are JSON numbers (``"number"``) or strings (``"string"``); its
            other ids, except those of endpoints, are strings.
        v1_endpoint_ids: The same for v1's ids of endpoints.
        v2_ids: The same for the ids of v2.
        v2_pod_ids: The same for v2's ids of pods. None for as in ``v2_ids``.
        v2_endpoint_ids: The same for v2's ids of endpoints, their workers and tasks. None for as in
            ``v2_ids``.
        v2_vm_ids: The same for v2's ids of VMs. None for as in ``v2_ids``.
        v2_volume_ids: The same for v2's ids of volumes. None for as in ``v2_ids``.
        v2_credential_ids: The same for v2's ids of credentials. None for as in ``v2_ids``.
        times: Times as epoch milliseconds (``"ms"``), the same in a string (``"ms-string"``), epoch
            seconds (``"seconds"``), or ISO 8601 (``"iso"``).
        vm_times: The same for v1's VMs, which a real answer writes differently from its pods.
        v2_vm_times: The same for v2's VMs.
        credential_times: The same for credentials.
        statuses: Whether business failures come with HTTP 200 (``"always-200"``), or with the
            status that fits the code (``"by-code"``).
        not_found_code: v2's code for a missing pod, 13000 or 12000, and for all that has no code of
            its own.
        v1_pod_not_found_code: v1's code for a missing pod; the guide has 13000, too.
        capacity_code: The code for lack of stock; none is documented, the message says it.
        bad_key_status: The HTTP status for a missing or wrong key.
        bad_key_code: The envelope's code for it; 40001 was seen, too.
        refusal_status: The HTTP status for a broken limit; the envelope's code is 429 either way.
        retry_after: Whether a refusal says when to come back in ``"seconds"``, as a ``"date"``, or
            not (``"off"``).
        missing: Whether data and members that are not there are ``"null"`` or ``"absent"``.
        acknowledgement: Whether a pause, a delete and their like answer ``"true"`` or ``"null"``
            when they succeed.
        v1_endpoint_acknowledgement: The same for a start, a stop and their like of v1's endpoints.
        v2_endpoint_acknowledgement: The same for v2's endpoints. None for as in
            ``acknowledgement``.
        pages: v2's pages as ``{items, page, size, total, pages}`` (``"flat"``), or with a
            ``"pagination"`` object.
        v1_endpoint_not_found_code: The code for a missing endpoint in v1; the guide has 24001, too.
        v2_endpoint_not_found_code: The code for a missing endpoint in v2; the guide has 14000, too.
        endpoint_times: The style of ``times`` for endpoints.
        worker_id: The name of a worker's id in v2.
        scaling: How v2 takes a number of workers: ``PUT .../workers?count=n`` (``"query"``),
            ``PUT .../workers/n`` (``"path"``), ``POST .../workers`` with ``{"workers": n}``
            (``"body"``), or each of these (``"any"``).
        pod_name_required: Whether v2 refuses a pod without a ``name``; the guide says so, and the
            vendor's own README makes one.
        variables_by_name: Whether a variable may be ``{name, value}``, as the vendor's command
            sends it, instead of ``{key, value}``.
        gpu_aliases: Whether GPU types may have the names of the vendor's MCP server, too, such as
            ``RTX_4090_24G``.
        v2_callbacks: The names in v2's callbacks; only the vendor's validator shows them, which has
            v1's ``task_id`` and so on.
        callback_statuses: ``Success`` and ``Failed`` as in the validator and the field table
            (``"capitalized"``), or ``SUCCESS`` and ``FAILED`` as in the guide's example.
        v1_task_statuses: The statuses of v1's tasks and of their callbacks' delivery by ``"name"``
            or by ``"number"``.
        v1_task_times: Times of v1's tasks as ``2025-11-12 18:02:22.030`` (``"spaced"``), or as
            ``times`` has them (``"general"``).
        delivered: Whether DELIVERED occurs: in v1 for a task that a worker has, in v2 for one that
            succeeded and whose webhook accepted the result.
        starting: The v2 word for a pod that v1 calls INITIALIZE.
        paused: The v2 word for a pod that v1 calls PAUSED.
        vm_statuses: v2's ``running`` as in the guide (``"lower"``), or ``Running`` as in a real
            answer of v1 (``"capitalized"``).
        v1_vm_statuses: The same for v1.
        v1_vm_gpu_types: v1's ``gpuType`` of a VM as ``RTX A6000`` (``"name"``), or as a code, as in
            v2.
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
        names: A pod's name as it was sent (``"kept"``), cut to 63 characters (``"cut"``), in lower
            case (``"lower"``), with ``_`` for ``-`` (``"underscores"``), or with a word in front of
            it (``"prefixed"``). No document says that names are altered, nor that they are not.
        date: Whether answers have a Date header (``"on"``), or not (``"off"``).
        date_offset: Seconds by which that header is ahead of the clock by which pods have their
            times; below 0 it is behind.

    Raises:
        ConfigurationError: A setting that cannot work; it names the setting, the value and what is
            allowed.
    """

    ids: IdStyle = field(default="number", validator=one_of(IdStyle))
    v1_endpoint_ids: IdStyle = field(default="string", validator=one_of(IdStyle))
    v2_ids: IdStyle = field(default="string", validator=one_of(IdStyle))
    v2_pod_ids: IdStyle | None = field(default=None, validator=optional(one_of(IdStyle)))
    v2_endpoint_ids: IdStyle | None = field(default=None, validator=optional(one_of(IdStyle)))
    v2_vm_ids: IdStyle | None = field(default=None, validator=optional(one_of(IdStyle)))
    v2_volume_ids: IdStyle | None = field(default=None, validator=optional(one_of(IdStyle)))
    v2_credential_ids: IdStyle | None = field(default=None, validator=optional(one_of(IdStyle)))
    times: TimeStyle = field(default="ms", validator=one_of(TimeStyle))
    vm_times: TimeStyle = field(default="ms-string", validator=one_of(TimeStyle))
    v2_vm_times: TimeStyle = field(default="iso", validator=one_of(TimeStyle))
    credential_times: TimeStyle = field(default="iso", validator=one_of(TimeStyle))
    statuses: StatusStyle = field(default="always-200", validator=one_of(StatusStyle))
    not_found_code: int = 13000
    v1_pod_not_found_code: int = 12000
    capacity_code: int = 12002
    bad_key_status: int = 401
    bad_key_code: int = 40101
    refusal_status: int = 429
    retry_after: RetryAfterStyle = field(default="seconds", validator=one_of(RetryAfterStyle))
    missing: MissingStyle = field(default="null", validator=one_of(MissingStyle))
    acknowledgement: AcknowledgementStyle = field(
        default="true", validator=one_of(AcknowledgementStyle)
    )
    v1_endpoint_acknowledgement: AcknowledgementStyle = field(
        default="null", validator=one_of(AcknowledgementStyle)
    )
    v2_endpoint_acknowledgement: AcknowledgementStyle | None = field(
        default=None, validator=optional(one_of(AcknowledgementStyle))
    )
    pages: PageStyle = field(default="flat", validator=one_of(PageStyle))
    v1_endpoint_not_found_code: int = 14000
    v2_endpoint_not_found_code: int = 24001
    endpoint_times: TimeStyle = field(default="iso", validator=one_of(TimeStyle))
    worker_id: WorkerIdName = field(default="id", validator=one_of(WorkerIdName))
    scaling: ScalingForm = field(default="any", validator=one_of(ScalingForm))
    pod_name_required: bool = False
    variables_by_name: bool = True
    gpu_aliases: bool = True
    v2_callbacks: NamingStyle = field(default="snake_case", validator=one_of(NamingStyle))
    callback_statuses: CallbackWord = field(default="capitalized", validator=one_of(CallbackWord))
    v1_task_statuses: StatusWord = field(default="name", validator=one_of(StatusWord))
    v1_task_times: TaskTimeStyle = field(default="spaced", validator=one_of(TaskTimeStyle))
    delivered: bool = False
    starting: StartingWord = field(default="INITIALIZE", validator=one_of(StartingWord))
    paused: PausedWord = field(default="PAUSED", validator=one_of(PausedWord))
    vm_statuses: CaseStyle = field(default="lower", validator=one_of(CaseStyle))
    v1_vm_statuses: CaseStyle = field(default="capitalized", validator=one_of(CaseStyle))
    v1_vm_gpu_types: GpuTypeStyle = field(default="name", validator=one_of(GpuTypeStyle))
    in_use: InUseStyle = field(default="object", validator=one_of(InUseStyle))
    v1_credential: CreatedStyle = field(default="detail", validator=one_of(CreatedStyle))
    credential_type_required: bool = False
    volumes: VolumeStyle = field(default="guide", validator=one_of(VolumeStyle))
    r2_region_required: bool = False
    latest_total: TotalPlace = field(default="series", validator=one_of(TotalPlace))
    names: NameStyle = field(default="kept", validator=one_of(NameStyle))
    date: DateStyle = field(default="on", validator=one_of(DateStyle))
    date_offset: float = 0.0

    def name(self, sent: str) -> str:
        """
        Write the name of a pod.

        Args:
            sent: The name that the create asked for.

        Returns:
            The name that it gets.
        """
        return {
            "kept": sent,
            "cut": sent[:63],
            "lower": sent.lower(),
            "underscores": sent.replace("-", "_"),
            "prefixed": f"org-{sent}",
        }[self.names]

    def date_header(self, now: datetime) -> tuple[tuple[str, str], ...]:
        """
        Write the Date header.

        Args:
            now: The time by the clock of the pods, aware.

        Returns:
            The header as name and value; nothing where answers have none.
        """
        if self.date == "off":
            return ()
        return (("Date", http_date(now + timedelta(seconds=self.date_offset))),)

    def v1_pod_id(self, number: int) -> int | str:
        """
        Write the id of a v1 pod.

        Args:
            number: The id.

        Returns:
            The id as JSON has it.
        """
        return _id(number, self.ids)

    def v1_endpoint_id(self, number: int) -> int | str:
        """
        Write the id of a v1 endpoint.

        Args:
            number: The id.

        Returns:
            The id as JSON has it.
        """
        return _id(number, self.v1_endpoint_ids)

    def v2_id(self, noun: V2Noun, number: int) -> int | str:
        """
        Write a v2 id.

        Args:
            noun: What has the id.
            number: The id.

        Returns:
            The id as JSON has it.
        """
        of_noun: IdStyle | None = getattr(self, f"v2_{noun}_ids")
        return _id(number, of_noun or self.v2_ids)

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
        return _acknowledgement(self.acknowledgement)

    @property
    def v1_endpoint_done(self) -> bool | None:
        """The same for the operations of v1's endpoints: True, or None."""
        return _acknowledgement(self.v1_endpoint_acknowledgement)

    @property
    def v2_endpoint_done(self) -> bool | None:
        """The same for the operations of v2's endpoints: True, or None."""
        return _acknowledgement(self.v2_endpoint_acknowledgement or self.acknowledgement)

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
        message = _TEXTS.get(code, error.message)
        return self.envelope(error.data, code=code, message=message, status=status)


def _id(number: int, style: IdStyle) -> int | str:
    return number if style == "number" else str(number)


def _acknowledgement(style: AcknowledgementStyle) -> bool | None:
    return True if style == "true" else None


def spell(when: datetime, style: TimeStyle) -> int | str:
    milliseconds = round(when.timestamp() * 1000)
    if style == "seconds":
        return milliseconds // 1000
    if style == "iso":
        return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return milliseconds if style == "ms" else str(milliseconds)


def spaced(when: datetime) -> str:
    """Return ``YYYY-MM-DD HH:mm:ss.SSS``, as the queue guide writes times."""
    return when.strftime("%Y-%m-%d %H:%M:%S.") + f"{when.microsecond // 1000:03d}"


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
