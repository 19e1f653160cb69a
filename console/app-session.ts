// Signing in and out: by a token, by OpenID Connect, by a one-time code.
import type { Context, Hono } from "hono";
import { PAGES, PATHS, type Session, type SignInCode, type SignInWays } from "./contract.ts";
import { bodyOf } from "./http/body.ts";
import { invalid, Refusal } from "./http/errors.ts";
import { addressOf, bearerOf, demandRate, type Env } from "./http/guard.ts";
import type { RateLimit } from "./http/limit.ts";
import type { AppParts } from "./parts.ts";
import { Codes } from "./sessions/codes.ts";
import { Oidc, ownPath } from "./sessions/oidc.ts";
import type { Seal } from "./sessions/seal.ts";
import type { OpenSession, Sessions } from "./sessions/session.ts";
import { endOf, isToken } from "./sessions/token.ts";

export interface SessionParts extends AppParts {
  seal: Seal;
  sessions: Sessions;
  isSecure: boolean;
  /** Sign-ins of each address. */
  signIns: RateLimit;
}

export function addSessionRoutes(
  app: Hono<Env>,
  { config, log, board, visitors, seal, sessions, isSecure, signIns }: SessionParts,
): void {
  const { oidc: issuer, publicUrl, demo, version } = config;
  const ways: SignInWays = {
    ...(issuer ? { oidc: { issuer: issuer.issuer, name: issuer.name } } : {}),
    token: true,
    demo,
  };
  const oidc = issuer && publicUrl ? new Oidc(issuer, { seal, publicUrl, secure: isSecure }) : undefined;
  const codes = new Codes();

  async function describe({ token, expiresAt }: OpenSession): Promise<Session> {
    const visitor = visitors.of(token);
    const { username: user, groups = [] } = await visitor.person();
    const namespaces = [...new Set([...config.tenants, ...board.namespaces()])].sort();
    const rights = await Promise.all(namespaces.map((namespace) => visitor.rights(namespace)));
    const tenants = rights.filter(({ see, submit, approve }) => see || submit || approve);
    const ends = new Date(expiresAt * 1000).toISOString();
    return { signedIn: true, ways, user, groups, tenants, expiresAt: ends, version };
  }

  /** Begins a session for a token that the API server accepts. */
  async function signIn(c: Context<Env>, token: unknown, way: string): Promise<OpenSession> {
    demandRate(signIns, addressOf(c));
    if (!isToken(token)) throw invalid("that isn't a token");
    const audit = { address: addressOf(c), action: "sign-in", way };
    try {
      const { username: user } = await visitors.of(token).person();
      const session = await sessions.begin(c, token);
      log.info({ audit: { ...audit, user, outcome: "done" } }, "audit");
      return session;
    } catch (error) {
      log.info({ audit: { ...audit, outcome: "refused" } }, "audit");
      throw error;
    }
  }

  app.get(PATHS.session, async (c) => {
    const session = await sessions.of(c);
    if (session === undefined) return c.json<Session>({ signedIn: false, ways });
    if (session === "expired") return c.json<Session>({ signedIn: false, ways, ended: "expired" });
    try {
      return c.json(await describe(session));
    } catch (error) {
      if ((error as { status?: number }).status !== 401) throw error;
      await sessions.end(c);
      return c.json<Session>({ signedIn: false, ways, ended: "refused" });
    }
  });
  app.delete(PATHS.session, async (c) => {
    await sessions.end(c);
    return c.body(null, 204);
  });
  app.post(PATHS.tokenSignIn, async (c) => c.json(await describe(await signIn(c, (await bodyOf(c)).token, "token"))));
  app.post(PATHS.codes, async (c) => {
    const token = bearerOf(c);
    if (!isToken(token)) throw new Refusal(401, "unauthenticated", "a code is made of a bearer token");
    demandRate(signIns, addressOf(c));
    await visitors.of(token).person();
    const { code, end } = codes.issue(token);
    return c.json<SignInCode>({ code, expiresAt: new Date(Math.min(end, (endOf(token) ?? end) * 1000)).toISOString() });
  });
  app.post(PATHS.codeSignIn, async (c) => {
    const token = codes.redeem(String((await bodyOf(c)).code));
    if (token === undefined) {
      demandRate(signIns, addressOf(c));
      throw new Refusal(401, "unauthenticated", "the code is used up or too old", { advice: "Ask for another one." });
    }
    return c.json(await describe(await signIn(c, token, "code")));
  });
  if (!oidc) return;
  app.get(PATHS.oidcSignIn, async (c) => {
    demandRate(signIns, addressOf(c));
    return c.redirect((await oidc.start(c, ownPath(c.req.query("return")))).href);
  });
  app.get(PATHS.oidcCallback, async (c) => {
    const { token, page } = await oidc.finish(c);
    try {
      await signIn(c, token, "oidc");
    } catch (error) {
      if ((error as { status?: number }).status !== 401) throw error;
      // The issuer knows them, the cluster doesn't.
      return c.redirect(`${PAGES.signIn}?refused=cluster`);
    }
    return c.redirect(page);
  });
}
