"""What a Zendesk desk takes in comptoir.toml, beyond the keys every desk has."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, field_validator, model_validator

from comptoir.errors import BadSettings
from comptoir.rest import check_base_url

#: anyone can sign with it: Zendesk prints it in its documentation and uses it for test sends before a webhook exists
#: https://developer.zendesk.com/documentation/webhooks/verifying
PUBLIC_TEST_SECRET = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="


class Options(BaseModel):
    # an error must not print a secret that stands beside the wrong value
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    #: `acme` of https://acme.zendesk.com
    subdomain: Annotated[str, StringConstraints(pattern=r"^([a-z0-9][a-z0-9-]{0,62})?$")] = ""
    #: instead of `subdomain`: the whole address, as of a sandbox on this machine
    base_url: str = ""

    #: the OAuth client (Admin Center > Apps and integrations > APIs > OAuth clients), of the confidential kind
    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    #: macros have no scope of their own, so nothing narrower than this can publish them
    scope: str = "read write"
    #: seconds an access token lives; Zendesk takes more than 300 and less than 172800
    expires_in: Annotated[int, Field(gt=300, lt=172800)] = 7200

    #: the old way in, which Zendesk is closing: see LEGACY_TOKENS_END in client.py
    email: str = ""
    api_token: SecretStr = SecretStr("")

    #: the webhook's signing secret, and the one before it while a rotation is under way
    webhook_secret: SecretStr
    previous_webhook_secret: SecretStr = SecretStr("")
    #: seconds that a signature's time stamp may be away from our clock; Zendesk asks for none, receivers use 5 minutes
    freshness: Annotated[int, Field(gt=0, le=3600)] = 300
    #: the user the OAuth client acts as; its own updates are then dropped at the door (`comptoir doctor` prints it)
    own_user_id: Annotated[str, StringConstraints(pattern=r"^\d*$")] = ""
    #: treat a key that Zendesk ignored as an error instead of a warning
    strict: bool = False

    @field_validator("webhook_secret", "previous_webhook_secret")
    @classmethod
    def _not_public(cls, secret: SecretStr) -> SecretStr:
        if secret.get_secret_value().strip() == PUBLIC_TEST_SECRET:
            raise ValueError("this is Zendesk's public test secret: anyone can sign with it. Use the webhook's own, "
                             "shown by Reveal secret on its page in Admin Center")
        return secret

    @field_validator("webhook_secret")
    @classmethod
    def _not_empty(cls, secret: SecretStr) -> SecretStr:
        if not secret.get_secret_value():
            raise ValueError("empty: copy the webhook's signing secret from its page in Admin Center")
        return secret

    @model_validator(mode="after")
    def _address_and_credentials(self) -> Self:
        if bool(self.subdomain) == bool(self.base_url):
            raise ValueError('one of `subdomain` ("acme" for https://acme.zendesk.com) or `base_url`')
        try:
            check_base_url(self.address)
        except BadSettings as error:
            raise ValueError(f"base_url: {error}") from error
        if self.oauth == self.legacy:
            raise ValueError("either `client_id` with `client_secret`, or (accounts that still have one) `email` with "
                             "`api_token`")
        return self

    @property
    def address(self) -> str:
        return self.base_url or f"https://{self.subdomain}.zendesk.com"

    @property
    def oauth(self) -> bool:
        return bool(self.client_id and self.client_secret.get_secret_value())

    @property
    def legacy(self) -> bool:
        return bool(self.email and self.api_token.get_secret_value())
