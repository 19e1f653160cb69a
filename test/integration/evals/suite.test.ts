// The suite of recorded cases, with the present agents, prompts, template and policy.
import { beforeAll, describe, expect, test } from "vitest";
import { loadCases } from "../../../evals/case.ts";
import { evaluationsOf } from "../../../evals/evaluations.ts";
import { startRecordedGateway } from "../../../evals/recorded-gateway.ts";
import { runCase } from "../../../evals/replay.ts";
import { openServices, type Results, readResults, runSuite } from "../../../evals/suite.ts";
import { evaluations } from "../../../workflows/evaluations.ts";
import { nonEmpty } from "../../non-empty.ts";

const cases = loadCases();

describe("the suite", () => {
  let results: Results;
  beforeAll(async () => {
    results = await runSuite(cases);
  }, 900_000);

  test("gives the results that are kept beside it: where they differ, npm run eval -- --write keeps the new ones", () =>
    expect(results).toEqual(readResults()));

  test("is what the templates' evaluations are of, in their present state: npm run eval -- --write", () =>
    expect(evaluationsOf(results, cases)).toEqual(evaluations));

  test("passes", () => expect(results.total).toMatchObject({ passed: true, invented: 0, wronglyApproved: 0 }));

  test("holds the sample site and more than twenty other pages, each with what it shows", () => {
    const names = nonEmpty(cases).map(({ name }) => name);
    expect(names.filter((name) => name.startsWith("sample-"))).toHaveLength(2);
    expect(names.length).toBeGreaterThanOrEqual(22);
    for (const { shows, name } of cases) expect(shows, name).toMatch(/^[A-Z].*\.$/);
  });
});

describe("a case", () => {
  const subject = cases.find(({ name }) => name === "price-table");

  async function replay(change: Partial<NonNullable<typeof subject>>) {
    if (!subject) throw new Error("there is no case price-table");
    await using services = await openServices();
    await using gateway = await startRecordedGateway(subject.recording.exchanges);
    return await runCase({ ...subject, ...change }, { ...services, litellmUrl: gateway.url });
  }

  test("runs to its report with its recording alone", async () => {
    const { decision, report, error } = await replay({});
    expect({ decision, error }).toEqual({ decision: "approve", error: undefined });
    expect(report).toContain("112.00 EUR");
  });

  test("whose question has changed fails, and says to record it again", async () => {
    const { decision, error } = await replay({ objective: "Compare something else." });
    expect(decision).toBe("fail");
    expect(error).toMatch(
      /no answer to this question "(page_judgement|sight)" is recorded: .* npm run eval -- refresh/,
    );
  });

  test("is denied by the gate where its threshold isn't reached, and has no report then", async () => {
    const { decision, report, analysis } = await replay({ approval: { policy: "strict", threshold: "1.00" } });
    expect(decision).toBe("deny");
    expect(analysis?.confidence).toBeGreaterThan(0.9);
    expect(report).toBeUndefined();
  });

  test("of a template that there isn't is refused", async () => {
    await expect(replay({ template: "none" })).rejects.toThrow('there is no template "none"');
  });
});
