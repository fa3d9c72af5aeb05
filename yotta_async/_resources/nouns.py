"""The nouns of a client, each made, and its module imported, when it is first asked for."""

# ruff: noqa: PLC0415  # a program that makes pods need not wait for the machinery of tasks

from functools import cached_property
from typing import TYPE_CHECKING

from .._call.caller import CallOptions
from .account import Account
from .calls import Calls


if TYPE_CHECKING:
    from .credentials import Credentials
    from .gpus import Gpus
    from .metrics import Metrics
    from .pods.verbs import Pods
    from .serverless.verbs import Serverless
    from .tasks.verbs import Tasks
    from .vms import VMs
    from .volumes import Volumes


__all__ = ["Nouns"]


class Nouns:
    """What a client speaks of: ``client.pods``, ``client.vms``, and so on."""

    _account: Account
    _options: CallOptions

    @cached_property
    def pods(self) -> "Pods":
        """Pods: one container with GPUs each."""
        from .pods.verbs import Pods

        return Pods(self._calls, self._account.pods)

    @cached_property
    def gpus(self) -> "Gpus":
        """The GPUs on offer."""
        from .gpus import Gpus

        return Gpus(self._calls)

    @cached_property
    def credentials(self) -> "Credentials":
        """Stored logins of container registries."""
        from .credentials import Credentials

        return Credentials(self._calls)

    @cached_property
    def serverless(self) -> "Serverless":
        """Serverless endpoints and their workers."""
        from .serverless.verbs import Serverless

        return Serverless(self._calls)

    @cached_property
    def tasks(self) -> "Tasks":
        """The tasks of serverless endpoints in service mode QUEUE."""
        from .tasks.verbs import Tasks
        from .tasks.watch import TaskWatches

        account = self._account
        watches = account.shared(TaskWatches, lambda: TaskWatches(account.calls))
        return Tasks(self._calls, watches)

    @cached_property
    def vms(self) -> "VMs":
        """Virtual machines."""
        from .vms import VMs

        return VMs(self._calls)

    @cached_property
    def volumes(self) -> "Volumes":
        """Storage volumes."""
        from .volumes import Volumes

        return Volumes(self._calls)

    @cached_property
    def metrics(self) -> "Metrics":
        """What pods use of their processors, memory and disks."""
        from .metrics import Metrics

        return Metrics(self._calls)

    @property
    def _calls(self) -> Calls:
        return self._account.calls(self._options)
