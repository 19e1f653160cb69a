// Names of Google's APIs inside the network: all of them lead to four addresses that have no way to the internet.
import { ManagedZone } from "@pulumi/gcp/dns/managedZone.js";
import { RecordSet } from "@pulumi/gcp/dns/recordSet.js";
import * as pulumi from "@pulumi/pulumi";
import type { GoogleApisWay } from "./addresses.ts";
import { checkScope, type GcpScope, gcpLabels } from "./scope.ts";

const addresses: Record<GoogleApisWay, string[]> = {
  private: [8, 9, 10, 11].map((last) => `199.36.153.${last}`),
  restricted: [4, 5, 6, 7].map((last) => `199.36.153.${last}`),
};

/** Domains whose names all lead to the private addresses. `pkg.dev` and `gcr.io` are where images come from. */
const domains = ["googleapis.com", "pkg.dev", "gcr.io"] as const;

export interface GoogleApisZoneArgs extends GcpScope {
  network: pulumi.Input<string>;
  way: GoogleApisWay;
}

/** Private zones for the domains, seen from one network. */
export class GoogleApisZone extends pulumi.ComponentResource {
  constructor(name: string, args: GoogleApisZoneArgs, options?: pulumi.ComponentResourceOptions) {
    checkScope(args);
    if (!(args.way in addresses)) throw new Error(`way: '${args.way}' is neither private nor restricted`);
    super("agentic:gcp:GoogleApisZone", name, {}, options);
    for (const domain of domains) {
      const short = domain.replaceAll(".", "-");
      const host = `${args.way}.googleapis.com.`;
      const zone = new ManagedZone(
        `${name}-${short}`,
        {
          project: args.project,
          name: `${args.name}-${short}`,
          dnsName: `${domain}.`,
          description: `Google's APIs by ${args.way} addresses`,
          visibility: "private",
          privateVisibilityConfig: { networks: [{ networkUrl: args.network }] },
          labels: gcpLabels(args),
        },
        { parent: this },
      );
      const record = (kind: string, recordName: string, type: string, rrdatas: string[]) =>
        new RecordSet(
          `${name}-${short}-${kind}`,
          { project: args.project, managedZone: zone.name, name: recordName, type, ttl: 300, rrdatas },
          { parent: this },
        );
      if (domain === "googleapis.com") record("addresses", host, "A", addresses[args.way]);
      else record("apex", `${domain}.`, "A", addresses[args.way]);
      record("all", `*.${domain}.`, "CNAME", [domain === "googleapis.com" ? host : `${domain}.`]);
    }
    this.registerOutputs({});
  }
}
