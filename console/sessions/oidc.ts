// Sign-in by OpenID Connect: the authorization code flow with PKCE. The id_token is the visitor's Kubernetes token.
import { fetchTrusting } from "@agentic/kube/connection/fetch.ts";
import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type Configuration,
  type CustomFetch,
  calculatePKCECodeChallenge,
  customFetch,
  discovery,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from "openid-client";
import type { OidcConfig } from "../config.ts";
import { PATHS } from "../contract.ts";
import { Refusal } from "../http/errors.ts";
import type { Seal } from "./seal.ts";

const PURPOSE = "oidc";
/** How long somebody may take at the issuer's. */
const SECONDS = 600;

export class Oidc {
  readonly #config: OidcConfig;
  readonly #seal: Seal;
  readonly #callback: string;
  readonly #cookie: string;
  readonly #secure: boolean;
  #issuer: Promise<Configuration> | undefined;

  constructor(config: OidcConfig, { seal, publicUrl, secure }: { seal: Seal; publicUrl: string; secure: boolean }) {
    this.#config = config;
    this.#seal = seal;
    this.#callback = `${publicUrl}${PATHS.oidcCallback}`;
    this.#secure = secure;
    this.#cookie = secure ? "__Host-agentic-oidc" : "agentic-oidc";
  }

  /** Where the browser goes to sign in; what is to be checked on its way back is in a sealed cookie. */
  async start(c: Context, page: string): Promise<URL> {
    const issuer = await this.#discover();
    const flow: Flow = { verifier: randomPKCECodeVerifier(), state: randomState(), nonce: randomNonce(), page };
    const until = Math.floor(Date.now() / 1000) + SECONDS;
    setCookie(c, this.#cookie, await this.#seal.close(PURPOSE, { ...flow }, until), {
      httpOnly: true,
      secure: this.#secure,
      // The issuer's page leads back here, which a strict cookie wouldn't come along to.
      sameSite: "Lax",
      path: "/",
      maxAge: SECONDS,
    });
    return buildAuthorizationUrl(issuer, {
      redirect_uri: this.#callback,
      scope: this.#config.scopes,
      code_challenge: await calculatePKCECodeChallenge(flow.verifier),
      code_challenge_method: "S256",
      state: flow.state,
      nonce: flow.nonce,
    });
  }

  /** The id_token that the issuer gives for the code in the address, and the page to go on with. */
  async finish(c: Context): Promise<{ token: string; page: string }> {
    const flow = await this.#seal.open(PURPOSE, getCookie(c, this.#cookie) ?? "");
    deleteCookie(c, this.#cookie, { path: "/", secure: this.#secure });
    if (typeof flow !== "object")
      throw new Refusal(403, "csrf", "this sign-in wasn't begun here, or long ago", { advice: "Sign in again." });
    const { verifier, state, nonce, page } = flow as unknown as Flow;
    const here = new URL(this.#callback);
    here.search = new URL(c.req.url).search;
    try {
      const answer = await authorizationCodeGrant(await this.#discover(), here, {
        pkceCodeVerifier: verifier,
        expectedState: state,
        expectedNonce: nonce,
        idTokenExpected: true,
      });
      return { token: answer.id_token ?? "", page };
    } catch (error) {
      throw new Refusal(403, "refused", `the issuer gave no token: ${(error as Error).message}`, {
        advice: "Sign in again.",
      });
    }
  }

  async #discover(): Promise<Configuration> {
    const { issuer, clientId, clientSecret, ca } = this.#config;
    // Asked at the first sign-in, not at the start: an issuer that is away doesn't keep the console from its other visitors.
    this.#issuer ??= discovery(
      new URL(issuer),
      clientId,
      clientSecret,
      undefined,
      ca === undefined ? {} : { [customFetch]: fetchTrusting(ca) as unknown as CustomFetch },
    );
    try {
      return await this.#issuer;
    } catch (error) {
      this.#issuer = undefined;
      throw new Refusal(503, "unavailable", `the issuer ${issuer} doesn't answer: ${(error as Error).message}`);
    }
  }
}

interface Flow {
  verifier: string;
  state: string;
  nonce: string;
  page: string;
}

/** A path of the console's own; anything else leads to its first page. */
export const ownPath = (path: string | undefined): string =>
  path && /^\/(?![/\\])[^\s\\]*$/.test(path) && !path.startsWith("/api/") ? path : "/";
