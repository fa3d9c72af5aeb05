"""What a simulated cloud shows of itself in the process, and not over the wire."""

from collections import Counter
from decimal import Decimal

from yotta_async.simulator.callbacks import CallbackRecord, record
from yotta_async.simulator.cloud import Cloud
from yotta_async.simulator.cloud.credentials import CredentialView
from yotta_async.simulator.cloud.pod import PodStatus, PodView
from yotta_async.simulator.cloud.serverless_endpoint import EndpointView
from yotta_async.simulator.cloud.tasks_task import TaskView
from yotta_async.simulator.cloud.vm import VMView
from yotta_async.simulator.cloud.volume import VolumeView
from yotta_async.simulator.exchange import RequestRecord
from yotta_async.simulator.gate import Gate
from yotta_async.simulator.server import Server
from yotta_async.simulator.server_limits import Violation
from yotta_async.simulator.timeline import Timeline


__all__ = ["Views"]


class Views:
    """Everything in a cloud as it stands when one looks; what one gets does not change any more."""

    _cloud: Cloud
    _gate: Gate
    _server: Server
    _timeline: Timeline

    @property
    def pods(self) -> tuple[PodView, ...]:
        """The pods that are not TERMINATED, oldest first; FAILED ones are among them."""
        return tuple(pod for pod in self.all_pods if pod.status is not PodStatus.TERMINATED)

    @property
    def all_pods(self) -> tuple[PodView, ...]:
        """Every pod that ever was, oldest first."""
        now = self._now()
        return tuple(pod.view(now) for pod in self._cloud.pods.all.values())

    @property
    def endpoints(self) -> tuple[EndpointView, ...]:
        """The endpoints that are not deleted, oldest first; FAILED ones are among them."""
        now = self._now()
        every = self._cloud.serverless.all.values()
        return tuple(endpoint.view(now) for endpoint in every if not endpoint.deleted)

    @property
    def tasks(self) -> tuple[TaskView, ...]:
        """Every task that ever was, by endpoint, oldest first; those of deleted ones too."""
        self._now()
        every = self._cloud.serverless.all.values()
        return tuple(task.view() for endpoint in every for task in endpoint.queue.all.values())

    @property
    def callbacks(self) -> tuple[CallbackRecord, ...]:
        """
        Every callback to a task's webhook, oldest first, those on their way excepted.

        In the process none is posted, and each is here as it would have been.
        """
        self._now()
        sent = sorted(self._cloud.serverless.desk.courier.sent, key=lambda each: each.instant)
        style = self._gate.style
        return tuple(record(delivery, self._server.wall, style) for delivery in sent)

    @property
    def vms(self) -> tuple[VMView, ...]:
        """Every VM that ever was, oldest first."""
        now = self._now()
        return tuple(vm.view(now) for vm in self._cloud.vms.all.values())

    @property
    def volumes(self) -> tuple[VolumeView, ...]:
        """The network volumes that are not gone, oldest first."""
        now = self._now()
        return tuple(vol.view(now) for vol in self._cloud.volumes.all.values() if not vol.gone)

    @property
    def credentials(self) -> tuple[CredentialView, ...]:
        """The registry credentials, oldest first."""
        self._now()
        return tuple(credential.view() for credential in self._cloud.credentials.all.values())

    def billing(self, now: float | None = None) -> Decimal:
        """
        Return what everything has cost so far.

        Pods, endpoints' workers and VMs cost while they run, volumes of CEPH and VENDOR storage
        from active until they are gone. S3 and R2 volumes, which are billed by what is stored, are
        not in it.

        Args:
            now: Until when, in seconds on the simulator's clock; it may be an instant in the
                future. None for now.

        Returns:
            The cost in USD.
        """
        return self._cloud.cost(self._now() if now is None else now)

    @property
    def violations(self) -> tuple[Violation, ...]:
        """Every refusal for a limit, oldest first."""
        self._now()
        return tuple(self._gate.violations)

    @property
    def refusals(self) -> int:
        """How many requests were refused for a limit."""
        self._now()
        return len(self._gate.violations)

    @property
    def requests(self) -> tuple[RequestRecord, ...]:
        """Every request that arrived, oldest first, without the refused connections."""
        self._now()
        return tuple(self._server.log)

    @property
    def operations(self) -> Counter[str]:
        """How many requests arrived for each operation."""
        return Counter(record.operation for record in self.requests)

    @property
    def faults_fired(self) -> Counter[str]:
        """How often each fault struck, by its name in `Faults`."""
        self._now()
        return Counter(self._server.fired)

    @property
    def worst_window(self) -> int:
        """The most requests that arrived within any one window's length."""
        self._now()
        return self._gate.rate.worst

    @property
    def worst_concurrency(self) -> int:
        """The most pod operations at once, a refused one too."""
        self._now()
        return self._gate.slots.worst

    def _now(self) -> float:
        try:
            now = self._timeline.now()
        except RuntimeError:
            # Looked at after the run: it stands as it stood at its last instant.
            now = self._cloud.now
        self._server.advance(now)
        return now
