// The API of workloads, gates, templates, tenants and the platform: each path, for a visitor that is signed in.
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import type { Context, Hono } from "hono";
import { artifactsOf, contentOf } from "./artifacts/artifacts.ts";
import { keptLogs, loggedAs, logOf } from "./artifacts/logs.ts";
import { LOG_SOURCE_HEADER, PATHS } from "./contract.ts";
import { decide, decisionIn, recorded, reply, replyIn } from "./gate/decide.ts";
import { gateView } from "./gate/gate.ts";
import { bodyOf } from "./http/body.ts";
import { invalid } from "./http/errors.ts";
import { eventStream, type StreamEvent } from "./http/event-stream.ts";
import type { Env } from "./http/guard.ts";
import { CONTENT_POLICY } from "./http/headers.ts";
import type { AppParts } from "./parts.ts";
import { platformView } from "./views/platform.ts";
import { templatesOf } from "./views/templates.ts";
import { tenantView } from "./views/tenant.ts";
import { createFrom, dryRun, remove, resubmit, suspend } from "./workloads/actions.ts";
import { listStream, visibleOf } from "./workloads/list-stream.ts";
import { type Key, nodesFor, viewOf, viewStream, workloadFor } from "./workloads/view.ts";

/** The paths with the names of their parts, as Hono has them: `:namespace` isn't a character that a name could have. */
const route = (path: (...parts: string[]) => string): string =>
  path(":namespace", ":name", ":step", ":artifact").replaceAll("%3A", ":");

const keyOf = (c: Context): Key => ({ namespace: c.req.param("namespace") ?? "", name: c.req.param("name") ?? "" });

export function addWorkloadRoutes(app: Hono<Env>, { config, board, metrics, read, list }: AppParts): void {
  const streamed = (stream: AsyncGenerator<StreamEvent>) => eventStream(metrics.counted(stream));
  const streamOptions = (c: Context<Env>) => ({
    board,
    visitor: c.get("visitor"),
    expiresAt: c.get("expiresAt"),
    signal: c.req.raw.signal,
  });
  const workloadOf = (c: Context<Env>) => workloadFor(board, c.get("visitor"), keyOf(c));

  app.get(PATHS.workloads, async (c) => {
    const tenant = c.req.query("tenant");
    const rows = [...board.rows()].filter(({ namespace }) => tenant === undefined || namespace === tenant);
    const visible = await visibleOf(rows, c.get("visitor"));
    return c.json(rows.filter(({ namespace }) => visible.has(namespace)));
  });
  app.post(PATHS.workloads, async (c) => {
    const body = await bodyOf(c);
    c.set("audit", { action: "create", namespace: body.namespace });
    return c.json(await createFrom(c.get("visitor"), body), 201);
  });
  app.get(PATHS.workloadsStream, (c) => streamed(listStream(streamOptions(c), c.req.query("tenant"))));
  app.get(route(PATHS.workload), async (c) => c.json(await viewOf(board, c.get("visitor"), keyOf(c))));
  app.delete(route(PATHS.workload), async (c) => {
    c.set("audit", { action: "delete", ...keyOf(c) });
    await remove(c.get("visitor"), keyOf(c));
    return c.body(null, 204);
  });
  app.get(route(PATHS.workloadStream), async (c) => {
    // What can't be shown is refused before a stream begins.
    await workloadOf(c);
    return streamed(viewStream(streamOptions(c), keyOf(c)));
  });
  app.get(route(PATHS.logs), async (c) => {
    const workload = await workloadOf(c);
    const visitor = c.get("visitor");
    const nodes = await nodesFor(board, visitor, workload);
    const node = await loggedAs(c.req.query("node") ?? "", { nodes, list, workload });
    const follow = c.req.query("follow") === "true";
    const { source, body } = await logOf(visitor, read, { workload, node, follow, signal: c.req.raw.signal });
    return new Response(body instanceof ReadableStream ? body : ReadableStream.from(body), {
      headers: {
        "content-type": "text/plain; charset=utf-8",
        "content-security-policy": CONTENT_POLICY,
        "cache-control": "no-store",
        [LOG_SOURCE_HEADER]: source,
      },
    });
  });
  app.get(route(PATHS.keptLogs), async (c) => c.json(await keptLogs(list, await workloadOf(c))));
  app.get(route(PATHS.artifacts), async (c) => c.json(await artifactsOf(read, await workloadOf(c))));
  app.get(route(PATHS.artifact), async (c) => {
    const { step = "", artifact: name = "" } = c.req.param() as Record<string, string>;
    const { artifact, bytes } = await contentOf(read, await workloadOf(c), { step, name });
    const file = artifact.uri.slice(artifact.uri.lastIndexOf("/") + 1);
    const disposition = c.req.query("download") === "true" ? "attachment" : "inline";
    return c.body(bytes, 200, {
      "content-type": artifact.contentType,
      "content-security-policy": CONTENT_POLICY,
      "content-disposition": `${disposition}; filename*=UTF-8''${file}`,
      "cache-control": "private, no-cache",
    });
  });
  const gateOf = async (c: Context<Env>) =>
    c.json(await gateView({ board, read, visitor: c.get("visitor") }, await workloadOf(c)));
  const say = async (c: Context<Env>, what: string, write: () => Promise<AgentWorkload>) => {
    await c.get("visitor").demand(keyOf(c).namespace, "get");
    try {
      const before = await write();
      metrics.decision(what, "done");
      await recorded(board, keyOf(c), before);
    } catch (error) {
      metrics.decision(what, "refused");
      throw error;
    }
    return await gateOf(c);
  };
  app.get(route(PATHS.gate), gateOf);
  app.post(route(PATHS.gate), async (c) => {
    const request = decisionIn(await bodyOf(c));
    const visitor = c.get("visitor");
    const { decision, reason, evidence, changes } = request;
    c.set("audit", { action: decision, ...keyOf(c), reason, evidence, changes });
    return await say(c, decision, () => decide(visitor, keyOf(c), request));
  });
  app.post(route(PATHS.reply), async (c) => {
    const request = replyIn(await bodyOf(c));
    c.set("audit", { action: "reply", ...keyOf(c), reply: request.reply });
    return await say(c, "reply", () => reply(c.get("visitor"), keyOf(c), request));
  });
  for (const [path, isSuspended, action] of [
    [PATHS.suspend, true, "suspend"],
    [PATHS.resume, false, "resume"],
  ] as const)
    app.post(route(path), async (c) => {
      c.set("audit", { action, ...keyOf(c) });
      return c.json(await suspend(c.get("visitor"), keyOf(c), isSuspended));
    });
  app.post(route(PATHS.resubmit), async (c) => {
    const body = await bodyOf(c);
    c.set("audit", { action: body.as, ...keyOf(c) });
    return c.json(await resubmit(c.get("visitor"), keyOf(c), body), 201);
  });
  app.post(PATHS.dryRun, async (c) => c.json(await dryRun(c.get("visitor"), await bodyOf(c))));
  app.get(PATHS.templates, async (c) => {
    const tenant = c.req.query("tenant");
    if (!tenant) throw invalid("tenant is missing: it is a namespace");
    return c.json(await templatesOf(c.get("visitor"), tenant));
  });
  app.get(route(PATHS.tenant), async (c) => c.json(await tenantView(board, c.get("visitor"), keyOf(c).namespace)));
  app.get(PATHS.platform, async (c) => c.json(await platformView(board, c.get("visitor"), config.version)));
}
