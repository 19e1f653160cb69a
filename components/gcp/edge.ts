// Cloud Armor, a certificate and an address for what is exposed: the Google side of a Gateway.
import { Certificate } from "@pulumi/gcp/certificatemanager/certificate.js";
import { CertificateMap } from "@pulumi/gcp/certificatemanager/certificateMap.js";
import { CertificateMapEntry } from "@pulumi/gcp/certificatemanager/certificateMapEntry.js";
import { DnsAuthorization } from "@pulumi/gcp/certificatemanager/dnsAuthorization.js";
import { GlobalAddress } from "@pulumi/gcp/compute/globalAddress.js";
import { SecurityPolicy } from "@pulumi/gcp/compute/securityPolicy.js";
import { SSLPolicy } from "@pulumi/gcp/compute/sslpolicy.js";
import * as pulumi from "@pulumi/pulumi";
import { checkWholeNumbers } from "../numbers.ts";
import { parseCidr } from "./cidr.ts";
import { checkScope, type GcpScope, gcpLabels } from "./scope.ts";

export interface EdgeArgs extends GcpScope {
  /** Names under which something is exposed. */
  hosts: readonly string[];
  /** Ranges that may connect. Default: all, since each service authenticates its callers itself. */
  allowedRanges?: readonly string[];
  /** Requests of one address in a minute. Default 300. */
  requestsPerMinute?: number;
}

/** Groups of Cloud Armor's own rules, at the level with the fewest false alarms. */
const attacks = [
  "sqli-v33-stable",
  "xss-v33-stable",
  "lfi-v33-stable",
  "rfi-v33-stable",
  "rce-v33-stable",
  "protocolattack-v33-stable",
  "scannerdetection-v33-stable",
];

/** What the Gateway's objects name. */
export class Edge extends pulumi.ComponentResource {
  readonly addressName: string;
  readonly certificateMap: string;
  readonly securityPolicy: string;
  readonly sslPolicy: string;
  /** CNAME records to make at the domains' own DNS, so that Google gives the certificates. */
  readonly dnsRecords: pulumi.Output<{ name: string; type: string; data: string }[]>;

  constructor(name: string, args: EdgeArgs, options?: pulumi.ComponentResourceOptions) {
    const { allowedRanges = ["*"], requestsPerMinute = 300, hosts } = args;
    checkScope(args);
    if (hosts.length === 0) throw new Error("hosts: is empty: name the hosts that are exposed");
    const invalid = hosts.find((host) => !/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/.test(host));
    if (invalid !== undefined) throw new Error(`hosts: '${invalid}' is not a valid host name`);
    if (args.allowedRanges?.length === 0) throw new Error("allowedRanges: is empty, so that nobody could come in");
    for (const [i, range] of (args.allowedRanges ?? []).entries()) parseCidr(`allowedRanges[${i}]`, range);
    checkWholeNumbers({ requestsPerMinute }, { from: 10 });
    super("agentic:gcp:Edge", name, {}, options);
    const child = { parent: this };
    const { project } = args;
    const own = { project, name: args.name };
    this.addressName = args.name;
    this.certificateMap = args.name;
    this.securityPolicy = args.name;
    this.sslPolicy = args.name;
    new GlobalAddress(name, { ...own, addressType: "EXTERNAL", labels: gcpLabels(args) }, child);
    new SSLPolicy(name, { ...own, profile: "RESTRICTED", minTlsVersion: "TLS_1_2" }, child);
    new SecurityPolicy(
      name,
      {
        ...own,
        description: "In front of what the agentic platform exposes",
        type: "CLOUD_ARMOR",
        adaptiveProtectionConfig: { layer7DdosDefenseConfig: { enable: true } },
        advancedOptionsConfig: { jsonParsing: "STANDARD", logLevel: "NORMAL" },
        labels: gcpLabels(args),
        rules: this.#rules(allowedRanges, requestsPerMinute),
      },
      child,
    );
    this.dnsRecords = this.#certificates(name, args);
    this.registerOutputs({ dnsRecords: this.dnsRecords });
  }

  #rules(allowedRanges: readonly string[], count: number) {
    const everybody = { versionedExpr: "SRC_IPS_V1", config: { srcIpRanges: ["*"] } };
    return [
      ...attacks.map((group, i) => ({
        action: "deny(403)",
        priority: 1000 + i,
        description: group,
        match: { expr: { expression: `evaluatePreconfiguredWaf('${group}', {'sensitivity': 1})` } },
      })),
      // Cloud Armor takes ten ranges in a rule.
      ...Array.from({ length: Math.ceil(allowedRanges.length / 10) }, (_, i) => ({
        action: "throttle",
        priority: 2000 + i,
        description: "Those who may come in, as often as they may",
        match: { versionedExpr: "SRC_IPS_V1", config: { srcIpRanges: allowedRanges.slice(i * 10, i * 10 + 10) } },
        rateLimitOptions: {
          conformAction: "allow",
          exceedAction: "deny(429)",
          enforceOnKey: "IP",
          rateLimitThreshold: { count, intervalSec: 60 },
        },
      })),
      { action: "deny(403)", priority: 2_147_483_647, description: "Everybody else", match: everybody },
    ];
  }

  #certificates(name: string, args: EdgeArgs) {
    const child = { parent: this };
    const { project } = args;
    const labels = gcpLabels(args);
    const map = new CertificateMap(name, { project, name: args.name, labels }, child);
    const records = args.hosts.map((host) => {
      const short = host.replaceAll(".", "-");
      const authorization = new DnsAuthorization(
        `${name}-${short}`,
        { project, name: `${args.name}-${short}`, domain: host, labels },
        child,
      );
      const certificate = new Certificate(
        `${name}-${short}`,
        {
          project,
          name: `${args.name}-${short}`,
          managed: { domains: [host], dnsAuthorizations: [authorization.id] },
          labels,
        },
        child,
      );
      new CertificateMapEntry(
        `${name}-${short}`,
        {
          project,
          name: `${args.name}-${short}`,
          map: map.name,
          hostname: host,
          certificates: [certificate.id],
          labels,
        },
        child,
      );
      return authorization.dnsResourceRecords.apply((list) => list ?? []);
    });
    return pulumi.all(records).apply((lists) => lists.flat());
  }
}
