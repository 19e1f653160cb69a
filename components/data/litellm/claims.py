"""Who a call is for: a statement that the operator has signed for one workload. A step can neither make nor change one.

A claim is base64url of JSON, a dot, and base64url of the JSON's HMAC-SHA256. The JSON has the workload's namespace and uid,
and its budget: `amount` (billionths of the currency), `tokens`, `calls`, each absent where it has no limit.
"""
import base64
import hashlib
import hmac
import json
import os

HEADER = "x-agentic-claim"


def step_key(key):
    """The key that a tenant's steps have in the place of the tenant's own: no call is taken with it without a claim."""
    return "sk-step-" + hmac.new(key.encode(), b"agent step", hashlib.sha256).hexdigest()


def _decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class BadClaim(Exception):
    """A claim that the operator has not signed, or not for this tenant."""


def read(claim, keys, tenant):
    """The content of a claim that one of the keys has signed for a workload of the tenant; BadClaim otherwise."""
    body, _, signature = claim.partition(".")
    try:
        signed = _decode(signature)
        good = any(hmac.compare_digest(hmac.new(key.encode(), body.encode(), hashlib.sha256).digest(), signed) for key in keys)
        content = json.loads(_decode(body)) if good else None
    except ValueError:
        content = None
    if not isinstance(content, dict) or not isinstance(content.get("uid"), str):
        raise BadClaim(f"the header {HEADER} has no claim that the operator has signed")
    if content.get("namespace") != f"tenant-{tenant}":
        raise BadClaim(f"the claim is for a workload of {content.get('namespace')}, and the key is of tenant-{tenant}")
    return content


def keys_from_environment():
    """The keys that claims may be signed with: the one in use and, while it is rotated, the one before."""
    path = os.environ.get("CLAIM_KEYS_FILE")
    if not path:
        return []
    with open(path, encoding="utf-8") as file:
        return json.load(file)
