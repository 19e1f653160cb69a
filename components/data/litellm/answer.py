"""Messages in, answer out: as text, or as JSON of the schema that was asked for."""
import json
import re

import extract
import fill
import pictures
from pictures import BadPicture  # noqa: F401  (what callers catch)


def parts(messages, role):
    for message in messages:
        content = message.get("content") or ""
        if message.get("role") != role:
            continue
        if isinstance(content, str):
            yield {"type": "text", "text": content}
        else:
            yield from content


def texts(messages):
    """Every text of a conversation."""
    return [part["text"] for role in ("system", "user", "assistant") for part in parts(messages, role) if part.get("type") == "text"]


def schema_of(messages, response_format):
    """The JSON schema that the answer must satisfy, if one is asked for, in the request or in words."""
    if isinstance(response_format, dict):
        schema = (response_format.get("json_schema") or {}).get("schema") or response_format.get("schema")
        if schema:
            return schema
    for text in texts(messages):
        at = re.search(r"schema:?\s*(?=\{)", text, re.IGNORECASE)
        if at:
            try:
                return json.JSONDecoder().raw_decode(text, at.end())[0]
            except ValueError:
                continue
    return None


def material(messages):
    """(objective, text): the text between <page> and <data> marks, or else all that the user says."""
    said = "\n".join(part["text"] for part in parts(messages, "user") if part.get("type") == "text")
    objective = re.search(r"^Objective: *(.+)$", said, re.MULTILINE)
    marked = re.findall(r"<(page|data)\b[^>]*>\n?(.*?)</\1>", said, re.DOTALL)
    text = "\n".join(body for _, body in marked) if marked else re.sub(r"^Objective:.*$", "", said, flags=re.MULTILINE)
    return (objective[1].strip() if objective else ""), text.strip()


def urls(messages):
    for part in parts(messages, "user"):
        if part.get("type") == "image_url":
            url = part["image_url"]
            yield url["url"] if isinstance(url, dict) else url


def answer(messages, response_format=None):
    """The answer to a conversation."""
    objective, text = material(messages)
    shown = [pictures.decode(url) for url in urls(messages)]
    can_read = pictures.available()
    seen = "\n".join(pictures.read(picture) for picture in shown) if can_read else ""
    schema = schema_of(messages, response_format)
    if schema:
        source = fill.Source(objective, text, seen, pictures_shown=len(shown), can_read=can_read)
        return json.dumps(fill.fill(schema, source), ensure_ascii=False)
    if shown:
        return seen if can_read else fill.NO_OCR
    return extract.summary(text, extract.topic(objective))
