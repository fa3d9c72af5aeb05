"""Logins of container registries, stored at the server."""

from functools import partial

from attrs import define

from .._api import given
from .._api.shapes import created_credential
from ..errors import ConfigurationError
from ..models import Credential, CredentialSpec, Listing
from .calls import Calls, Noun
from .given import check_fields


__all__ = ["Credentials"]


@define(eq=False, repr=False)
class Credentials(Noun):
    """The registry credentials of the account; the server never sends a password back."""

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
            name: The credential's name: letters, digits and ``@._-``, a letter first; at most 50
                characters in v1, 20 in v2.
            username: The user at the registry, 1 to 255 characters.
            password: The registry's password or token, 1 to 255 characters; it appears in no repr,
                log or error.
            type: ``"DOCKER_HUB"``, ``"GCR"``, ``"ECR"``, ``"ACR"`` or ``"PRIVATE"``; v2 only. None
                leaves it to the server.

        Returns:
            The credential; where v1 answers its id alone, with the name that was sent.

        Raises:
            ConfigurationError: A field that cannot work; nothing was sent.
            UnresolvedCreateError: It could not be found out whether it was stored: look for its
                name.
            APIError: Any other refusal, and failures after all attempts.

        Source: v1 ``createCredentialV1``, ``POST /openapi/v1/credentials/create``; v2
        ``createCredential``, ``POST /v2/container-registry-auths``.
        """
        spec = CredentialSpec(name=name, username=username, password=password, type=type)
        read = partial(created_credential, name=name, operation="createCredential")
        return await self._calls.create("createCredential", read, **given(spec))

    async def get(self, credential_id: str) -> Credential:
        """
        Return one credential.

        Args:
            credential_id: The credential's id.

        Returns:
            The credential, without its password.

        Raises:
            NotFoundError: There is no such credential.
            APIError: Any other refusal, and failures after all attempts.

        Source: v1 ``getCredentialV1``, ``GET /openapi/v1/credentials/{credential_id}``; v2
        ``getCredentialById``, ``GET /v2/container-registry-auths/{credential_id}``.
        """
        return await self._calls.fetch(Credential, "getCredential", credential_id=credential_id)

    async def list(self) -> Listing[Credential]:
        """
        Return all credentials.

        Returns:
            The credentials, in one list without pages, and beside it what cannot be read.

        Raises:
            APIError: Any other refusal, and failures after all attempts.

        Source: v1 ``listCredentialsV1``, ``GET /openapi/v1/credentials/list``; v2
        ``listCredentials``, ``GET /v2/container-registry-auths``.
        """
        return await self._calls.fetch_list(Credential, "listCredentials")

    async def update(
        self,
        credential_id: str,
        *,
        name: str | None = None,
        username: str | None = None,
        password: str | None = None,
    ) -> Credential:
        """
        Change a credential.

        Args:
            credential_id: The credential's id.
            name: The new name. None for the old one.
            username: The new user at the registry. None for the old one.
            password: The new password or token; it appears in no repr, log or error. None for the
                old one.

        Returns:
            The credential with its changes.

        Raises:
            UnsupportedOperationError: The client speaks v1, which has no such operation.
            ConfigurationError: Nothing is to be changed, or to what cannot work; nothing was sent.
            NotFoundError: There is no such credential.
            APIError: Any other refusal, and failures after all attempts.

        Source: v2 ``updateCredential``, ``PATCH /v2/container-registry-auths/{credential_id}``.
        """
        fields = {"name": name, "username": username, "password": password}
        changes = {field: value for field, value in fields.items() if value is not None}
        if not changes:
            hint = "Or give username or password."
            raise ConfigurationError("name", None, "must be given to change it", hint=hint)
        check_fields(CredentialSpec, **changes)
        return await self._calls.fetch(
            Credential, "updateCredential", credential_id=credential_id, **changes
        )

    async def delete(self, credential_id: str) -> None:
        """
        Delete a credential.

        Args:
            credential_id: The credential's id.

        Raises:
            NotFoundError: There is no such credential. After a lost answer this counts as done.
            ConflictError: A pod or an endpoint uses it; ``data`` says which.
            APIError: Any other refusal, and failures after all attempts.

        Source: v1 ``deleteCredentialV1``, ``DELETE /openapi/v1/credentials/{credential_id}``; v2
        ``deleteCredential``, ``DELETE /v2/container-registry-auths/{credential_id}``.
        """
        await self._calls.delete("deleteCredential", credential_id=credential_id)
