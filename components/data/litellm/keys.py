"""Virtual keys without a database: LiteLLM custom_auth over a mounted file.

The file (KEYS_FILE) is a JSON list of {"name", "key", "models", "rpm"?, "tpm"?, "budget"?}; it is read again when it changes, so
a new tenant's key works without a restart. Of each key follows that of the tenant's steps, which is taken only with a claim
(claims.py). The master key (LITELLM_MASTER_KEY) may do everything.
"""
import hmac
import json
import os
import sys

# The gateway loads this file by its path; its neighbours are found only if we say where.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import certificates  # noqa: E402
import claims  # noqa: E402
import tenancy  # noqa: E402

certificates.watch(os.environ.get("TLS_FOLDER"))


class KeyRing:
    """The keys of a file, as it is now."""

    def __init__(self, path):
        self.path, self._stamp, self._keys = path, None, []

    def keys(self):
        stamp = os.stat(self.path).st_mtime_ns
        if stamp != self._stamp:
            with open(self.path, encoding="utf-8") as file:
                self._keys = [{**entry, "step_key": claims.step_key(entry["key"])} for entry in json.load(file)]
            self._stamp = stamp
        return self._keys

    def find(self, presented):
        """(entry, whether it is a step's key); compares all, in constant time each, so that time tells nothing."""
        found = None, False
        for entry in self.keys():
            for name in ("key", "step_key"):
                if hmac.compare_digest(presented.encode(), entry[name].encode()):
                    found = entry, name == "step_key"
        return found


def may_use(entry, model):
    """Whether a key's entry allows a model; a request that names none asks about the gateway itself."""
    return model is None or "*" in entry["models"] or model in entry["models"]


try:
    from fastapi import Request
    from litellm.proxy._types import LitellmUserRoles, ProxyException, UserAPIKeyAuth
    from litellm.proxy.common_utils.http_parsing_utils import _read_request_body
except ImportError:  # The key ring works, and is tested, without the gateway.
    Request = None
else:
    RING = KeyRing(os.environ.get("KEYS_FILE", "/etc/secrets/litellm-keys/keys.json"))
    CLAIM_KEYS = claims.keys_from_environment()

    def claim_of(request, entry, of_step):
        """What the operator states about the caller; None where a tenant's own key comes without a claim."""
        claim = request.headers.get(claims.HEADER)
        if claim is None and not of_step:
            return None
        try:
            if claim is None:
                raise claims.BadClaim(f"a step's key is taken only with the header {claims.HEADER}")
            return claims.read(claim, CLAIM_KEYS, entry["name"])
        except claims.BadClaim as error:
            raise ProxyException(message=str(error), type="auth_error", param=claims.HEADER, code=403) from error

    async def check(request: Request, api_key: str) -> UserAPIKeyAuth:
        """Who a request comes from; 401 for an unknown key, 403 for a model that the key may not use, else as tenancy says."""
        master = os.environ.get("LITELLM_MASTER_KEY", "")
        if master and hmac.compare_digest(api_key.encode(), master.encode()):
            return UserAPIKeyAuth(api_key=api_key, user_role=LitellmUserRoles.PROXY_ADMIN)
        entry, of_step = RING.find(api_key)
        if entry is None:
            raise ProxyException(message="unknown key", type="auth_error", param="key", code=401)
        claim = claim_of(request, entry, of_step)
        body = await _read_request_body(request) or {}
        refused = tenancy.refusal(request.method, request.url.path, request.headers.keys(), body)
        if refused:
            code, field, message = refused
            raise ProxyException(message=message, type="invalid_request_error", param=field, code=code)
        model = body.get("model")
        # LiteLLM itself does not enforce the models list of a key that custom_auth made.
        if not may_use(entry, model):
            raise ProxyException(message=f"this key may not use model {model}", type="auth_error", param="model", code=403)
        return UserAPIKeyAuth(
            api_key=entry["key"],
            user_id=entry["name"],
            models=entry["models"],
            rpm_limit=entry.get("rpm"),
            tpm_limit=entry.get("tpm"),
            metadata={"agentic": {"budget": entry.get("budget"), "claim": claim}},
        )
