// Bodies for people's programs: strangers' texts stay texts, links lead to the console alone, and each fits what the program takes.
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import type { NotifyFormat } from "@agentic/api/notify.ts";
import fc from "fast-check";
import { type DefaultTreeAdapterTypes, parse } from "parse5";
import { describe, expect, it } from "vitest";
import { bodyOf, digestBody } from "../../../operator/notify/body.ts";
import { START, timeAt, workload } from "./observed.ts";

const CONSOLE = "https://console.example.com/agentic/";
const URL_OF_HOOK = "https://hooks.example.com/";

/** What somebody may write into an objective, a reason or a page, to be read as something else where it is shown. */
const HOSTILE = [
  "<!channel> approve now",
  "<@U012AB3CD> <#C123ABC456> <!subteam^SAZ94GDB8>",
  "<https://evil.example/|Open the gate>",
  "https://evil.example/ www.evil.example javascript:alert(1)",
  "*bold* _it_ ~gone~ `code` ```block``` > quote",
  "[Open the gate](https://evil.example/) ![x](https://evil.example/p.png)",
  "<at>everyone</at> {{DATE(2026-01-01T00:00:00Z,SHORT)}} ${name}",
  "<script>alert(1)</script><img src=x onerror=alert(1)>",
  '"><a href="https://evil.example/">Open the gate</a><b title="',
  "</td></tr></table><style>*{display:none}</style><!--",
  "&lt;script&gt; &#60;b&#62; &amp;",
  "one\r\nBcc: all@example.com\r\n\r\ntwo\u2028three\u2029four\u0085five",
  "\u202Eetag eht nepO\u202C \u2066x\u2069 in\u200Bvisible \uFEFF \u00AD",
  "\u0000\u0007\u001B[31mred\u001B[0m\u009B31m",
  "a lone \uD83D surrogate, 👩‍👩‍👧 a family",
  "a\u0301".repeat(2000),
  "✓".repeat(4000),
  '"\\'.repeat(2000),
];

const FORMATS = ["slack", "teams", "email"] as const;
const EVENTS = ["AwaitingApproval", "Reminder10", "Asked1", "Completed", "Denied", "Failed"];

function hostile(text: string, name = "prices"): AgentWorkload {
  const subject = workload(
    { objective: text, notify: [{ url: URL_OF_HOOK }] },
    {
      phase: "AwaitingApproval",
      message: text,
      approval: {
        ...{ decision: "pending", confidence: 0.5, expiresAt: timeAt(600), by: text, reason: text },
        answers: [{ decision: "approve", by: text, at: timeAt(1), reason: text }],
        questions: [{ question: text, by: text, at: timeAt(1) }],
        changes: { title: { value: text, by: [text] }, "instructions.long": { value: text, by: [text] } },
      },
      cost: { total: text, currency: text } as never,
    },
  );
  subject.metadata = { ...subject.metadata, name, annotations: { "agentic.io/submitted-by": text } };
  return subject;
}

const bodyFor = (
  subjects: AgentWorkload[],
  event: string,
  format: NotifyFormat,
  consoleUrl: string | undefined = CONSOLE,
) =>
  bodyOf(
    subjects.map((subject) => ({ workload: subject, notification: { url: URL_OF_HOOK, event, state: "Pending" } })),
    format,
    { consoleUrl, now: START + 100_000 },
  );

/** Each object in it, itself included. */
function* objectsIn(value: unknown): Generator<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) yield value as Record<string, unknown>;
  for (const inner of Object.values(value)) yield* objectsIn(inner);
}

/** Each text in it. */
function* textsIn(value: unknown): Generator<string> {
  if (typeof value === "string") yield value;
  else if (typeof value === "object" && value !== null) for (const inner of Object.values(value)) yield* textsIn(inner);
}

const UNSEEN = /[\p{Cc}\u00AD\u061C\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF]/u;
const atConsole = (url: unknown) => String(url).startsWith(CONSOLE);

const VERDICTS: Record<(typeof FORMATS)[number], (body: string) => void> = {
  slack(text) {
    const body = JSON.parse(text);
    expect(body.text).not.toMatch(/[<>]|&(?!(amp|lt|gt);)/);
    const all = [...objectsIn(body.blocks)];
    expect(all.filter(({ type }) => type === "mrkdwn")).toEqual([]);
    const types = new Set(all.map(({ type }) => type));
    const known = ["divider", "header", "link", "plain_text", "section", "text"];
    expect([...types].filter((type) => !String(type).startsWith("rich_text") && !known.includes(String(type)))).toEqual(
      [],
    );
    for (const { type, url } of all) if (type === "link" || url !== undefined) expect(url).toSatisfy(atConsole);
    // docs.slack.dev, Block Kit's reference.
    expect(body.blocks.length).toBeLessThanOrEqual(50);
    for (const { type, text: inner, fields } of all) {
      if (type === "header") expect((inner as { text: string }).text.length).toBeLessThanOrEqual(150);
      if (type !== "section") continue;
      expect(inner ?? fields).toBeDefined();
      if (inner) expect((inner as { text: string }).text.length).toBeLessThanOrEqual(3000);
      const each = (fields ?? []) as { text: string }[];
      expect(each.length).toBeLessThanOrEqual(10);
      for (const field of each) expect(field.text.length).toBeLessThanOrEqual(2000);
    }
    for (const words of textsIn(body)) expect(words).not.toMatch(UNSEEN);
  },
  teams(text) {
    const body = JSON.parse(text);
    const types = new Set([...objectsIn(body)].flatMap(({ type }) => (type === undefined ? [] : [String(type)])));
    const known = ["message", "AdaptiveCard", "RichTextBlock", "TextRun", "ActionSet", "Action.OpenUrl"];
    expect([...types].filter((type) => !known.includes(type))).toEqual([]);
    for (const object of objectsIn(body.attachments[0].content))
      if ("url" in object) expect(object.url).toSatisfy(atConsole);
    // A message of a workflow has at most 28 KB (learn.microsoft.com, Limits and specifications for Microsoft Teams).
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(28_000);
    for (const words of textsIn(body)) expect(words).not.toMatch(UNSEEN);
  },
  email(text) {
    const body = JSON.parse(text) as { subject: string; text: string; html: string };
    expect(body.subject).not.toMatch(UNSEEN);
    for (const words of body.text.split("\n")) expect(words).not.toMatch(UNSEEN);
    expect(body.text).not.toMatch(/^Bcc:/m);
    const elements: DefaultTreeAdapterTypes.Element[] = [];
    const visit = (node: DefaultTreeAdapterTypes.Node) => {
      expect(node.nodeName).not.toBe("#comment");
      if ("tagName" in node) elements.push(node);
      if ("childNodes" in node) for (const child of node.childNodes) visit(child);
    };
    visit(parse(body.html));
    const known = ["html", "head", "body", "h2", "h3", "table", "tbody", "tr", "th", "td", "p", "a", "pre"];
    expect(elements.map(({ tagName }) => tagName).filter((name) => !known.includes(name))).toEqual([]);
    for (const { tagName, attrs } of elements) {
      for (const { name, value } of attrs) {
        expect({ a: ["href"], html: ["lang"], th: ["align"] }[tagName]).toContain(name);
        if (name === "href") expect(value).toSatisfy(atConsole);
      }
    }
  },
};

describe.each(FORMATS)("a message as %s", (format) => {
  it.each(HOSTILE.map((text) => [text.slice(0, 40), text]))("shows %j as a text", (_, text) => {
    for (const event of EVENTS) VERDICTS[format](bodyFor([hostile(text)], event, format));
    const many = Array.from({ length: 30 }, (__, index) => hostile(text, `${"n".repeat(200)}-${index}`));
    VERDICTS[format](bodyFor(many, "AwaitingApproval", format));
  });

  it("shows any text as a text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), fc.constantFrom(...EVENTS), (text, event) => {
        VERDICTS[format](bodyFor([hostile(text)], event, format));
      }),
    );
  });

  it("leads to the gate while an answer is waited for, else to the workload, and nowhere without a console", () => {
    const page = "https://console.example.com/agentic/workloads/tenant-demo/prices";
    const linksIn = (body: string) => [...body.matchAll(/https:\/\/console[^"\\\s<]*/g)].map(([url]) => url);
    for (const event of ["AwaitingApproval", "Reminder50", "Asked1"])
      expect(new Set(linksIn(bodyFor([hostile("x")], event, format)))).toEqual(new Set([`${page}/gate`]));
    expect(new Set(linksIn(bodyFor([hostile("x")], "Completed", format)))).toEqual(new Set([page]));
    expect(bodyFor([hostile("x")], "AwaitingApproval", format, "")).not.toMatch(/console\.example/);
    const both = linksIn(bodyFor([hostile("x"), hostile("y", "other")], "AwaitingApproval", format));
    const inbox = `${CONSOLE}inbox`;
    expect(new Set(both)).toEqual(new Set([`${page}/gate`, `${page.replace("prices", "other")}/gate`, inbox]));
    const ended = linksIn(bodyFor([hostile("x"), hostile("y", "other")], "Completed", format));
    expect(ended).toContain(CONSOLE);
    expect(ended).not.toContain(inbox);
    const digest = { event: "Digest", namespace: "tenant-demo", format, waiting: [hostile("x")] };
    expect(linksIn(digestBody("d", digest, { consoleUrl: CONSOLE, now: START }))).toContain(inbox);
  });

  it("says how long is left, and what answers from a terminal", () => {
    const body = bodyFor([hostile("x")], "Reminder10", format);
    expect(body).toContain("Approval still needed, 8 minutes left: tenant-demo/prices");
    expect(body).toContain("npx agentic approve prices -n tenant-demo");
    expect(bodyFor([hostile("x")], "Completed", format)).not.toContain("npx agentic approve");
    const asked = bodyFor([hostile("with tax?")], "Asked1", format);
    expect(asked).toContain("Question asked: tenant-demo/prices");
    expect(asked).toContain("with tax?");
    expect(asked).toContain("npx agentic reply prices -n tenant-demo");
    expect(asked).not.toContain("npx agentic approve");
  });
});

describe("a decision with changes", () => {
  const changed = (values: Record<string, string>) => {
    const subject = hostile("x");
    const changes = Object.entries(values).map(([name, value]) => [name, { value, by: ["ann"] }]);
    subject.status = {
      ...subject.status,
      approval: { decision: "approve", by: "ann", changes: Object.fromEntries(changes) },
    };
    return subject;
  };

  it.each(FORMATS)(
    "says as %s what was changed, of a long value its beginning, and nothing where nothing was",
    (format) => {
      const body = bodyFor(
        [changed({ title: "Kettles", instructions: `In euros. ${"x".repeat(1000)}` })],
        "Completed",
        format,
      );
      expect(body).toMatch(/Changed.{0,200}title=Kettles, instructions=In euros\. x+…/);
      VERDICTS[format](body);
      expect(bodyFor([changed({})], "Completed", format)).not.toContain("Changed");
      const waiting = changed({ title: "Kettles" });
      expect(bodyFor([waiting], "Reminder10", format)).toMatch(/Approved with changes.{0,200}title=Kettles/);
      const many = bodyFor([changed({ title: "Kettles", tone: "plain" }), hostile("y", "other")], "Completed", format);
      expect(many).toContain("title=Kettles, tone=plain");
      const most = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`name-${n}`.repeat(9), "y".repeat(1024)]));
      VERDICTS[format](bodyFor([changed(most)], "Completed", format));
    },
  );

  it("is told programs with each change and who has made it", () => {
    expect(JSON.parse(bodyFor([changed({ title: "Kettles" })], "Completed", "json")).approval.changes).toEqual({
      title: { value: "Kettles", by: ["ann"] },
    });
  });
});

describe("a body for programs", () => {
  it("has the pages and the commands that answer beside all that there is to know", () => {
    expect(JSON.parse(bodyFor([hostile("x")], "Reminder50", "json"))).toMatchObject({
      event: "Reminder50",
      jobId: "prices",
      approval: { decision: "pending", expiresAt: timeAt(600) },
      links: { gate: `${CONSOLE}workloads/tenant-demo/prices/gate` },
      commands: { approve: "npx agentic approve prices -n tenant-demo" },
    });
    const done = JSON.parse(bodyFor([hostile("x")], "Completed", "json", ""));
    expect(done).not.toHaveProperty("links");
    const digest = { event: "Digest", namespace: "tenant-demo", format: "json" as const, waiting: [hostile("x")] };
    const body = digestBody("d", digest, { consoleUrl: CONSOLE, now: START });
    expect(JSON.parse(body).links).toEqual({ inbox: `${CONSOLE}inbox` });
    expect(done).not.toHaveProperty("commands");
  });
});
