// The network of a GKE cluster: its firewall and its ranges.
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { checkDisjoint, parseCidr } from "../../../components/gcp/cidr.ts";
import { GoogleApisZone } from "../../../components/gcp/google-apis.ts";
import { Network, type NetworkArgs } from "../../../components/gcp/network.ts";
import { inputsOf, inputsOfKind, mock, registeredBy, scope } from "./mocks.ts";

beforeAll(mock);

const network = (more: Partial<NetworkArgs> = {}) => registeredBy(() => new Network("net", { ...scope, ...more }));

describe("the network", () => {
  it("has one subnet for nodes, with ranges for pods and services and a private way to Google's APIs", async () => {
    const all = await network();
    expect(inputsOf(all, "Network")).toMatchObject({ name: "agentic", autoCreateSubnetworks: false });
    expect(inputsOf(all, "Subnetwork", "agentic-nodes")).toMatchObject({
      ipCidrRange: "10.0.0.0/20",
      privateIpGoogleAccess: true,
      secondaryIpRanges: [
        { rangeName: "pods", ipCidrRange: "10.64.0.0/14" },
        { rangeName: "services", ipCidrRange: "10.32.0.0/20" },
      ],
      logConfig: { flowSampling: 0.5 },
    });
    expect(inputsOf(all, "Subnetwork", "agentic-control-plane")).toMatchObject({ ipCidrRange: "10.0.16.0/28" });
    expect(inputsOf(all, "RouterNat")).toMatchObject({ natIpAllocateOption: "AUTO_ONLY", logConfig: { enable: true } });
    expect(inputsOf(all, "Connection")).toMatchObject({ reservedPeeringRanges: ["agentic-managed-services"] });
  });

  it("lets nothing in or out but what its rules name", async () => {
    const rules = inputsOfKind(await network(), "Firewall");
    for (const direction of ["INGRESS", "EGRESS"]) {
      const lowest = rules.filter((rule) => rule.direction === direction).sort((a, b) => b.priority - a.priority)[0];
      expect(lowest).toMatchObject({ priority: 65000, denies: [{ protocol: "all" }] });
    }
    const open = rules.filter((rule) => rule.allows && rule.sourceRanges?.includes("0.0.0.0/0"));
    expect(open).toEqual([]);
    for (const rule of rules) expect(rule.logConfig, rule.name).toBeTruthy();
  });

  it("has no way to the internet without NAT", async () => {
    const all = await network({ nat: false });
    expect([...inputsOfKind(all, "Router"), ...inputsOfKind(all, "RouterNat")]).toEqual([]);
    const egressRules = inputsOfKind(all, "Firewall").filter(
      ({ direction, allows }) => direction === "EGRESS" && allows,
    );
    expect(egressRules.flatMap(({ destinationRanges }) => destinationRanges)).not.toContain("0.0.0.0/0");
  });

  it("resolves Google's names to private addresses, or to restricted ones in a perimeter", async () => {
    const records = inputsOfKind(await network(), "RecordSet");
    expect(records).toContainEqual(
      expect.objectContaining({ name: "*.googleapis.com.", type: "CNAME", rrdatas: ["private.googleapis.com."] }),
    );
    expect(records.find(({ name }) => name === "pkg.dev.")?.rrdatas).toContain("199.36.153.8");
    const restricted = await network({ googleApis: "restricted" });
    expect(JSON.stringify(inputsOfKind(restricted, "RecordSet"))).not.toContain("199.36.153.8");
    expect(inputsOf(restricted, "Firewall", "agentic-allow-google-apis-out").destinationRanges).toEqual([
      "199.36.153.4/30",
    ]);
  });

  it("leaves out what is switched off", async () => {
    expect(inputsOfKind(await network({ managedServices: false }), "Connection")).toEqual([]);
    expect(inputsOf(await network({ flowLogs: 0 }), "Subnetwork", "agentic-nodes").logConfig).toBeUndefined();
  });

  it.each([
    [{ ranges: { pods: "10.0.0.0/14" } }, "ranges.pods: 10.0.0.0/14 overlaps ranges.nodes"],
    [{ ranges: { nodes: "10.0.0.0/30" } }, "ranges.nodes: 10.0.0.0/30 is too small: at least a /26"],
    [
      { ranges: { services: "10.32.0.1/20" } },
      "ranges.services: '10.32.0.1/20' begins inside its range: write 10.32.0.0/20",
    ],
    [{ ranges: { services: "services" } }, "ranges.services: 'services' is not a valid IPv4 range"],
    [{ flowLogs: 2 }, "flowLogs: 2 is not a share"],
    [{ project: "Acme" }, "project: 'Acme' is not a project id"],
    [{ projectNumber: "x" }, "projectNumber: 'x' is not a project number"],
    [{ region: "europe" }, "region: 'europe' is not a region"],
    [{ name: "Agentic" }, "name: 'Agentic' is not a prefix"],
  ] as [Partial<NetworkArgs>, string][])("refuses %j", (more, message) => {
    expect(() => new Network("net", { ...scope, ...more })).toThrow(message);
  });

  it("refuses another way to Google's APIs", () => {
    const args = { ...scope, network: "n", way: "public" as "private" };
    expect(() => new GoogleApisZone("zone", args)).toThrow("way: 'public' is neither private nor restricted");
  });
});

describe("ranges", () => {
  const range = fc.tuple(fc.nat({ max: 2 ** 32 - 1 }), fc.integer({ min: 1, max: 32 })).map(([address, length]) => {
    const first = Math.floor(address / 2 ** (32 - length)) * 2 ** (32 - length);
    return {
      first,
      last: first + 2 ** (32 - length) - 1,
      text: `${[24, 16, 8, 0].map((bits) => Math.floor(first / 2 ** bits) % 256).join(".")}/${length}`,
    };
  });

  it("are read as their first and last address", () => {
    fc.assert(
      fc.property(range, ({ first, last, text }) => {
        expect(parseCidr("r", text)).toEqual({ first, last });
      }),
    );
  });

  it("overlap where they share an address, whichever comes first", () => {
    fc.assert(
      fc.property(range, range, (a, b) => {
        const shared = Math.max(a.first, b.first) <= Math.min(a.last, b.last);
        for (const both of [
          { a: a.text, b: b.text },
          { a: b.text, b: a.text },
        ])
          if (shared) expect(() => checkDisjoint(both)).toThrow("overlaps");
          else expect(() => checkDisjoint(both)).not.toThrow();
      }),
    );
  });
});
