// Where a cluster's API server is: what a local cluster of the stack's own says, asked so that nothing of it stays in the state.
import { createServer } from "node:http";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, expect, it } from "vitest";
import { cidrsOf, ownApiServerCidrs } from "../../../stacks/api-server.ts";
import { createCluster } from "../../../stacks/cluster.ts";
import { parseConfig } from "../../../stacks/config/config.ts";
import { createPlatform } from "../../../stacks/platform.ts";
import { localCluster, mockClusters } from "./mocks.ts";

const requests: string[] = [];
const server = createServer((request, response) => {
  requests.push(request.url ?? "");
  response.end(JSON.stringify({ subsets: [{ addresses: [{ ip: "172.18.0.2" }] }] }));
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
afterAll(() => server.close());
const { kubeconfig, answer } = localCluster(`http://127.0.0.1:${(server.address() as { port: number }).port}`);
const registered = mockClusters(answer, false);

const outputValue = <T>(output: pulumi.Output<T>) => new Promise<T>((resolve) => output.apply(resolve));

it("is what the cluster answers, and no secret though the kubeconfig is one", async () => {
  const cidrs = ownApiServerCidrs(pulumi.secret(kubeconfig));
  expect(await outputValue(cidrs)).toEqual(["172.18.0.2/32"]);
  expect(await pulumi.isSecret(cidrs)).toBe(false);
  expect(requests).toEqual(["/api/v1/namespaces/default/endpoints/kubernetes"]);
});

it("is asked of a cluster that the stack makes without a resource that outlives its provider in the state", async () => {
  const images = { operator: "r/o:1", agents: "r/a:1", workflowEngine: "r/e:1", eventReceiver: "r/r:1" };
  const raw = { images, workflowEngine: "builtin", eventEngine: "builtin", cluster: { kind: "kind" } };
  const config = parseConfig("agentic-platform", raw, false);
  const { provider, external } = createCluster(config);
  createPlatform(config, { provider, external });
  const policy = () =>
    registered.find(({ type, name }) => type.endsWith(":NetworkPolicy") && name.includes("operator"));
  for (let i = 0; i < 100 && !policy(); i++) await new Promise((resolve) => setTimeout(resolve, 50));
  expect(JSON.stringify(policy()?.inputs)).toContain("172.18.0.2/32");
  expect(registered.filter(({ type }) => type === "kubernetes:core/v1:Endpoints")).toEqual([]);
});

it("must be said by the config where the cluster doesn't", () => {
  expect(() => cidrsOf(undefined)).toThrow("set cluster.apiServerCidrs");
  expect(() => cidrsOf([{}])).toThrow("set cluster.apiServerCidrs");
});
