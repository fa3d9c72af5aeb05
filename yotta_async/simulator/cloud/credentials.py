"""Registry credentials. Pure: every method takes `now`."""

from collections.abc import Sequence

from attrs import define, field, frozen

from yotta_async.simulator.cloud.agenda import Agenda
from yotta_async.simulator.cloud.ids import Ids
from yotta_async.simulator.cloud.problems import CloudError, Problem


__all__ = ["Credential", "CredentialView", "Credentials"]

_NO_RECORD = 10007
_IN_USE = 25002


@frozen(kw_only=True)
class CredentialView:
    """
    A registry credential as it stood at one instant, without its secret.

    Attributes:
        id: Its id, in digits.
        name: Its name.
        username: The user at the registry.
        kind: The registry's type, such as ``"DOCKER_HUB"``.
        created_at: The instant at which it was stored, in seconds on the simulator's clock.
    """

    id: str
    name: str
    username: str
    kind: str
    created_at: float


@define(eq=False, kw_only=True)
class Credential:
    """A user of a registry; the secret goes in and never comes out."""

    id: int
    name: str
    username: str
    secret: str = field(repr=False)
    kind: str
    created_at: float

    def view(self) -> CredentialView:
        return CredentialView(
            id=str(self.id),
            name=self.name,
            username=self.username,
            kind=self.kind,
            created_at=self.created_at,
        )


@define(eq=False, kw_only=True)
class Credentials:
    """
    The credentials that there are.

    Attributes:
        all: By id, in the order of their creation; a deleted one is gone.
    """

    agenda: Agenda
    ids: Ids
    all: dict[int, Credential] = field(factory=dict[int, Credential])

    def create(
        self, name: str, username: str, secret: str, now: float, *, kind: str = "DOCKER_HUB"
    ) -> Credential:
        self.agenda.advance(now)
        credential = Credential(
            id=self.ids.new(now),
            name=name,
            username=username,
            secret=secret,
            kind=kind,
            created_at=now,
        )
        self.all[credential.id] = credential
        return credential

    def get(self, credential_id: int, now: float) -> Credential:
        """Return the credential; raise CloudError when there is none."""
        self.agenda.advance(now)
        credential = self.all.get(credential_id)
        if credential is None:
            raise CloudError(
                Problem.NOT_FOUND, f"credential [{credential_id}] does not exist", code=_NO_RECORD
            )
        return credential

    def list(self, now: float, *, lag: float = 0.0) -> tuple[Credential, ...]:
        """Return those committed `lag` seconds ago or earlier, newest first."""
        self.agenda.advance(now)
        return tuple(
            credential
            for credential in reversed(self.all.values())
            if credential.created_at + lag <= now
        )

    def delete(
        self, credential_id: int, now: float, *, users: Sequence[object], said_as: object
    ) -> None:
        """
        Forget a credential.

        Args:
            credential_id: Which.
            now: When.
            users: The pods and endpoints that use it; while there are any it stays.
            said_as: What a refusal carries about them.
        """
        self.get(credential_id, now)
        if users:
            raise CloudError(
                Problem.WRONG_STATE,
                "Credential is in use and cannot be deleted.",
                code=_IN_USE,
                data=said_as,
            )
        del self.all[credential_id]
