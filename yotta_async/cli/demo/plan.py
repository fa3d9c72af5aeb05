"""What the demo is to do, and how fast its clock runs."""

from decimal import Decimal

from attrs import frozen

from ..._call.rules.retry import RetryPolicy
from ..._scheduling.rules.limits import Limits
from ...errors import ConfigurationError
from ...fleet import Budget, Placement, ReplacePolicy
from ...models import PodSpec
from ...simulator.cloud.catalog import PRICES


__all__ = ["Pace", "Plan", "regions_from"]

REGIONS = ("us-east-1", "us-west-1", "us-central-2", "eu-1", "us-east-2")
PORT = 8888


@frozen(kw_only=True)
class Plan:
    """
    The pods that are wanted.

    Attributes:
        pods: How many.
        regions: Where, in turn; an empty name leaves the choice to the server.
    """

    pods: int
    regions: tuple[str, ...]
    image: str
    gpu_type: str
    gpu_count: int = 1

    def specs(self) -> list[PodSpec]:
        """Return what the fleet is asked for; where it goes is for the placement to say."""
        spec = PodSpec(
            image=self.image, gpu_type=self.gpu_type, gpu_count=self.gpu_count, expose=[PORT]
        )
        return [spec] * self.pods

    def placement(self, pace: "Pace") -> Placement:
        """Return where its pods go: as many to each region, until one is full."""
        pause = pace.real(Placement().pause)
        regions = tuple(filter(None, self.regions))
        return Placement(regions=regions, strategy="spread", pause=pause)

    def budget(self) -> Budget:
        """Return a budget that bounds nothing, and knows prices that the service may not tell."""
        return Budget(prices=PRICES)

    @property
    def price_per_hour(self) -> Decimal | None:
        """USD per hour for all pods together; None for a GPU type whose price is not known."""
        price = PRICES.get(self.gpu_type)
        return None if price is None else price * self.gpu_count * self.pods


@frozen
class Pace:
    """
    How fast the simulated time runs; all that a client waits for is squeezed alike.

    Attributes:
        speed: Simulated seconds in a real second; 1 for the real service.
    """

    speed: float

    def real(self, simulated: float) -> float:
        """Return real seconds for simulated ones."""
        return simulated / self.speed

    def simulated(self, real: float) -> float:
        return real * self.speed

    def limits(self, requests: int) -> Limits:
        return Limits(requests=requests, per=self.real(60.0), grace=self.real(10.0))

    def retry(self) -> RetryPolicy:
        usual = RetryPolicy()
        return RetryPolicy(
            initial=self.real(usual.initial),
            maximum=self.real(usual.maximum),
            settle=self.real(usual.settle),
            patience=self.real(usual.patience),
            longest_pause=self.real(usual.longest_pause),
        )

    def replacing(self) -> ReplacePolicy:
        usual = ReplacePolicy()
        return ReplacePolicy(
            starting=self.real(usual.starting),
            health=self.real(usual.health),
            vanished=self.real(usual.vanished),
            patience=self.real(usual.patience),
        )

    @property
    def timeout(self) -> float:
        """Real seconds for one exchange."""
        return self.real(30.0)


def regions_from(text: str) -> tuple[str, ...]:
    """
    Read a number of simulated regions, or the regions' names with commas between them.

    Raises:
        ConfigurationError: It is neither.
    """
    if text.isdigit():
        if not 1 <= int(text) <= len(REGIONS):
            problem = f"must be 1 to {len(REGIONS)}, or names with commas between them"
            raise ConfigurationError("--regions", text, problem, hint="For example us-east-1,eu-1.")
        return REGIONS[: int(text)]
    names = [name.strip() for name in text.split(",")]
    if not all(names) or len(set(names)) < len(names):
        hint = "For example us-east-1,eu-1."
        raise ConfigurationError("--regions", text, "must be different names", hint=hint)
    return tuple(names)
