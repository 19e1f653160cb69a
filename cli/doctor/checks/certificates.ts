// How long the certificates last: the API server's own, cert-manager's, and those in Secrets where they may be read.
import { X509Certificate } from "node:crypto";
import { connect } from "node:tls";
import { tlsOptions } from "@agentic/kube/connection/tls.ts";
import type { Check } from "../check.ts";
import { type Finding, problem, warning } from "../finding.ts";
import { pathOf, type Sight } from "../sight.ts";

const CERT_MANAGER = "cert-manager.io/v1";
const DAY_MS = 86_400_000;
/** Days left under which an end is near: everything that renews has done so long before. */
const NEAR_DAYS = 3;
/** Days left under which somebody should know. */
const SOON_DAYS = 14;

interface Certificate {
  metadata: { name: string; namespace: string };
  status?: { notAfter?: string; conditions?: { type: string; status: string; message?: string }[] };
}

interface TlsSecret {
  metadata: { name: string; namespace: string };
  data?: { "tls.crt"?: string };
}

export const certificates: Check = {
  name: "certificates",
  asks: "how many days are left of each certificate?",
  async look(see) {
    const findings = [...(await ofApiServer(see))];
    // Where there is no cert-manager, nobody needs to be told that they may not read its objects.
    const hasManager = Boolean(await see.get(`/apis/${CERT_MANAGER}`));
    for (const { name } of [...see.platform, ...see.tenants]) {
      const managed = hasManager ? await see.list<Certificate>(pathOf(CERT_MANAGER, "certificates", name)) : [];
      for (const certificate of managed ?? []) findings.push(...ofCertManager(certificate));
      const query = { fieldSelector: "type=kubernetes.io/tls" };
      for (const { metadata, data } of (await see.list<TlsSecret>(pathOf("v1", "secrets", name), query)) ?? []) {
        const pem = Buffer.from(data?.["tls.crt"] ?? "", "base64").toString();
        findings.push(...ending(`Secret ${metadata.namespace}/${metadata.name}`, pem, RENEW));
      }
    }
    return findings;
  },
};

const RENEW =
  "`make up` or `pulumi up -s <stack>` makes those anew that are due, cert-manager does so by itself; docs/runbooks/certificate-ends.md";

/** A finding where a certificate (PEM, the first of a chain) ends soon, or has ended. */
function ending(where: string, pem: string, fix: string): Finding[] {
  try {
    return endsAt(where, new X509Certificate(pem).validToDate.getTime(), fix);
  } catch {
    return [problem(where, "it holds no certificate that can be read", fix)];
  }
}

/** A finding where that moment (ms since 1970) is near, or over. */
export function endsAt(where: string, moment: number, fix: string, now = Date.now()): Finding[] {
  const days = (moment - now) / DAY_MS;
  if (days < 0) return [problem(where, `its certificate ended ${Math.ceil(-days)} days ago`, fix)];
  const what = `its certificate ends in ${Math.floor(days)} days`;
  if (days < NEAR_DAYS) return [problem(where, what, fix)];
  return days < SOON_DAYS ? [warning(where, what, fix)] : [];
}

function ofCertManager({ metadata, status = {} }: Certificate): Finding[] {
  const where = `Certificate ${metadata.namespace}/${metadata.name}`;
  const fix = `\`kubectl describe certificate -n ${metadata.namespace} ${metadata.name}\` says what cert-manager waits for`;
  const ready = status.conditions?.find(({ type }) => type === "Ready");
  if (ready && ready.status !== "True")
    return [problem(where, `it isn't ready: ${ready.message ?? "no reason given"}`, fix)];
  return status.notAfter ? endsAt(where, Date.parse(status.notAfter), fix) : [];
}

/** By a connection of its own; through a proxy nobody sees the certificate. */
async function ofApiServer({ connection }: Sight): Promise<Finding[]> {
  const { protocol, hostname, port } = new URL(connection.server);
  if (protocol !== "https:" || connection.proxy) return [];
  const socket = connect({
    host: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port || 443),
    ...tlsOptions(connection, {}),
    timeout: 5_000,
  });
  try {
    const moment = await new Promise<number | undefined>((resolve) => {
      socket.once("secureConnect", () => resolve(Date.parse(socket.getPeerCertificate().valid_to)));
      // That it answers has been tried before; what is asked here is only until when.
      for (const event of ["error", "timeout", "close"] as const) socket.once(event, () => resolve(undefined));
    });
    const fix =
      "renew the API server's certificate by the means of whoever runs the cluster; `make up` does so on the embedded node";
    return moment === undefined ? [] : endsAt(`API server ${connection.server}`, moment, fix);
  } finally {
    socket.destroy();
  }
}
