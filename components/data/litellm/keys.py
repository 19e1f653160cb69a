"""Virtual keys without a database: LiteLLM custom_auth over a mounted file.

The file (KEYS_FILE) is a JSON list of {"name", "key", "models", "rpm"?, "tpm"?}; it is read again when it changes, so
a new tenant's key works without a restart. The master key (LITELLM_MASTER_KEY) may do everything.
"""
import hmac
import json
import os
import sys

# The gateway loads this file by its path; its neighbours are found only if we say where.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import certificates  # noqa: E402
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
                self._keys = json.load(file)
            self._stamp = stamp
        return self._keys

    def find(self, presented):
        """The entry of a key; compares all, in constant time each, so that time tells nothing."""
        found = None
        for entry in self.keys():
            if hmac.compare_digest(presented.encode(), entry["key"].encode()):
                found = entry
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

    async def check(request: Request, api_key: str) -> UserAPIKeyAuth:
        """Who a request comes from; 401 for an unknown key, 403 for a model that the key may not use, else as tenancy says."""
        master = os.environ.get("LITELLM_MASTER_KEY", "")
        if master and hmac.compare_digest(api_key.encode(), master.encode()):
            return UserAPIKeyAuth(api_key=api_key, user_role=LitellmUserRoles.PROXY_ADMIN)
        entry = RING.find(api_key)
        if entry is None:
            raise ProxyException(message="unknown key", type="auth_error", param="key", code=401)
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
        )
