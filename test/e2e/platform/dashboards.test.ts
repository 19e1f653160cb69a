// The dashboards' questions, asked of Prometheus of the running platform. One of the smallest files here, which vitest runs last: by then the
// rules about the longest windows, which record something every four minutes, have something to say.
import { expect, test } from "vitest";
import { dashboards } from "../../../components/observability/dashboards/index.ts";
import { queriesOf } from "../../../components/observability/dashboards/panels.ts";
import { nonEmpty } from "../../non-empty.ts";
import { site, start, untilEnded, workload } from "./platform.ts";
import { ask } from "./prometheus.ts";

test("every panel's query has an answer, with the labels that its legend names", async () => {
  await start(workload("unread", { targetUrls: [`${site}/no-such-page`], retry: { limit: 1, backoff: "1s" } }));
  expect((await untilEnded("unread")).status?.phase).toBe("Failed");
  // Those that nothing has answered yet: an answer about the last minutes may be over when that about the last month comes.
  let queries = nonEmpty(dashboards.flatMap(queriesOf));
  const unanswered = async () => {
    const answers = await Promise.all(queries.map(async ({ expr }) => await ask(expr).catch(() => [])));
    queries = queries.filter(({ expr, legend }, index) => {
      const answer = answers[index]?.find(({ value: [, number] }) => number !== "NaN");
      const labels = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = ""]) => label);
      if (answer) expect(Object.keys(answer.metric), expr).toEqual(expect.arrayContaining(labels));
      return answer === undefined;
    });
    return queries;
  };
  // Of the longest windows, rules record something every four minutes only.
  await expect.poll(unanswered, { timeout: 300_000, interval: 5000 }).toEqual([]);
}, 600_000);
