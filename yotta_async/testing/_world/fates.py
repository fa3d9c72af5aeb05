"""What becomes of pods that nobody has asked for anything."""

from random import Random
from typing import Final

from attrs import define

from ...simulator.cloud import Cloud
from ...simulator.cloud.pod import Pod, PodStatus


__all__ = ["STRANGER", "Fates"]

# The name of pods that are no program's of ours.
STRANGER: Final = "somebody-elses"
_AT_WORK: Final = (PodStatus.INITIALIZE, PodStatus.RUNNING, PodStatus.PAUSING, PodStatus.PAUSED)


@define(eq=False)
class Fates:
    """Lets pods of a cloud fail and vanish, but for those of strangers."""

    _cloud: Cloud
    _dice: Random

    def break_down(self, region: str, now: float) -> None:
        """Have a region break down: its pods are FAILED, and it has no stock any more."""
        for pod in self._ours():
            if pod.region == region and pod.status in _AT_WORK:
                self._end(pod, PodStatus.FAILED, now)
        self._cloud.stock.empty(region)

    def let_one_die(self, now: float) -> None:
        """Let one of the pods that run fail, or vanish."""
        running = [pod for pod in self._ours() if pod.status is PodStatus.RUNNING]
        if running:
            fate = self._dice.choice([PodStatus.FAILED, PodStatus.TERMINATED])
            self._end(self._dice.choice(running), fate, now)

    def _ours(self) -> list[Pod]:
        return [pod for pod in self._cloud.pods.all.values() if pod.request.name != STRANGER]

    def _end(self, pod: Pod, status: PodStatus, now: float) -> None:
        pod.move += 1
        if pod.holds_gpus:
            self._cloud.stock.give_back(pod.region, pod.request.gpu_type, pod.request.gpu_count)
            pod.holds_gpus = False
        pod.become(status, now)
