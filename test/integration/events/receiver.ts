// The receiver against a real API server, with the account and the rights that the program gives it, and senders.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EventKind, eventPath, previousToken } from "@agentic/api/webhook.ts";
import { type Receiver, startReceiver } from "../../../embedded/receiver/receiver.ts";
import { signed } from "../../../examples/events/send.ts";
import type { Client } from "../../../kube/client/client.ts";
import { type KubeObject, objects, type Registered } from "../../unit/components/program.ts";
import { tokenOf as webhookToken } from "../../unit/events/test-webhook.ts";
import { tokenOf } from "../operator/cluster.ts";

export const SPACE = "argo-events";
const paths: Record<string, string> = {
  ServiceAccount: "/api/v1/namespaces/%/serviceaccounts",
  Role: "/apis/rbac.authorization.k8s.io/v1/namespaces/%/roles",
  RoleBinding: "/apis/rbac.authorization.k8s.io/v1/namespaces/%/rolebindings",
};

export interface Answer {
  status: number;
  body: { error?: string; duplicate?: boolean; name?: string };
}

/** A request as it goes over the wire: who sees it can send it again. */
export interface Sent {
  path: string;
  headers: Record<string, string>;
  body: string;
}

export type TestReceiver = Awaited<ReturnType<typeof startTestReceiver>>;

/** Creates what the platform has of the receiver in a namespace. The namespace must be there. */
export async function createRights(admin: Client, platform: readonly Registered[], namespace: string): Promise<void> {
  const ownNames = ["event-receiver", "agentic-events"];
  for (const [kind, path] of Object.entries(paths))
    for (const object of objects(platform, kind) as KubeObject[])
      if (object.metadata?.namespace === namespace && ownNames.includes(object.metadata.name))
        await admin.create(path.replace("%", namespace), object);
}

/** Starts the receiver for tenants with tokens made of their names; those of `unsigned` send them. */
export async function startTestReceiver(
  admin: Client,
  { ca, tenants, unsigned = [] }: { ca: string; tenants: readonly string[]; unsigned?: readonly string[] },
) {
  const folder = mkdtempSync(join(tmpdir(), "receiver-"));
  for (const tenant of tenants) writeFileSync(join(folder, tenant), webhookToken(tenant));
  const authorization = `Bearer ${await tokenOf(admin, SPACE, "event-receiver")}`;
  const start = () =>
    startReceiver(
      {
        port: 0,
        metricsPort: 0,
        tokens: folder,
        unsigned: [...unsigned],
        namespace: SPACE,
        maxBodyBytes: 65_536,
        drainSeconds: 0,
        otlpUrl: undefined,
        otlpCaFile: undefined,
        tracesPercent: 100,
        logLevel: "silent",
      },
      { server: admin.server, ca, credentials: async () => ({ authorization }) },
    );
  let receiver: Receiver = await start();
  return {
    metrics: () => `http://127.0.0.1:${receiver.metricsPort}`,

    /** What a sender who has the tenant's token sends. */
    event(
      tenant: string,
      kind: EventKind,
      event: object,
      options: { id?: string; at?: number; token?: string } = {},
    ): Sent {
      const body = JSON.stringify(event);
      const token = options.token ?? webhookToken(tenant);
      return { path: eventPath(tenant, kind), headers: signed(body, token, options), body };
    },

    async send({ path, headers, body }: Sent): Promise<Answer> {
      const response = await fetch(`http://127.0.0.1:${receiver.port}${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body,
      });
      return { status: response.status, body: (await response.json()) as Answer["body"] };
    },

    /** Gives a tenant another token beside or in the place of its own; the receiver reads it at its start. */
    setTokens(tenant: string, tokens: { current: string; previous?: string }): void {
      writeFileSync(join(folder, tenant), tokens.current);
      if (tokens.previous) writeFileSync(join(folder, previousToken(tenant)), tokens.previous);
      else rmSync(join(folder, previousToken(tenant)), { force: true });
    },

    /** Another process in its place. */
    async restart(): Promise<void> {
      await receiver.stop();
      receiver = await start();
    },

    async stop(): Promise<void> {
      await receiver.stop();
      rmSync(folder, { recursive: true });
    },
  };
}
