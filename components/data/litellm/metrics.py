"""What the gateway has done, for Prometheus: calls of models by outcome, tokens, money, and how much of each budget is used.

`tenant` is the tenant's namespace. No label names a workload, a key or a person. Money is whole billionths of the currency,
which floating point adds exactly.
"""
import json
import logging
import os
from datetime import datetime, timezone

try:
    import prometheus_client
    from prometheus_client.core import GaugeMetricFamily
except ImportError:  # An image without it serves no metrics.
    prometheus_client = None

log = logging.getLogger("LiteLLM Proxy")

# What becomes of a call: its answer is the model's or the cache's, a budget has no room, the ledger is away, or it fails.
OUTCOMES = ("answered", "cached", "refused", "unavailable", "failed")
DIRECTIONS = ("input", "output")
# By OpenTelemetry's conventions on generative AI, which say the buckets of a call's seconds and tokens, too.
CHAT = "chat"
SECONDS = tuple(0.01 * 2**i for i in range(14))
TOKENS = tuple(4**i for i in range(14))


class Nothing:
    """In the place of the metrics where nobody is to read them."""

    def count(self, tenant, model, outcome):
        pass

    def spent(self, tenant, model, tokens, amount):
        pass

    def took(self, model, seconds, tokens=None):
        pass


def namespace(tenant):
    return f"tenant-{tenant}" if tenant else "platform"


def entries():
    """The tenants' keys, with their models and budgets."""
    try:
        with open(os.environ["KEYS_FILE"], encoding="utf-8") as file:
            return json.load(file)
    except (KeyError, OSError, ValueError):
        return []


class Used:
    """Reads at each scrape how much of this month's budgets is used, from the ledger, so that all pods say the same."""

    def __init__(self, read):
        self._read = read

    def collect(self):
        share = GaugeMetricFamily(
            "agentic_budget_used_ratio",
            "Share of a tenant's budget of the month that is spent or held by calls under way, by what it limits; 0 of one without a limit.",
            labels=["tenant", "limit"],
        )
        budgets = {entry["name"]: entry.get("budget") or {} for entry in entries()}
        month = datetime.now(timezone.utc).strftime("%Y-%m")
        limited = [f"tenant:{tenant}:{month}" for tenant, budget in budgets.items() if budget]
        found = self._read(limited) if limited else {}
        for tenant, budget in budgets.items() if found is not None else ():
            row = found.get(f"tenant:{tenant}:{month}", (0,) * 6)
            for limit, used in (("amount", row[0] + row[1]), ("tokens", row[2] + row[3]), ("calls", row[4] + row[5])):
                share.add_metric([namespace(tenant), limit], used / int(budget[limit]) if budget.get(limit) else 0)
        yield share


class Metrics:
    def __init__(self, port, tls_folder, read):
        self._registry = prometheus_client.CollectorRegistry()
        # Each counter would have a second series that says when it began.
        prometheus_client.disable_created_metrics()
        counter = lambda name, text, labels: prometheus_client.Counter(name, text, labels, registry=self._registry)  # noqa: E731
        self._calls = counter("agentic_model_calls", "Calls of models by what became of them.", ["tenant", "model", "outcome"])
        self._tokens = counter("agentic_gateway_tokens", "Tokens of answered calls.", ["tenant", "model", "direction"])
        self._spent = counter("agentic_model_spend_nano", "Billionths of the currency spent on models.", ["tenant", "model"])
        histogram = lambda name, text, label, buckets: prometheus_client.Histogram(  # noqa: E731
            name, text, ["gen_ai_operation_name", "gen_ai_request_model", label], buckets=buckets, registry=self._registry
        )
        self._seconds = histogram(
            "gen_ai_client_operation_duration_seconds", "Time of calls that reached a model, retries among it.", "error_type", SECONDS
        )
        self._usage = histogram("gen_ai_client_token_usage", "Tokens of a call's question and of its answer.", "gen_ai_token_type", TOKENS)
        self._registry.register(Used(read))
        # Series say 0 from the start: of one that begins with 1, no rate sees the first.
        for entry in entries():
            for model in entry["models"]:
                self._begin(namespace(entry["name"]), model)
        files = {"certfile": f"{tls_folder}/tls.crt", "keyfile": f"{tls_folder}/tls.key"} if tls_folder else {}
        prometheus_client.start_http_server(port, registry=self._registry, **files)

    def _begin(self, tenant, model):
        for outcome in OUTCOMES:
            self._calls.labels(tenant, model, outcome)
        for direction in DIRECTIONS:
            self._tokens.labels(tenant, model, direction)
        self._spent.labels(tenant, model)
        for error in ("", "failed"):
            self._seconds.labels(CHAT, model, error)
        for direction in DIRECTIONS:
            self._usage.labels(CHAT, model, direction)

    def count(self, tenant, model, outcome):
        self._calls.labels(namespace(tenant), model or "none", outcome).inc()

    def spent(self, tenant, model, tokens, amount):
        for direction, number in zip(DIRECTIONS, tokens):
            self._tokens.labels(namespace(tenant), model or "none", direction).inc(number)
        self._spent.labels(namespace(tenant), model or "none").inc(amount)

    def took(self, model, seconds, tokens=None):
        """Notes how long a call took and its (input, output) tokens; a call without tokens has failed."""
        self._seconds.labels(CHAT, model or "none", "failed" if tokens is None else "").observe(seconds)
        for direction, number in zip(DIRECTIONS, tokens or ()):
            self._usage.labels(CHAT, model or "none", direction).observe(number)


def from_environment(read):
    """The metrics of this process at METRICS_PORT; `read`: account ids → rows of the ledger, or None where it can't be asked."""
    port = os.environ.get("METRICS_PORT")
    if not port or prometheus_client is None:
        return Nothing()
    try:
        return Metrics(int(port), os.environ.get("TLS_FOLDER"), read)
    except OSError as error:
        # Calls of models are worth more than their metrics; the missing target is an alert of its own.
        log.error("no metrics are served: %s", error)
        return Nothing()
