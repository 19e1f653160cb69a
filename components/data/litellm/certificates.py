"""Serves a renewed certificate without a restart: uvicorn reads its certificate once, and has no way to be told of another."""
import gc
import logging
import os
import ssl
import threading
import time

log = logging.getLogger("LiteLLM Proxy")


def stamp(folder):
    """Changes with the content of a mounted Secret: kubelet renames a link."""
    return os.path.realpath(os.path.join(folder, "tls.crt"))


def serving():
    """The contexts of this process's servers. New connections get what a context has by then."""
    return [one for one in gc.get_objects() if isinstance(one, ssl.SSLContext) and one.protocol == ssl.PROTOCOL_TLS_SERVER]


def follow(folder, seconds):
    """Loads the certificate of a folder again whenever it changes."""
    seen = stamp(folder)
    while True:
        time.sleep(seconds)
        now = stamp(folder)
        if now == seen:
            continue
        # Both of one version of the Secret, should there be another one meanwhile.
        pair = [os.path.join(os.path.dirname(now), name) for name in ("tls.crt", "tls.key")]
        try:
            # A pair that doesn't fit would leave a context with half of it: it is tried on one that serves nobody.
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(*pair)
            for context in serving():
                context.load_cert_chain(*pair)
        except (OSError, ssl.SSLError) as error:
            log.error("the new certificate can't be read, the old one stays: %s", error)
            continue
        seen = now
        log.warning("the certificate has changed: it is served from now on")


def watch(folder, seconds=5):
    """Follows a folder in the background; none without a folder."""
    if folder:
        threading.Thread(target=follow, args=(folder, seconds), daemon=True).start()
