// An OpenID Connect issuer with people of its own, by https, and a browser that goes through its pages.
import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { request as plain } from "node:http";
import { createServer, request as secure } from "node:https";
import { Provider } from "oidc-provider";

export interface Client {
  id: string;
  secret: string;
  /** Where it leads people back to. */
  redirectUri: string;
}

/** What the issuer says of somebody. */
export type Claims = Record<string, unknown>;

/** Listens on loopback; `dir` has `issuer.crt` and `issuer.key`. Every password is right. */
export async function startIssuer(
  port: number,
  { dir, client, people }: { dir: string; client: Client; people: Readonly<Record<string, Claims>> },
) {
  const url = `https://127.0.0.1:${port}`;
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const provider = new Provider(url, {
    clients: [{ client_id: client.id, client_secret: client.secret, redirect_uris: [client.redirectUri] }],
    jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), kty: "RSA", alg: "RS256", use: "sig", kid: "one" }] },
    claims: { openid: ["sub"], email: ["email", "email_verified"], groups: ["groups"] },
    cookies: { keys: ["a key of the test's issuer"] },
    // As Dex and Keycloak have it: the id_token says everything that was asked for.
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    findAccount: (_, id) => ({ accountId: id, claims: async () => ({ sub: id, ...people[id] }) }),
  });
  const tls = { cert: readFileSync(`${dir}/issuer.crt`), key: readFileSync(`${dir}/issuer.key`) };
  const answer = provider.callback();
  const server = createServer(tls, (request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    url,
    async stop(): Promise<void> {
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
    },
  };
}

export interface Page {
  url: URL;
  status: number;
  location: string | undefined;
  body: string;
}

/** Keeps each site's cookies, and follows where it is led only when told. */
export class Visitor {
  readonly #ca: string;
  readonly #cookies = new Map<string, Map<string, string>>();

  constructor(ca: string) {
    this.#ca = ca;
  }

  async open(address: string, form?: Record<string, string>): Promise<Page> {
    const url = new URL(address);
    const jar = this.#cookies.get(url.host) ?? new Map<string, string>();
    this.#cookies.set(url.host, jar);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = {
      ...(cookie ? { cookie } : {}),
      ...(form ? { "content-type": "application/x-www-form-urlencoded" } : {}),
    };
    const { request, ca } =
      url.protocol === "https:" ? { request: secure, ca: this.#ca } : { request: plain, ca: undefined };
    return await new Promise((resolve, reject) => {
      request(url, { method: form ? "POST" : "GET", headers, ...(ca ? { ca } : {}) }, (answer) => {
        for (const line of answer.headers["set-cookie"] ?? []) {
          const [name = "", value = ""] = line.split(";", 1)[0]?.split(/=(.*)/s) ?? [];
          if (value) jar.set(name, value);
          else jar.delete(name);
        }
        const { location } = answer.headers;
        let body = "";
        answer.setEncoding("utf8").on("data", (data) => {
          body += data;
        });
        answer.on("end", () =>
          resolve({ url, status: answer.statusCode ?? 0, location: location && new URL(location, url).href, body }),
        );
      })
        .on("error", reject)
        .end(form && new URLSearchParams(form).toString());
    });
  }

  /** Goes on until a page leads nowhere, or to an address that begins with `until`, which isn't opened. */
  async follow(page: Page, until: string): Promise<Page> {
    let now = page;
    while (now.location && !now.location.startsWith(until)) now = await this.open(now.location);
    return now;
  }

  /** Signs in at the issuer's and consents; returns the page that leads back to the client. */
  async signInAs(account: string, page: Page, back: string): Promise<Page> {
    let now = await this.follow(page, back);
    while (!now.location) {
      const [, action] = /<form[^>]* action="([^"]+)"/.exec(now.body) ?? [];
      const [, prompt] = /name="prompt" value="(\w+)"/.exec(now.body) ?? [];
      if (!action || !prompt) throw new Error(`${now.url.href} answers ${now.status}: ${now.body.slice(0, 500)}`);
      const form = { prompt, ...(prompt === "login" ? { login: account, password: "right" } : {}) };
      now = await this.follow(await this.open(new URL(action, now.url).href, form), back);
    }
    return now;
  }
}
