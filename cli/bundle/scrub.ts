// Takes out of an object, and out of text, what may be secret or somebody's own: values, not names.
import { CENSOR, SECRET_FORMS } from "@agentic/api/secret-forms.ts";
import { clean, cut } from "@agentic/api/text.ts";

/** Characters of a text that are kept. */
const MAX_TEXT = 2_000;
/** A secret that is shorter stands in many texts by chance. */
const MIN_SECRET = 6;

const FORMS: readonly RegExp[] = [
  ...SECRET_FORMS,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  // What a URL asks for, which may be a key, and what stands behind such a name: `password=…`, `"apiKey":"…"`.
  /(?<=https?:\/\/[^\s"'<>?]{1,2048}\?)[^\s"'<>]+/g,
  /(?<=[\w-]{0,40}(?:passw(?:or)?d|passwd|pwd|secret|token|api[-_]?key|access[-_]?key|credentials?|authorization|dsn|connection[-_]?string)\\?["']?\s{0,3}[=:]\s{0,3}\\?["']?)[^\s"',;&}\]\\]+/gi,
];

/** Whose value is left out, whatever it is. */
const LEFT_OUT = new Set([
  "objective",
  "command",
  "args",
  "httpHeaders",
  "podSpecPatch",
  "script",
  "source",
  "managedFields",
  "caBundle",
  "compressedNodes",
  "storedTemplates",
  "storedWorkflowTemplateSpec",
]);
/** Maps of which the keys are kept. */
const KEYS_ONLY = new Set(["annotations", "data", "binaryData", "stringData"]);
/** Addresses of which the host is kept. */
const HOST_ONLY = new Set(["targetUrls", "url"]);

/** Hides texts that are known to be secret, and what looks like one. */
export class Scrubber {
  readonly #known = new Set<string>();
  readonly #public: ReadonlySet<string>;

  /** `names`: texts that aren't secret though a Secret may have them, such as a user who is called as the tenant. */
  constructor(names: readonly string[] = []) {
    this.#public = new Set(names);
  }

  /** Remembers a secret, each line of it, and both as base64 writes them. */
  know(secret: string): void {
    for (const text of [secret, ...secret.split("\n")].map((line) => line.trim()))
      if (text.length >= MIN_SECRET && !this.#public.has(text))
        this.#known.add(text).add(Buffer.from(text).toString("base64"));
  }

  text(text: string): string {
    let rest = clean(text);
    for (const secret of [...this.#known].sort((one, other) => other.length - one.length))
      rest = rest.replaceAll(secret, CENSOR);
    return FORMS.reduce((left, form) => left.replace(form, CENSOR), rest);
  }

  /** A copy of an object of the cluster's, without values that may be secret. */
  object(value: unknown, key = ""): unknown {
    if (value === null || value === undefined) return value;
    if (LEFT_OUT.has(key)) return "(left out)";
    if (HOST_ONLY.has(key)) return [value].flat().map(hostOf);
    if (KEYS_ONLY.has(key) && typeof value === "object") return Object.keys(value).sort();
    if (key === "env" || key === "parameters") return namesOf(value);
    // A step's own last words, which a model may have written.
    if (key === "terminated") return this.object({ ...(value as object), message: undefined });
    if (typeof value === "string") return cut(this.text(value), MAX_TEXT, "…");
    if (Array.isArray(value)) return value.map((item) => this.object(item));
    if (typeof value === "object")
      return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, this.object(item, name)]));
    return value;
  }
}

/** Of a list of named values, or of a map: the names, and where a value comes from. */
function namesOf(value: unknown): unknown {
  if (!Array.isArray(value)) return typeof value === "object" && value ? Object.keys(value).sort() : "(left out)";
  return value.map(({ name, valueFrom }: { name?: string; valueFrom?: unknown }) => ({
    name,
    ...(valueFrom === undefined ? {} : { valueFrom }),
  }));
}

function hostOf(value: unknown): string {
  const url = URL.parse(typeof value === "string" ? value : String((value as { url?: unknown }).url));
  return url ? `${url.protocol}//${url.host}/(left out)` : "(left out)";
}
