"""Text of pictures, by tesseract where the gateway's image has it."""
import base64
import os
import re
import shutil
import subprocess

import extract

MAX_SECONDS = 60


class BadPicture(ValueError):
    """A picture that can't be looked at; the message says why."""


def available():
    return shutil.which("tesseract") is not None


def decode(url):
    """The bytes of a data URI; nothing else is taken, as nothing is fetched."""
    match = re.match(r"data:image/[\w.+-]+;base64,", url)
    if not match:
        raise BadPicture("pictures must be data URIs (data:image/png;base64,…): the offline model fetches nothing")
    return base64.b64decode(url[match.end() :], validate=True)


def read(picture):
    """The text of a picture. Page segmentation 3 finds columns and pictures in a screenshot."""
    done = subprocess.run(
        ["tesseract", "stdin", "stdout", "-l", "eng", "--psm", "3"],
        input=picture,
        capture_output=True,
        timeout=MAX_SECONDS,
        check=False,
        # One core: others work here, too.
        env={**os.environ, "OMP_THREAD_LIMIT": "1"},
    )
    if done.returncode != 0:
        raise BadPicture(f"the picture can't be read: {done.stderr.decode(errors='replace').strip()[:200]}")
    return done.stdout.decode(errors="replace").strip()


def tokens(text):
    return re.findall(r"[a-z0-9]{2,}", text.lower())


def missing_lines(seen, known):
    """Lines of the picture's text whose words are mostly not in the known text."""
    have = set(tokens(known))
    found = []
    for line in extract.lines(seen):
        own = tokens(line)
        letters = sum(char.isalnum() or char.isspace() for char in line)
        if len("".join(own)) < 5 or letters < 0.75 * len(line):
            continue
        if sum(token not in have for token in own) >= 0.4 * len(own):
            found.append(line)
    return list(dict.fromkeys(found))
