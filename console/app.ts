// The console's HTTP interface, as the contract has it: every path, who gets there, and what is written down of it.
import { Hono } from "hono";
import { routePath } from "hono/route";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { addSessionRoutes } from "./app-session.ts";
import { addWorkloadRoutes } from "./app-workloads.ts";
import { refusalOf } from "./http/errors.ts";
import { addressOf, type Env, sameOrigin, signedIn } from "./http/guard.ts";
import { securityHeaders } from "./http/headers.ts";
import { RateLimit } from "./http/limit.ts";
import { pages } from "./http/pages.ts";
import type { AppParts } from "./parts.ts";
import { Seal } from "./sessions/seal.ts";
import { Sessions } from "./sessions/session.ts";

export function createApp(parts: AppParts): Hono<Env> {
  const { config, log, visitors, metrics } = parts;
  const isSecure = config.tlsDir !== undefined || (config.publicUrl?.startsWith("https:") ?? false);
  const seal = new Seal(config.sessionKey);
  const sessions = new Sessions({ seal, minutes: config.sessionMinutes, secure: isSecure });
  const app = new Hono<Env>();
  app.use(securityHeaders(isSecure));
  app.use("/api/*", async (c, next) => {
    const started = performance.now();
    await next();
    const labels = { method: c.req.method, route: routePath(c, -1), code: String(c.res.status) };
    metrics.request(labels, (performance.now() - started) / 1000);
  });
  app.onError((error, c) => {
    const refused = refusalOf(error);
    // The path has names of workloads at most: tokens and codes are never in it, and the query isn't written down.
    if (!refused) log.error({ path: c.req.path, error: error.stack }, "a request failed");
    const { status, body, retryAfterSeconds } = refused ?? {
      status: 500,
      body: { code: "refused", message: "the console made a mistake: its log says which" },
    };
    if (retryAfterSeconds !== undefined) c.header("retry-after", String(retryAfterSeconds));
    return c.json(body, status as ContentfulStatusCode);
  });
  app.use("/api/*", sameOrigin);
  const signIns = new RateLimit(config.signInsPerMinute);
  addSessionRoutes(app, { ...parts, seal, sessions, isSecure, signIns });
  app.use("/api/*", signedIn({ sessions, visitors, signIns, requests: new RateLimit(config.requestsPerMinute) }));
  app.use("/api/*", async (c, next) => {
    await next();
    if (c.req.method === "GET" || c.req.method === "HEAD") return;
    // What anybody has changed, or tried to.
    const { username, groups } = await c
      .get("visitor")
      .person()
      .catch(() => ({ username: "", groups: [] }));
    const action = c.get("audit") ?? {};
    log.info(
      {
        audit: {
          user: username,
          groups,
          address: addressOf(c),
          method: c.req.method,
          path: c.req.path,
          ...action,
          code: c.res.status,
        },
      },
      "audit",
    );
  });
  addWorkloadRoutes(app, parts);
  app.all("/api/*", (c) => c.json({ code: "not-found", message: "there is no such path" }, 404));
  app.use(pages(config.pagesDir));
  return app;
}
