"""Holds each call's most on its tenant's budget of the month and on its workload's before the model is asked."""
import json
import logging
import os
import sys
import time
from datetime import datetime, timezone

# The gateway loads this file by its path; its neighbours are found only if we say where.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import ledger  # noqa: E402
import metrics  # noqa: E402

log = logging.getLogger("LiteLLM Proxy")

# Tokens of an answer where the question doesn't say how many it may have, and the most of a picture.
ANSWER_TOKENS, PICTURE_TOKENS = 4096, 3000


def accounts(tenant, budget, claim, now=None):
    """The accounts of a call: its workload's, if it has one, and its tenant's of this month (UTC)."""
    month = (now or datetime.now(timezone.utc)).strftime("%Y-%m")
    found = []
    if claim:
        limits = {name: int(claim[name]) for name in ("amount", "tokens", "calls") if claim.get(name) is not None}
        found.append(ledger.Account(f"workload:{claim['uid']}", "this workload (spec.budget)", **limits))
    limits = {name: int(budget[name]) for name in ("amount", "tokens", "calls") if (budget or {}).get(name) is not None}
    found.append(ledger.Account(f"tenant:{tenant}:{month}", f"tenant {tenant} in {month}", **limits))
    return found


def question_tokens(data):
    """The most tokens that a question can be: no tokenizer makes more than one of a byte of text."""
    text, pictures = 0, 0
    for message in data.get("messages") or []:
        content = message.get("content")
        parts = content if isinstance(content, list) else [content]
        for part in parts:
            if isinstance(part, dict) and part.get("type") == "image_url":
                pictures += 1
            else:
                text += len(json.dumps(part, ensure_ascii=False).encode())
        text += len(json.dumps({key: value for key, value in message.items() if key != "content"}, ensure_ascii=False).encode())
    others = {name: data[name] for name in ("tools", "functions", "response_format") if data.get(name)}
    return text + len(json.dumps(others, ensure_ascii=False).encode()) + pictures * PICTURE_TOKENS


def answer_tokens(data):
    """The most tokens that the answers can have."""
    most = data.get("max_completion_tokens") or data.get("max_tokens") or ANSWER_TOKENS
    return int(most) * int(data.get("n") or 1)


def usage_of(response):
    """(input, output) tokens of a response or chunk, or None where it doesn't say."""
    usage = response.get("usage") if isinstance(response, dict) else getattr(response, "usage", None)
    if usage is None:
        return None
    read = usage.get if isinstance(usage, dict) else lambda name: getattr(usage, name, None)
    return int(read("prompt_tokens") or 0), int(read("completion_tokens") or 0)


class Prices:
    """Billionths of the currency for each token of a model's question and answer."""

    def __init__(self, by_model):
        self._by_model = by_model

    def cost(self, model, tokens):
        """What so many (input, output) tokens cost; None where the model has no price."""
        price = self._by_model.get(model)
        return price and price["input"] * tokens[0] + price["output"] * tokens[1]


try:
    from fastapi import HTTPException
    from litellm.integrations.custom_logger import CustomLogger
except ImportError:  # The bounds work, and are tested, without the gateway.
    pass
else:

    class Budgets(CustomLogger):
        """Holds before a call, settles after it, and gives back what a failed one held."""

        def __init__(self):
            super().__init__()
            self._ledger = ledger.from_environment()
            self._prices = Prices(json.loads(os.environ.get("MODEL_PRICES", "{}")))
            # By the gateway's own id of a call, which no client can set: (hold, model, most, when).
            self._held = {}
            self._metrics = metrics.from_environment(self._ledger.read if self._ledger else lambda ids: None)

        async def async_pre_call_hook(self, user_api_key_dict, cache, data, call_type):
            tenant, model = user_api_key_dict.user_id, data.get("model")
            # Only the master key has no tenant; nobody of the platform calls with it.
            who = (user_api_key_dict.metadata or {}).get("agentic") or {}
            booked = accounts(tenant or "platform", who.get("budget"), who.get("claim"))
            limited = any(account.limited or account.calls is not None for account in booked)
            if self._ledger is None:
                if limited:
                    raise HTTPException(503, "the gateway has no database for its ledger of budgets")
                return data
            if any(account.limited for account in booked) and not (data.get("max_tokens") or data.get("max_completion_tokens")):
                data["max_tokens"] = ANSWER_TOKENS
            if data.get("stream"):
                data["stream_options"] = {**(data.get("stream_options") or {}), "include_usage": True}
            most = (question_tokens(data), answer_tokens(data))
            amount = self._prices.cost(model, most)
            if amount is None and any(account.amount is not None for account in booked):
                self._metrics.count(tenant, model, "refused")
                raise HTTPException(402, f"budget exhausted: model {model} has no price, so that no budget of money can hold it")
            try:
                hold = await self._ledger.hold(booked, amount or 0, sum(most))
            except ledger.OverBudget as error:
                self._metrics.count(tenant, model, "refused")
                raise HTTPException(402, str(error)) from error
            except ledger.Unreachable as error:
                self._metrics.count(tenant, model, "unavailable")
                raise HTTPException(503, f"the ledger of budgets can't be asked, so that no model is asked either: {error}") from error
            self._forget()
            self._held[data.get("litellm_call_id")] = (hold, model, most, time.monotonic())
            return data

        async def async_post_call_success_hook(self, data, user_api_key_dict, response):
            hidden = getattr(response, "_hidden_params", None) or {}
            # An answer that is given again costs nothing.
            cached = bool(hidden.get("cache_hit"))
            used = (0, 0) if cached else usage_of(response)
            await self._settle(user_api_key_dict.user_id, data, used, "cached" if cached else "answered")
            return response

        async def async_post_call_failure_hook(self, request_data, original_exception, user_api_key_dict, traceback_str=None):
            held = self._held.pop(request_data.get("litellm_call_id"), None)
            if held:
                self._metrics.count(user_api_key_dict.user_id, held[1], "failed")
                self._metrics.took(held[1], time.monotonic() - held[3])
                await self._quietly(self._ledger.release(held[0]))

        async def async_post_call_streaming_iterator_hook(self, user_api_key_dict, response, request_data):
            used = None
            try:
                async for chunk in response:
                    used = usage_of(chunk) or used
                    yield chunk
            finally:
                await self._settle(user_api_key_dict.user_id, request_data, used, "answered")

        async def _settle(self, tenant, data, used, outcome):
            held = self._held.pop(data.get("litellm_call_id"), None)
            if not held:
                return
            hold, model, most, since = held
            # Where the answer doesn't say what it took, all that was held counts.
            spent = used if used is not None else most
            amount = self._prices.cost(model, spent) or 0
            self._metrics.count(tenant, model, outcome)
            self._metrics.spent(tenant, model, spent, amount)
            if outcome != "cached":
                self._metrics.took(model, time.monotonic() - since, spent)
            await self._quietly(self._ledger.settle(hold, amount, sum(spent)))

        async def _quietly(self, booking):
            try:
                await booking
            except ledger.Unreachable as error:
                # The hold stays, and is booked in full once its time is over.
                log.error("the ledger of budgets can't be asked to settle a call: %s", error)

        def _forget(self):
            """Holds of calls that ended without a word, such as of clients that went away: the ledger books them by itself."""
            oldest = time.monotonic() - 3600
            for call in [call for call, (_, _, _, since) in self._held.items() if since < oldest]:
                del self._held[call]

    hold_each_call = Budgets()
