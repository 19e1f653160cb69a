"""LiteLLM custom provider that answers without any network: extractive, from the text and the pictures it is given.

It gets the very prompts that a real model would get. Text: summary, facts, contradictions and a measured confidence.
Pictures: their text, by tesseract. A JSON schema, from response_format or from the prompt, is filled in.
"""
import asyncio
import binascii
import os
import sys
import time

# The gateway loads this file by its path; its neighbours are found only if we say where.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import answer  # noqa: E402
import litellm  # noqa: E402
from litellm import CustomLLM  # noqa: E402
from turns import Turns  # noqa: E402

# Pictures take seconds of a processor each; there are two.
TURNS = Turns(4)


def estimate(text):
    """Tokens of a text, about: English has four characters to a token."""
    return max(1, len(text) // 4)


def reply(model, messages, optional_params):
    """(answer, why it ends): cut where it would have more tokens than it may."""
    try:
        asked = optional_params or {}
        text = answer.answer(messages, asked.get("response_format"))
        most = asked.get("max_completion_tokens") or asked.get("max_tokens")
        return (text[: 4 * int(most)], "length") if most and estimate(text) > int(most) else (text, "stop")
    except (answer.BadPicture, binascii.Error) as error:
        raise litellm.BadRequestError(message=str(error), model=model, llm_provider="offline") from error


def usage(messages, text):
    prompt = sum(estimate(part) for part in answer.texts(messages))
    completion = estimate(text)
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def tenant(litellm_params=None, **_):
    """Whose key a call came with."""
    return ((litellm_params or {}).get("metadata") or {}).get("user_api_key_user_id")


async def by_turns(work, *args, **kwargs):
    """Runs the work of a call in a thread when it is its tenant's turn."""
    async with TURNS.slot(tenant(**kwargs)):
        return await asyncio.to_thread(work, *args, **kwargs)


class Offline(CustomLLM):
    def completion(self, model, messages, model_response, optional_params=None, **_):
        text, reason = reply(model, messages, optional_params)
        model_response.model = model
        model_response.created = int(time.time())
        model_response.choices[0].message.content = text
        model_response.choices[0].finish_reason = reason
        model_response.usage = litellm.Usage(**usage(messages, text))
        return model_response

    async def acompletion(self, *args, **kwargs):
        return await by_turns(self.completion, *args, **kwargs)

    def _chunks(self, model, messages, optional_params=None, **_):
        text, reason = reply(model, messages, optional_params)
        pieces = [text[start : start + 200] for start in range(0, len(text), 200)] or [""]
        for index, piece in enumerate(pieces):
            last = index == len(pieces) - 1
            yield {
                "text": piece,
                "is_finished": last,
                "finish_reason": reason if last else "",
                "index": 0,
                "tool_use": None,
                "usage": usage(messages, text) if last else None,
            }

    def _all_chunks(self, *args, **kwargs):
        return list(self._chunks(*args, **kwargs))

    def streaming(self, *args, **kwargs):
        yield from self._chunks(*args, **kwargs)

    async def astreaming(self, *args, **kwargs):
        for chunk in await by_turns(self._all_chunks, *args, **kwargs):
            yield chunk


handler = Offline()

