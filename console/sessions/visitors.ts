// Who visits: clients of the API server with each visitor's own token, and what it says that they may.
import { AGENT_WORKLOAD, API_GROUP } from "@agentic/api/names.ts";
import { APPROVE_VERB } from "@agentic/api/roles.ts";
import { Client } from "@agentic/kube/client/client.ts";
import type { Connection } from "@agentic/kube/connection/connection.ts";
import { type Person, whoami } from "@agentic/kube/workloads/whoami.ts";
import type { TenantRights } from "../contract.ts";
import { Refusal } from "../http/errors.ts";
import { nameOf } from "./token.ts";

/** How long an answer of the API server about rights holds. */
const REVIEW_MS = 10_000;
/** How long a visitor's connections stay open after their last request. */
const IDLE_MS = 120_000;

export type Verb = "get" | "list" | "create" | "update" | typeof APPROVE_VERB;

interface Known<T> {
  value: Promise<T>;
  at: number;
}

export class Visitor {
  /** Of the token; for limits and maps. */
  readonly id: string;
  readonly client: Client;
  lastUsed = Date.now();
  readonly #rights = new Map<string, Known<boolean>>();
  #person: Known<Person> | undefined;

  constructor(id: string, client: Client) {
    this.id = id;
    this.client = client;
  }

  /** Who the API server takes the visitor for. Throws an ApiError 401 where it doesn't accept the token. */
  async person(): Promise<Person> {
    this.#person = fresh(this.#person, () => whoami(this.client));
    return await this.#person.value;
  }

  /** Whether the visitor may do this with workloads of a namespace, as the API server says. */
  async may(namespace: string, verb: Verb): Promise<boolean> {
    const key = `${verb} ${namespace}`;
    const known = fresh(this.#rights.get(key), () => this.#review(namespace, verb));
    this.#rights.set(key, known);
    return await known.value;
  }

  /** Throws a refusal where the visitor may not. It says nothing of what is there. */
  async demand(namespace: string, verb: Verb): Promise<void> {
    if (await this.may(namespace, verb)) return;
    const { username } = await this.person();
    throw new Refusal(403, "forbidden", `${username} may not ${verb} workloads in namespace ${namespace}`, {
      advice: "A tenant's roles are the platform team's to give: docs/approvals.md.",
    });
  }

  async rights(namespace: string): Promise<TenantRights> {
    const [get, list, submit, change, approve] = await Promise.all(
      (["get", "list", "create", "update", APPROVE_VERB] as const).map((verb) => this.may(namespace, verb)),
    );
    const is = (value: boolean | undefined) => value === true;
    return { namespace, see: is(get) && is(list), submit: is(submit), change: is(change), approve: is(approve) };
  }

  async #review(namespace: string, verb: Verb): Promise<boolean> {
    const { status } = await this.client.create<{ status: { allowed: boolean } }>(
      "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
      {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SelfSubjectAccessReview",
        spec: { resourceAttributes: { group: API_GROUP, resource: AGENT_WORKLOAD.plural, namespace, verb } },
      },
    );
    return status.allowed;
  }
}

/** What is known while it is fresh, else asked anew; a failure is asked again the next time. */
function fresh<T>(known: Known<T> | undefined, ask: () => Promise<T>): Known<T> {
  const now = Date.now();
  if (known && now - known.at < REVIEW_MS) return known;
  const asked: Known<T> = { value: ask(), at: now };
  asked.value.catch(() => {
    asked.at = 0;
  });
  return asked;
}

export class Visitors {
  readonly #connection: Connection;
  readonly #visitors = new Map<string, Visitor>();
  readonly #timer: NodeJS.Timeout;

  constructor({ server, ca, serverName, insecure, proxy }: Connection) {
    // Of the console's own connection everything but who it is.
    this.#connection = {
      server,
      ...(ca === undefined ? {} : { ca }),
      ...(serverName === undefined ? {} : { serverName }),
      ...(insecure === undefined ? {} : { insecure }),
      ...(proxy === undefined ? {} : { proxy }),
    };
    this.#timer = setInterval(() => this.#closeIdle(), IDLE_MS / 4).unref();
  }

  /** Whether somebody with this token was here lately. */
  has(token: string): boolean {
    return this.#visitors.has(nameOf(token));
  }

  /** The visitor of a token. */
  of(token: string): Visitor {
    const id = nameOf(token);
    const known = this.#visitors.get(id);
    if (known) {
      known.lastUsed = Date.now();
      return known;
    }
    const authorization = `Bearer ${token}`;
    const connection = { ...this.#connection, credentials: async () => ({ authorization }) };
    const visitor = new Visitor(id, new Client(connection, { userAgent: "agentic-console", connections: 8 }));
    this.#visitors.set(id, visitor);
    return visitor;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all([...this.#visitors.values()].map(({ client }) => client.destroy()));
  }

  #closeIdle(): void {
    for (const [id, visitor] of this.#visitors) {
      if (Date.now() - visitor.lastUsed < IDLE_MS) continue;
      this.#visitors.delete(id);
      void visitor.client.close();
    }
  }
}
