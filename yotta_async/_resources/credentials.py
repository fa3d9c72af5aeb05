"""Logins of container registries, stored at the server."""

from functools import partial

from attrs import define

from .._api import given
from .._api.created import created_credential
from ..errors import ConfigurationError
from ..models import Credential, CredentialSpec
from .calls import Calls
from .given import check_fields


__all__ = ["Credentials"]


@define(eq=False)
class Credentials:
    """The account's registry credentials; the server never gives a password back."""

    _calls: Calls

    async def create(
        self,
        *,
        name: str,
        username: str,
        password: str,
        type: str | None = None,  # noqa: A002  # its name in the API
    ) -> Credential:
        """
        Store a credential.

        Args:
            name: In v2 at most 20 characters.
            username: The registry's.
            password: The registry's password or token; it appears in no repr, log or error.
            type: ``"DOCKER_HUB"``, ``"GCR"``, ``"ECR"``, ``"ACR"`` or ``"PRIVATE"``; v2, where it
                is optional.

        Raises:
            ConfigurationError: A field that cannot be.
            UnresolvedCreateError: It was not found out whether it was stored.
        """
        spec = CredentialSpec(name=name, username=username, password=password, type=type)
        read = partial(created_credential, name=name, operation="createCredential")
        return await self._calls.made("createCredential", read, **given(spec))

    async def get(self, credential_id: str) -> Credential:
        """
        Return one credential.

        Raises:
            NotFoundError: There is none.
        """
        return await self._calls.one(Credential, "getCredential", credential_id=credential_id)

    async def list(self) -> list[Credential]:
        """Return all credentials."""
        return await self._calls.many(Credential, "listCredentials")

    async def update(
        self,
        credential_id: str,
        *,
        name: str | None = None,
        username: str | None = None,
        password: str | None = None,
    ) -> Credential:
        """
        Change a credential; what is not given stays.

        Raises:
            UnsupportedOperationError: The client speaks v1, which cannot.
            ConfigurationError: Nothing is to be changed, or to what cannot be.
            NotFoundError: There is none.
        """
        fields = {"name": name, "username": username, "password": password}
        changes = {field: value for field, value in fields.items() if value is not None}
        if not changes:
            hint = "Give name, username or password."
            raise ConfigurationError("name", None, "nothing is to be changed", hint=hint)
        check_fields(CredentialSpec, **changes)
        return await self._calls.one(
            Credential, "updateCredential", credential_id=credential_id, **changes
        )

    async def delete(self, credential_id: str) -> None:
        """
        Delete a credential.

        Raises:
            NotFoundError: There is none.
            ConflictError: A pod or an endpoint uses it; ``data`` says which.
        """
        await self._calls.gone("deleteCredential", credential_id=credential_id)
