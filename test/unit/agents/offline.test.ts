// The offline model and the gateway's keys: their Python, without LiteLLM.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { parseAnswer } from "../../../agents/core/answer.ts";
import { pagePrompt } from "../../../agents/page/prompt.ts";
import { PageJudgement } from "../../../agents/steps/analysis.ts";

// Each question starts a Python, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const OBJECTIVE = "Compare the kettles, their prices and their guarantees, and say who makes them.";

/** Runs Python with the model's folder on its path; what it prints as JSON is the answer. */
function python<T>(code: string, input: unknown = null): T {
  const prelude = "import sys, json; sys.path.insert(0, 'components/data/litellm'); given = json.load(sys.stdin)\n";
  const output = execFileSync("python3", ["-B", "-c", prelude + code], {
    input: JSON.stringify(input),
    stdio: ["pipe", "pipe", "pipe"],
  });
  return JSON.parse(output.toString()) as T;
}

interface Message {
  role: string;
  content: unknown;
}
const ask = (messages: Message[], schema?: unknown, before = ""): string =>
  python(`${before}\nimport answer\nprint(json.dumps(answer.answer(given['messages'], given['format'])))`, {
    messages,
    format: schema ? { type: "json_schema", json_schema: { schema } } : null,
  });
const user = (content: unknown): Message => ({ role: "user", content });

function judgement(html: string): PageJudgement {
  const text = ask(
    [user(`Objective: ${OBJECTIVE}\n\n${pagePrompt({ url: "http://x/", html }).prompt}`)],
    PageJudgement,
  );
  const parsed = parseAnswer(PageJudgement, text);
  if (!parsed.ok) throw new Error(`${parsed.problem}: ${text}`);
  return parsed.value;
}
const sitePage = (name: string) => readFileSync(`examples/site/content/${name}`, "utf8");

describe("judging pages", () => {
  test.each(["index.html", "products.html", "about.html"])("%s passes the strict gate", (name) =>
    expect(judgement(sitePage(name)).confidence).toBeGreaterThanOrEqual(0.97),
  );

  test("facts are those of the page", () => {
    const { facts, findings, summary } = judgement(sitePage("products.html"));
    expect(facts).toContainEqual({ name: "Cinder, Price", value: "139.00 EUR" });
    expect(facts).toContainEqual({ name: "Larkspur Bruno, sku", value: "LK-B12" });
    expect(facts.map(({ value }) => value).join()).toContain("Odalys Brandt");
    expect(findings).toEqual([]);
    expect(summary.length).toBeGreaterThan(50);
  });

  test("a page that says next to nothing is not trusted", () => {
    const { confidence, findings } = judgement(sitePage("soon.html"));
    expect(confidence).toBeLessThan(0.3);
    expect(findings.map(({ text }) => text).join()).toMatch(/says little.*coming soon/s);
  });

  test("a page that contradicts itself is not trusted, and a finding says in what", () => {
    const { confidence, findings } = judgement(sitePage("offers.html"));
    expect(confidence).toBeLessThan(0.5);
    expect(findings).toContainEqual({
      severity: "high",
      text: "The page contradicts itself on Aria, Price: 89.00 EUR and 49.00 EUR.",
    });
  });

  test("a table and the page's data can contradict each other, too", () => {
    const table = "<table><tr><th>Model</th><th>Price</th></tr><tr><td>Aria</td><td>49.00 EUR</td></tr></table>";
    const data = `<script type="application/ld+json">{"name":"Larkspur Aria","offers":{"price":"89.00","priceCurrency":"EUR"}}</script>`;
    expect(judgement(table + data).findings.map(({ text }) => text)).toContain(
      "The page contradicts itself on Aria, Price: 49.00 EUR and 89.00 EUR.",
    );
  });

  test("lists, equal values and different units are no contradictions", () => {
    const results = python<unknown[]>(
      "import extract\nprint(json.dumps([extract.contradictions(text) for text in given]))",
      [
        "Day | Opens\nMonday | 9\nMonday | 14",
        "Model | Price\nAria | 89.00 EUR\n\nModel | Price\nAria | 89 EUR",
        "Model | Size\nAria | 1.7 litres\n\nModel | Size\nAria | 22 cm",
        "Model | Price\nAria | 1,299.00 EUR\n\nModel | Price\nAria | 1299 EUR",
      ],
    );
    expect(results).toEqual([[], [], [], []]);
  });

  test("a page about something else is doubted", () => {
    const text = "<p>The river carries gravel from the hills to the sea. ".repeat(20);
    const { confidence, reasons } = judgement(text);
    expect(confidence).toBeLessThan(0.7);
    expect(reasons).toContain("the page names nothing that the objective asks for");
  });
});

describe("answering", () => {
  test("plain questions get a summary", () =>
    expect(
      ask([user("The kettle costs 12 EUR. It is sold in May. Nobody knows why the weather was so nice on that day.")]),
    ).toContain("12 EUR"));

  test("any schema is satisfied, with what the text has", () => {
    const schema = {
      type: "object",
      $defs: { place: { type: "object", properties: { title: { type: "string", maxLength: 10 } } } },
      properties: {
        title: { type: "string" },
        price: { type: "number", description: "price of the kettle" },
        pieces: { type: "integer", minimum: 3, maximum: 5 },
        mood: { anyOf: [{ const: "dull" }, { const: "kettle" }] },
        color: { enum: ["red", "green"] },
        has_guarantee: { type: "boolean" },
        place: { $ref: "#/$defs/place" },
        keywords: { type: "array", items: { type: "string" }, maxItems: 2 },
        nothing: { type: "null" },
        perhaps: { type: ["null", "string"] },
        fixed: { const: 7 },
        either: { oneOf: [{ type: "null" }, { type: "integer" }] },
        places: { type: "array", items: { $ref: "#/$defs/place" }, minItems: 4 },
      },
    };
    const text = "# Green kettles\nThe kettle costs 12.50 EUR. Its guarantee is six years. It is green.";
    const value = JSON.parse(ask([user(text)], schema)) as Record<string, unknown>;
    expect(value).toMatchObject({
      title: "Green kettles",
      price: 12.5,
      mood: "kettle",
      color: "green",
      has_guarantee: true,
      nothing: null,
      fixed: 7,
      either: expect.any(Number),
      perhaps: expect.any(String),
    });
    expect(value.pieces).toBeGreaterThanOrEqual(3);
    expect((value.place as { title: string }).title.length).toBeLessThanOrEqual(10);
    expect(value.keywords).toHaveLength(2);
    expect(value.places).toHaveLength(4);
  });

  test("a schema given in words counts as well", () => {
    const words = {
      role: "system",
      content:
        'Answer with JSON that satisfies this schema:\n{"type":"object","properties":{"summary":{"type":"string"}}}',
    };
    expect(JSON.parse(ask([words, user("The kettle costs 12 EUR.")]))).toEqual({ summary: "The kettle costs 12 EUR." });
    expect(ask([{ role: "system", content: "schema {oops" }, user("The kettle costs 12 EUR.")])).toBe(
      "The kettle costs 12 EUR.",
    );
  });
});

describe("pictures", () => {
  let png: string;
  beforeAll(() => {
    png = `data:image/png;base64,${readFileSync("examples/site/content/images/offer.png").toString("base64")}`;
  });
  const picture = (url: string) => ({ type: "image_url", image_url: { url } });
  const sight = {
    type: "object",
    properties: { description: { type: "string" }, text_in_images: { type: "array", items: { type: "string" } } },
  };

  test("are read", () => expect(ask([user([{ type: "text", text: "Read" }, picture(png)])])).toContain("BREW-2741"));
  test("tell what the page's own text lacks, and no more", () => {
    const describePicture = (text: string) =>
      JSON.parse(ask([user([{ type: "text", text }, picture(png)])], sight)) as { text_in_images: string[] };
    expect(describePicture("15 percent off until 30 April").text_in_images).toEqual(["Spring offer: code BREW-2741"]);
    expect(describePicture("Spring offer: code BREW-2741, 15 percent off until 30 April").text_in_images).toEqual([]);
  });
  test("that can't be read are said to be so, where there is no OCR", () => {
    const answer = ask([user([picture(png)])], sight, "import os\nos.environ['PATH'] = ''");
    expect(JSON.parse(answer)).toEqual({
      description: "The picture's text can't be read: the gateway has no OCR (tesseract is not installed).",
      text_in_images: [],
    });
  });
  test("are never fetched", () =>
    expect(() => ask([user([picture("http://169.254.169.254/x.png")])])).toThrow(/must be data URIs/));
});

describe("virtual keys", () => {
  test("a key has its models; a new key works when the file changes", () => {
    const dir = mkdtempSync(join(tmpdir(), "keys-"));
    try {
      const file = join(dir, "keys.json");
      writeFileSync(file, JSON.stringify([{ name: "a", key: "sk-a", models: ["default"] }]));
      const answers = python<unknown[]>(
        `import keys, os
ring = keys.KeyRing(given)
entry = ring.find("sk-a")[0]
first = [entry["name"], ring.find("sk-b")[0], keys.may_use(entry, "default"), keys.may_use(entry, "x"), keys.may_use(entry, None)]
json.dump([{"name": "b", "key": "sk-b", "models": ["*"]}], open(given, "w")); os.utime(given, (1, 1))
print(json.dumps(first + [ring.find("sk-a")[0], keys.may_use(ring.find("sk-b")[0], "x")]))`,
        file,
      );
      expect(answers).toEqual(["a", null, true, false, true, null, true]);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
