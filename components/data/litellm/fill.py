"""Fills in a JSON schema from a text: what a property is called, and described as, says what goes in."""
import re

import extract
import judge
import pictures

NO_OCR = "The picture's text can't be read: the gateway has no OCR (tesseract is not installed)."
MOST = 12


class Source:
    """What there is to answer from; measured once, when it is first asked for."""

    def __init__(self, objective, text, seen="", pictures_shown=0, can_read=True):
        self.objective, self.text, self.seen = objective, text, seen
        self.pictures_shown, self.can_read = pictures_shown, can_read
        self.wanted = extract.topic(objective)
        self._judged = None

    @property
    def judged(self):
        self._judged = self._judged or judge.judge(self.text, self.objective)
        return self._judged

    def facts(self):
        return extract.facts(self.text, self.wanted)

    def summary(self):
        return extract.summary(self.text, self.wanted)

    def picture_lines(self):
        return pictures.missing_lines(self.seen, self.text)

    def look(self):
        """What a picture shows, as far as its text says."""
        if not self.can_read:
            return NO_OCR
        found = self.picture_lines()
        lines = extract.lines(self.seen)
        if not lines:
            return "A picture without text that can be read."
        begins = f"A page that shows {len(lines)} lines of text, beginning with “{lines[0]}”."
        return begins + (f" {len(found)} of them are not in the page's own text." if found else "")


def words_of(name, schema):
    return set(extract.terms(re.sub(r"([a-z])([A-Z])", r"\1 \2", name).replace("_", " ") + " " + schema.get("description", "")))


def fill(schema, source, name="", root=None):
    """A value that satisfies the schema."""
    root = root if root is not None else schema
    schema = resolve(schema, root)
    for union in ("anyOf", "oneOf", "allOf"):
        if schema.get(union):
            options = [one for one in schema[union] if one.get("type") != "null"]
            constants = [one["const"] for one in options if "const" in one]
            if constants and len(constants) == len(options):
                return choose(constants, source, name, schema)
            return fill(options[0], source, name, root) if options else None
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return choose(schema["enum"], source, name, schema)
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((one for one in kind if one != "null"), "null")
    if kind == "object" or (kind is None and "properties" in schema):
        return {key: fill(inner, source, key, root) for key, inner in schema.get("properties", {}).items()}
    if kind == "array":
        return array(schema, source, name, root)
    if kind in ("number", "integer"):
        return number(schema, source, name, kind)
    if kind == "boolean":
        return bool(words_of(name, schema) & set(extract.terms(source.text)))
    if kind == "null":
        return None
    return string(schema, source, name)


def choose(options, source, name, schema):
    """The option that the text speaks of most; the first, if of none."""
    found = extract.terms(source.text)
    return max(options, key=lambda one: (sum(found.count(term) for term in extract.terms(str(one))), -options.index(one)))


def number(schema, source, name, kind):
    if re.search(r"confiden|certain|probab|score", name, re.IGNORECASE):
        value = source.judged[0]
    else:
        near = best_sentence(source, words_of(name, schema))
        match = extract.NUMBER.search(near)
        value = float(match[0].replace(",", "").replace(" ", "")) if match and re.fullmatch(r"[-+]?[\d, ]+(\.\d+)?", match[0]) else 0
    value = max(schema.get("minimum", value), min(schema.get("maximum", value), value))
    return round(value) if kind == "integer" else value


def best_sentence(source, wanted):
    found = extract.sentences(source.text)
    return max(found, key=lambda one: len(set(extract.terms(one)) & wanted), default=source.text[:300])


def string(schema, source, name):
    lower = name.lower()
    if source.pictures_shown and re.search(r"descri|look|picture|image|caption|see", lower):
        value = source.look()
    elif re.search(r"summar|overview|abstract|answer|conclusion", lower):
        value = source.summary()
    elif re.search(r"title|headline", lower):
        value = next((line.lstrip("# ") for line in extract.lines(source.text) if extract.is_heading(line)), source.text[:80])
    else:
        value = best_sentence(source, words_of(name, schema))
    return value[: schema.get("maxLength", 4000)].ljust(schema.get("minLength", 0), ".")


def array(schema, source, name, root):
    items = resolve(schema.get("items") or {"type": "string"}, root)
    made = [shape(items, record, source, root) for record in records(name, source)]
    made = made[: schema.get("maxItems", 40 if name == "facts" else MOST)]
    while len(made) < schema.get("minItems", 0):
        made.append(fill(items, source, name, root))
    return made


def resolve(schema, root):
    """The schema itself, or the one that its `$ref` names in the same document."""
    if "$ref" not in schema:
        return schema
    target = root
    for key in schema["$ref"].lstrip("#/").split("/"):
        target = target[key]
    return target


def records(name, source):
    """What a list of that name holds: dicts of every form that an item may want."""
    lower = name.lower()
    if re.search(r"image|picture|ocr|screenshot", lower):
        return [{"text": line} for line in source.picture_lines()]
    if re.search(r"finding|issue|problem|risk|warning|contradiction", lower):
        return [{"severity": severity, "text": text} for severity, text in source.judged[2]]
    if re.search(r"reason|why", lower):
        return [{"text": reason} for reason in source.judged[1]]
    if re.search(r"fact|figure|number|price|value|detail|data", lower):
        found = source.facts()
        if "key" in lower or "main" in lower:
            found = sorted(found, key=lambda one: -len(set(extract.terms(" ".join(one))) & source.wanted))
        return [{"name": head, "value": value, "text": value if value.endswith(".") else f"{head}: {value}"} for head, value in found]
    if re.search(r"keyword|tag|topic|term", lower):
        return [{"text": word} for word, _ in extract.Counter(extract.terms(source.text)).most_common(MOST)]
    return [{"text": sentence} for sentence in source.summary().split(". ") if sentence]


SYNONYMS = {
    "name": ("name", "key", "label", "title", "subject", "field"),
    "value": ("value", "amount", "content"),
    "text": ("text", "description", "message", "sentence", "detail", "statement", "fact"),
    "severity": ("severity", "level", "priority"),
}


def shape(items, record, source, root):
    """The record in the form that the schema of the list's items asks for."""
    if items.get("type", "string") != "object":
        return record["text"] if items.get("type", "string") == "string" else fill(items, source, "", root)
    made = {}
    for key, inner in items.get("properties", {}).items():
        known = next((own for own, others in SYNONYMS.items() if key.lower() in others and own in record), None)
        allowed = inner.get("enum")
        if known and (not allowed or record[known] in allowed):
            made[key] = record[known]
        else:
            made[key] = fill(inner, source, key, root)
    return made
