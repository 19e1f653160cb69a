"""How far a text can be trusted to answer an objective: measured, not guessed."""
import re

import extract

# A page of fewer words says little; from the second number on length is no reason for doubt.
FEW_WORDS, ENOUGH_WORDS = 40, 90
CEILING = 0.99

# The share of a page's words that say something new: menus and tables repeat some, but not half of all.
MOSTLY = 0.5


def errors_of(text):
    """Signs that the page is an error page or a stub."""
    return re.findall(
        r"\b(?:404|page not found|not found|access denied|forbidden|internal server error|service unavailable|coming soon|under construction|lorem ipsum|enable javascript|captcha)\b",
        text.lower(),
    )


def distinct(text):
    """How many words of a text say something new: of what is said twice, in whatever order of sentences, only the first counts."""
    said = extract.words(text)
    return len(set(zip(said, said[1:], said[2:]))) + min(len(said), 2)


def judge(text, objective):
    """(confidence, reasons, findings); a finding is (severity, text)."""
    reasons, findings = [], []
    confidence = CEILING
    total = len(extract.words(text))
    count = distinct(text)
    if count < MOSTLY * total:
        confidence *= 0.7
        reasons.append(f"the page repeats itself: {count} of its {total} words say something new")
        findings.append(("medium", f"The page repeats itself: {count} of its {total} words say something new."))
    if count < ENOUGH_WORDS:
        share = max(0.0, (count - FEW_WORDS) / (ENOUGH_WORDS - FEW_WORDS))
        confidence = min(confidence, 0.3 + 0.65 * share if count >= FEW_WORDS else 0.3 * count / FEW_WORDS)
        reasons.append(f"the page has only {count} words")
        findings.append(("medium" if count < FEW_WORDS else "low", f"The page says little: {count} words."))
    else:
        reasons.append(f"the page has {count} words of text")
    wanted = extract.topic(objective)
    if wanted:
        met = wanted & set(extract.terms(text))
        coverage = len(met) / len(wanted)
        if not met:
            confidence *= 0.6
            reasons.append("the page names nothing that the objective asks for")
            findings.append(("medium", "The page names nothing that the objective asks for."))
        else:
            # One word of many missing is how people write; most missing is another subject.
            confidence *= 1 - 0.02 * (1 - coverage)
            reasons.append(f"the page names {len(met)} of the {len(wanted)} things that the objective asks for")
    conflicts = extract.contradictions(text)
    for name, values in conflicts[:5]:
        findings.append(("high", f"The page contradicts itself on {name}: {' and '.join(values[:4])}."))
    if conflicts:
        confidence *= max(0.25, 0.7 ** len(conflicts))
        reasons.append(f"the page contradicts itself on {', '.join(name for name, _ in conflicts[:3])}")
    signs = errors_of(text) if count < 4 * ENOUGH_WORDS else []
    if signs:
        confidence *= 0.5
        reasons.append(f"the page reads like an error or a placeholder: {signs[0]}")
        findings.append(("medium", f"The page reads like an error or a placeholder ({signs[0]})."))
    if not conflicts and count >= ENOUGH_WORDS:
        known = len(extract.table_facts(text)) + len(extract.labelled_facts(text))
        reasons.append(f"{known} values in tables and data agree with each other" if known else "nothing on the page contradicts itself")
    return round(confidence, 3), reasons, findings
