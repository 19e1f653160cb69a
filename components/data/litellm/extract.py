"""Reads facts, tables and the gist out of plain text; pure functions, nothing but the standard library."""
import re
from collections import Counter

STOPWORDS = frozenset(
    """a about above after again all also an and any are as at be because been before being below between both but by can
    could did do does doing down during each few for from further had has have having he her here hers him his how i if in
    into is it its itself just me more most must my no nor not now of off on once only or other our out over own same say
    says she should so some such than that the their them then there these they this those through to too under until up
    us very was we were what when where which while who whom why will with would you your""".split()
)

# Words of an objective that tell what to do, not what to look for.
TASK_WORDS = frozenset(
    """analyse analyze answer article compare content describe detail document explain extract fact find give information
    list look make name objective overview page product read report review site summarise summarize summary tell text
    thing topic url visual web website write""".split()
)

NUMBER = re.compile(r"[-+]?\d[\d,. ]*\d|\d")
MEASURE = re.compile(
    r"(?:[$€£¥]\s?\d[\d.,]*\d|[$€£¥]\s?\d|\d[\d.,]*\d\s?%|\d\s?%|\d[\d.,:/-]*\d?\s?[A-Za-z°€$£]{1,12}\b|\+?\d[\d .()-]{6,}\d|\d[\d.,:/-]*\d|\d)"
)
LABELLED = re.compile(r"^([^:|]{2,80}): +(\S.{0,300})$")
SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[A-Z0-9\"'(])")


def words(text):
    return re.findall(r"[^\W\d_]{2,}", text.lower())


def stem(word):
    """Singular and plural, and -ing, as far as English needs no dictionary for it."""
    for end, put in (("ies", "y"), ("sses", "ss"), ("ches", "ch"), ("shes", "sh"), ("xes", "x"), ("ing", ""), ("s", "")):
        if word.endswith(end) and len(word) - len(end) >= 3 and not word.endswith(("ss", "us", "is")):
            return word[: -len(end)] + put
    return word


def terms(text):
    """The content words of a text, by stem."""
    return [stem(word) for word in words(text) if word not in STOPWORDS]


def topic(objective):
    """What an objective asks for: its content words, without the words for the task itself."""
    tasks = {stem(word) for word in TASK_WORDS}
    return {term for term in terms(objective) if term not in tasks}


def lines(text):
    return [line.strip() for line in text.splitlines() if line.strip()]


def is_row(line):
    return line.count(" | ") >= 1


def is_heading(line):
    return line.startswith("#")


def sentences(text):
    """The sentences of the running text: no headings, rows of tables or menus."""
    found = []
    for line in lines(text):
        if is_heading(line) or is_row(line):
            continue
        for part in SENTENCE_END.split(line.lstrip("- ")):
            # Menus and captions have no full stop.
            if len(words(part)) >= (3 if re.search(r"[.!?][\"')\]]*$", part) else 9):
                found.append(part.strip())
    return found


def summary(text, wanted, most=3):
    """The sentences that say most, on the wanted terms above all, in the order of the text."""
    found = list(dict.fromkeys(sentences(text)))
    if not found:
        return " ".join(line.lstrip("# ") for line in lines(text)[:most])[:400]
    frequency = Counter(terms(text))
    top = max(frequency.values(), default=1)

    def score(index):
        own = set(terms(found[index]))
        if not own:
            return 0.0
        weight = sum(frequency[term] / top for term in own) / (len(own) ** 0.5)
        # Addresses and names of companies read like sentences, but say nothing.
        if sum(word[0].isupper() for word in found[index].split() if word[0].isalpha()) > 0.5 * len(found[index].split()):
            return 0.0
        return weight + 0.8 * len(own & wanted) + (0.3 if MEASURE.search(found[index]) else 0.0) + (0.25 if index == 0 else 0.0)

    best = sorted(sorted(range(len(found)), key=lambda index: (-score(index), index))[:most])
    return " ".join(found[index] for index in best)


def tables(text):
    """Tables as (header, rows): consecutive lines of cells between bars."""
    made, block = [], []
    for line in [*text.splitlines(), ""]:
        if is_row(line):
            block.append([cell.strip() for cell in line.strip().strip("|").split("|")])
        elif block:
            if len(block) > 1:
                made.append((block[0], block[1:]))
            block = []
    return made


def table_facts(text):
    """One fact per cell: the row's first cell and the column's head name the value."""
    facts = []
    for header, rows in tables(text):
        for row in rows:
            for head, cell in list(zip(header, row))[1:]:
                if head and cell:
                    facts.append((f"{row[0]}, {head}", cell))
    return facts


def labelled_facts(text):
    """Facts of lines such as `Price: 12 EUR`, and of data lines such as `Aria — price: 12 EUR`."""
    facts = []
    for line in lines(text):
        subject, dash, rest = line.partition(" — ")
        match = LABELLED.match(rest if dash else line)
        # A sentence may have a colon, too.
        is_sentence = match and match[2].endswith((".", "!", "?")) and len(words(match[2])) > 3
        if match and not is_sentence and not is_heading(line) and not is_row(line):
            name = f"{subject}, {match[1]}" if dash else match[1]
            facts.append((name.strip(), match[2].strip()))
    return facts


def stated_facts(text, wanted):
    """Sentences with a number or a name in them, which are facts as they stand."""
    facts, head = [], ""
    for line in lines(text):
        if is_heading(line):
            head = line.lstrip("# ").strip()
            continue
        if is_row(line):
            continue
        for sentence in sentences(line):
            names = re.findall(r"(?<=[a-z,] )[A-Z][a-z]+(?: [A-Z][a-z]+)+", sentence)
            if MEASURE.search(sentence) or names:
                relevance = len(set(terms(sentence)) & wanted) + (1 if MEASURE.search(sentence) else 0) + (1 if names else 0)
                facts.append((relevance, head or "Text", sentence))
    return facts


def facts(text, wanted, most=40):
    """(name, value) pairs: tables first, then labelled lines, then sentences with numbers or names."""
    found = table_facts(text) + labelled_facts(text)
    found += [(head, sentence) for _, head, sentence in sorted(stated_facts(text, wanted), key=lambda one: -one[0])]
    return list(dict.fromkeys(found))[:most]


def amount(value):
    """A value's number and unit, for comparing: `89.00 EUR`, `89 EUR` and `89,00 EUR` are the same."""
    match = NUMBER.search(value)
    digits = match[0].strip().replace(" ", "")
    if re.fullmatch(r"[-+]?\d+,\d{1,2}", digits):
        digits = digits.replace(",", ".")
    digits = digits.replace(",", "").rstrip(".")
    try:
        number = float(digits)
    except ValueError:
        number = digits
    return number, tuple(stem(word) for word in words(value))


def differ(one, other):
    """Whether two values can't both be true. Different units can't be compared."""
    (number, unit), (other_number, other_unit) = amount(one), amount(other)
    return number != other_number and (unit == other_unit or not unit or not other_unit)


def sources(text):
    """What each table says, and what the page's data say, as {terms of the name: (name, value)} with numbers only."""
    made = []
    for table in tables(text):
        rows = [[table[0], *table[1]]]
        made.append([fact for row in rows for fact in table_facts("\n".join(" | ".join(cells) for cells in row))])
    made.append([fact for fact in labelled_facts(text) if ", " in fact[0]])
    for source in made:
        keys = [frozenset(terms(name)) for name, _ in source]
        # A name that stands for several values in one place is a list, not a contradiction.
        yield {
            key: fact
            for key, fact in zip(keys, source)
            if key and keys.count(key) == 1 and NUMBER.search(fact[1])
        }


def contradictions(text):
    """Names that two tables, or a table and the page's data, give different numbers for, as (name, values)."""
    found = {}
    seen = []
    for source in sources(text):
        for key, (name, value) in source.items():
            for known in seen:
                for other, (other_name, other_value) in known.items():
                    if (key <= other or other <= key) and len(key & other) >= 2 and differ(value, other_value):
                        short = min(name, other_name, key=len)
                        found.setdefault(short, [other_value])
                        if value not in found[short]:
                            found[short].append(value)
        seen.append(source)
    return list(found.items())
