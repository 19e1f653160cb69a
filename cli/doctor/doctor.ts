// The doctor: asks every question about an installation, and keeps what it finds apart from what it couldn't see.
import type { Client } from "@agentic/kube/client/client.ts";
import type { Connection } from "@agentic/kube/connection/connection.ts";
import { whoami } from "@agentic/kube/workloads/whoami.ts";
import type { Check } from "./check.ts";
import { admission } from "./checks/admission.ts";
import { certificates } from "./checks/certificates.ts";
import { clock } from "./checks/clock.ts";
import { components } from "./checks/components.ts";
import { contract } from "./checks/contract.ts";
import { dns } from "./checks/dns.ts";
import { gates } from "./checks/gates.ts";
import { isolation } from "./checks/isolation.ts";
import { network } from "./checks/network.ts";
import { pods } from "./checks/pods.ts";
import { quotas } from "./checks/quotas.ts";
import { workloads } from "./checks/workloads.ts";
import type { Finding } from "./finding.ts";
import { Sight } from "./sight.ts";
import { spacesOf } from "./spaces.ts";

const CHECKS: readonly Check[] = [
  clock,
  contract,
  components,
  pods,
  certificates,
  dns,
  quotas,
  network,
  admission,
  gates,
  isolation,
  workloads,
];

/** What a check has found, and what it couldn't look at. */
export interface Answer {
  check: string;
  asks: string;
  findings: Finding[];
  /** Sentences: what the person's rights don't show. */
  unseen: string[];
}

export interface Report {
  server: string;
  user: string;
  /** The namespaces that were looked at. */
  namespaces: string[];
  answers: Answer[];
}

export interface Patient {
  client: Client;
  connection: Connection;
  namespace: string;
  /** Whether pods may be made to try connections. */
  probe: boolean;
}

/** Throws where the API server can't be reached, or doesn't know who asks. */
export async function examine({ client, connection, namespace, probe }: Patient): Promise<Report> {
  const { username: user } = await whoami(client);
  const { spaces, complete } = await spacesOf(client, namespace);
  const answers: Answer[] = [];
  if (!complete)
    answers.push({
      check: "namespaces",
      asks: "which namespaces does the platform have?",
      findings: [],
      unseen: [`you may not list namespaces: only ${spaces.map(({ name }) => name).join(", ")} are looked at`],
    });
  const asked = CHECKS.filter((check) => probe || check !== isolation);
  answers.push(
    ...(await Promise.all(
      asked.map(async ({ name, asks, look }) => {
        const see = new Sight({ client, connection, namespace, spaces });
        const findings = await look(see);
        return { check: name, asks, findings, unseen: see.refused };
      }),
    )),
  );
  return { server: client.server, user, namespaces: spaces.map(({ name }) => name), answers };
}
