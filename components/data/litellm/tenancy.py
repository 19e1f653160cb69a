"""What a tenant's key may ask of the gateway, and what keeps its answers apart from other tenants'.

LiteLLM takes settings from requests: where to send them, what to send besides, how to cache. A key that LiteLLM's cache is
read and written under is made of OpenAI's parameters alone, so that a request with `extra_body` gets an answer to another
question than its key says. Therefore fields, headers and routes are those listed here, and no others.
"""

# By method and path. All else, such as embeddings, pass-through, files and management, has no use for agents.
ROUTES = frozenset(
    (method, base + path)
    for method, path in (("POST", "/chat/completions"), ("GET", "/models"))
    for base in ("", "/v1")
)

# Fields of OpenAI's chat completions. Each is part of the cache's key, as a test compares with LiteLLM itself.
FIELDS = frozenset(
    """model messages temperature top_p n stop seed max_tokens max_completion_tokens response_format stream stream_options
    tools tool_choice parallel_tool_calls functions function_call presence_penalty frequency_penalty logit_bias logprobs
    top_logprobs reasoning_effort verbosity user""".split()
)

# Parts of a message. A file may name an address or another tenant's upload; audio has no reader here.
PARTS = frozenset({"text", "image_url", "refusal"})


def _listed(value):
    return value if isinstance(value, list) else []


def _bad_part(part):
    """Why a part of a message is refused, or None. The gateway may reach more than the tenant: it fetches nothing for it."""
    if not isinstance(part, dict):
        return "messages: parts have a type"
    kind = part.get("type")
    if kind not in PARTS:
        return f"messages: parts of type {kind} are not allowed; allowed are {', '.join(sorted(PARTS))}"
    if kind != "image_url":
        return None
    picture = part.get("image_url")
    url = picture.get("url") if isinstance(picture, dict) else picture
    if not (isinstance(url, str) and url[:11].lower() == "data:image/"):
        return "messages: pictures must be data URIs: the gateway fetches none"
    return None


def refusal(method, path, headers, body):
    """Why a tenant's request is refused as (status, field, message), or None."""
    if (method, path) not in ROUTES:
        return 403, "path", f"{method} {path} is not for tenants' keys; chat completions and the list of models are"
    for name in headers:
        # Each sets something of LiteLLM: callbacks, tags, timeouts, retries.
        if name.lower().startswith("x-litellm-"):
            return 400, name, f"the header {name} is not allowed"
    if method != "POST":
        return None
    unknown = sorted(str(name) for name in body if name not in FIELDS)
    if unknown:
        return 400, unknown[0], f"{', '.join(unknown)}: not allowed; a request may have {', '.join(sorted(FIELDS))}"
    if not isinstance(body.get("model"), str):
        return 400, "model", "model: name one model"
    messages = body.get("messages")
    if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
        return 400, "messages", "messages: a list of messages"
    for content in (message.get("content") for message in messages):
        if not (content is None or isinstance(content, (str, list))):
            return 400, "messages", "messages: content is a text or a list of parts"
        for part in _listed(content):
            bad = _bad_part(part)
            if bad:
                return 400, "messages", bad
    for tool in _listed(body.get("tools")):
        # Others, such as `mcp`, have the gateway itself call an address.
        if not isinstance(tool, dict) or tool.get("type") != "function":
            return 400, "tools", "tools: only functions, which the client calls itself, are allowed"
    return None


try:
    from litellm.integrations.custom_logger import CustomLogger
except ImportError:  # The rules work, and are tested, without the gateway.
    pass
else:

    class OwnCache(CustomLogger):
        """Gives each tenant a part of the cache of its own."""

        async def async_pre_call_hook(self, user_api_key_dict, cache, data, call_type):
            data["cache"] = {"namespace": user_api_key_dict.user_id or "platform"}
            return data

    own_cache = OwnCache()
