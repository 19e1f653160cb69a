// Images in a tenant's namespace: who is admitted, who is refused, and what is said.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { registryHost } from "../../../components/data/registry-names.ts";
import { apply, kubectl } from "../../../embedded/cli/cluster.ts";
import { signImage } from "../../../embedded/images/publish/signing.ts";
import { dryRun, openRegistry, pod, podSpec, repository, stranger, type TestRegistry } from "./image-variants.ts";
import { eventually, namespace, platform } from "./platform.ts";

const namespaceOutside = "images-outside";
let cluster: TestRegistry;
let signed: string;
let unsigned: string;
let signedByStranger: string;

beforeAll(async () => {
  cluster = await openRegistry();
  const { archive, name } = cluster;
  const digest = await cluster.variant("strange");
  await signImage(cluster.image(digest), stranger);
  signed = `${name}@${archive.digest}`;
  unsigned = `${name}@${await cluster.variant("unsigned")}`;
  signedByStranger = `${name}@${digest}`;
  await apply(platform, [{ apiVersion: "v1", kind: "Namespace", metadata: { name: namespaceOutside } }]);
});

afterAll(async () => {
  await cluster?.close();
  await kubectl(platform, ["delete", "pod", "images-test", "-n", namespace, "--ignore-not-found"]);
  await kubectl(platform, ["delete", "namespace", namespaceOutside, "--ignore-not-found", "--wait=false"]);
});

describe("in a tenant's namespace", () => {
  it("a signed image runs, pulled from the cluster's registry", async () => {
    await kubectl(platform, ["delete", "pod", "images-test", "-n", namespace, "--ignore-not-found"]);
    await apply(platform, [pod([signed], namespace, "images-test")]);
    const waitArgs = ["wait", "-n", namespace, "pod/images-test", "--for=jsonpath={.status.phase}=Succeeded"];
    await kubectl(platform, [...waitArgs, "--timeout=60s"]);
    expect(await kubectl(platform, ["logs", "images-test", "-n", namespace])).toBe("it runs\n");
  });

  it("a tag becomes the digest that was checked", async () => {
    const { spec } = await dryRun(pod([`${registryHost}/${repository}:1`]));
    expect(spec.containers[0]?.image).toMatch(/@sha256:[0-9a-f]{64}$/);
    expect(spec.containers[0]?.image.split("@")[1]).toBe(signed.split("@")[1]);
  });

  it("an unsigned one is refused, and the message says which and why", async () => {
    await expect(dryRun(pod([unsigned]))).rejects.toThrow(
      new RegExp(`policy\\.sigstore\\.dev[\\s\\S]*platform-images[\\s\\S]*${unsigned.slice(-20)}: no signatures found`),
    );
  });

  it("one that another key signed is refused", async () => {
    await expect(dryRun(pod([signedByStranger]))).rejects.toThrow(
      /platform-images[\s\S]*(no matching signatures|invalid signature)/,
    );
  });

  it("an unsigned one beside a signed one is refused", async () => {
    await expect(dryRun(pod([signed, unsigned]))).rejects.toThrow(/no signatures found/);
  });

  it("what nobody vouches for is refused, be it on the node or not", async () => {
    const unknownImage = `ghcr.io/acme/anything@sha256:${"0".repeat(64)}`;
    await expect(dryRun(pod([unknownImage]))).rejects.toThrow(/no matching policies/);
  });

  it("break-glass lets somebody in and out, by a timer whose image is admitted", async () => {
    const roles = ["requester", "approver"].map((role) => `agentic-break-glass-${role}`);
    const as = (user: string, ...args: string[]) => kubectl(platform, [`--as=${user}`, ...args]);
    const mayList = () => as("alice", "auth", "can-i", "list", "pods", "-n", namespace).catch(() => "no");
    try {
      for (const role of roles)
        await kubectl(platform, [
          ...["create", "clusterrolebinding", `test-${role}`, `--clusterrole=${role}`],
          ...["--user=alice", "--user=bob"],
        ]);
      const request = {
        ...{ apiVersion: "agentic.io/v1alpha1", kind: "AccessRequest", metadata: { name: "images-test" } },
        spec: { namespace, reason: "a test of break-glass", minutes: 5, requestedBy: "alice" },
      };
      await kubectl(platform, ["create", "--as=alice", "-f", "-"], JSON.stringify(request));
      const patch = (user: string, field: string) =>
        as(user, "patch", "accessrequest", "images-test", "--type=merge", "-p", `{"spec":{"${field}":"${user}"}}`);
      const inPhase = (phase: string) =>
        kubectl(platform, ["wait", "accessrequest/images-test", `--for=jsonpath={.status.phase}=${phase}`]);
      expect((await mayList()).trim()).toBe("no");
      await patch("bob", "approvedBy");
      await inPhase("Active");
      expect(await eventually("alice's rights", async () => ((await mayList()).trim() === "yes" ? 1 : undefined))).toBe(
        1,
      );
      await patch("bob", "endedBy");
      await inPhase("Ended");
      expect((await mayList()).trim()).toBe("no");
    } finally {
      await kubectl(platform, ["delete", "accessrequest", "images-test", "--ignore-not-found"]);
      for (const role of roles)
        await kubectl(platform, ["delete", "clusterrolebinding", `test-${role}`, "--ignore-not-found"]);
    }
  });

  it("neither does a Deployment bring it in", async () => {
    const labels = { app: "images-test" };
    const deployment = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "images-test", namespace },
      spec: {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { ...podSpec([unsigned]), restartPolicy: "Always" } },
      },
    };
    await expect(dryRun(deployment)).rejects.toThrow(/no signatures found/);
  });
});

describe("elsewhere", () => {
  it("in a namespace that doesn't ask for it nothing is checked, and nothing is rewritten", async () => {
    const { spec } = await dryRun(pod([unsigned], namespaceOutside));
    expect(spec.containers[0]?.image).toBe(unsigned);
  });
});

describe("without the policy controller", () => {
  it("nothing starts in a tenant's namespace, signed or not, and all does elsewhere", async () => {
    const scale = (replicas: number) =>
      kubectl(platform, ["scale", "deployment/policy-controller", "-n", "cosign-system", `--replicas=${replicas}`]);
    await scale(0);
    try {
      const pods = ["pods", "-n", "cosign-system", "-l", "app.kubernetes.io/name=policy-controller"];
      await kubectl(platform, ["delete", ...pods, "--force", "--grace-period=0"]);
      // Its process answers on until the kubelet has killed it.
      const attempt = () =>
        dryRun(pod([signed])).then(
          () => "admitted",
          ({ message }: Error) => message,
        );
      await expect
        .poll(attempt, { timeout: 30_000, interval: 500 })
        .toMatch(/failed calling webhook "policy\.sigstore\.dev"/);
      await dryRun(pod([signed], namespaceOutside));
    } finally {
      await scale(1);
      await kubectl(platform, [
        "rollout",
        "status",
        "-n",
        "cosign-system",
        "deployment/policy-controller",
        "--timeout=60s",
      ]);
    }
    await dryRun(pod([signed]));
  });
});
