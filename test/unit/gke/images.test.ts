// Which images GKE runs, the builds of them, and the alerts.
import { beforeAll, describe, expect, it } from "vitest";
import { Alerts, type AlertsArgs } from "../../../components/gcp/alerts.ts";
import { CloudDashboards } from "../../../components/gcp/cloud-dashboards.ts";
import { ImageAdmission, type ImageAdmissionArgs, repositoryOf } from "../../../components/gcp/image-admission.ts";
import { ImageBuilds, type ImageBuildsArgs } from "../../../components/gcp/image-builds.ts";
import { alerts as alertsByName } from "../../../components/observability/alerts.ts";
import { sloTargets } from "../../../stacks/config/slo.ts";
import { nonEmpty } from "../../non-empty.ts";
import { unknownIn } from "../observability/known-metrics.ts";
import { inputsOf, inputsOfKind, mock, registeredBy, scope } from "./mocks.ts";

interface Tile {
  xPos: number;
  width: number;
  widget: object;
}

beforeAll(mock);

describe("the choice of images", () => {
  const args: ImageAdmissionArgs = {
    ...scope,
    cluster: "agentic",
    images: ["quay.io/argoproj/argocli:v4", "ghcr.io/a/agents@sha256:00", "ghcr.io/a/agents:1"],
  };
  const admission = (more: Partial<ImageAdmissionArgs> = {}) =>
    registeredBy(() => new ImageAdmission("i", { ...args, ...more }));

  it("lets the cluster run the named repositories, and no other image", async () => {
    expect(inputsOf(await admission(), "Policy")).toMatchObject({
      admissionWhitelistPatterns: [
        { namePattern: "ghcr.io/a/agents:*" },
        { namePattern: "ghcr.io/a/agents@*" },
        { namePattern: "quay.io/argoproj/argocli:*" },
        { namePattern: "quay.io/argoproj/argocli@*" },
      ],
      clusterAdmissionRules: [{ cluster: "europe-west1.agentic", evaluationMode: "ALWAYS_DENY" }],
    });
  });

  it("asks attestors where there are any", async () => {
    const attestors = ["projects/acme-agents/attestors/built"];
    expect(inputsOf(await admission({ attestors }), "Policy").clusterAdmissionRules[0]).toMatchObject({
      evaluationMode: "REQUIRE_ATTESTATION",
      requireAttestationsBies: attestors,
    });
  });

  it.each([
    [{ images: [] }, "images: is empty"],
    [{ images: ["postgres:15"] }, "images: 'postgres:15' has no registry"],
    [{ attestors: ["built"] }, "attestors: 'built'"],
  ])("refuses %j", (more, message) => {
    expect(() => new ImageAdmission("i", { ...args, ...more })).toThrow(message);
  });

  it("reads repositories with ports, tags and digests", () => {
    expect(repositoryOf("localhost:5000/a/b:1@sha256:00")).toBe("localhost:5000/a/b");
    expect(repositoryOf("localhost:5000/a/b")).toBe("localhost:5000/a/b");
  });
});

describe("the builds", () => {
  const trigger = {
    source: "projects/p/locations/l/connections/c/repositories/r",
    tools: {
      docker: `r/docker@sha256:${"a".repeat(64)}`,
      cosign: `r/cosign:v3@sha256:${"b".repeat(64)}`,
      syft: `r/syft@sha256:${"c".repeat(64)}`,
    },
  };
  const args: ImageBuildsArgs = {
    ...scope,
    registry: "europe-west1-docker.pkg.dev/acme-agents/agentic",
    repository: "agentic",
    dockerfiles: { agents: "agents/Dockerfile" },
    trigger,
  };
  const builds = (more: Partial<ImageBuildsArgs> = {}) =>
    registeredBy(() => new ImageBuilds("b", { ...args, ...more }));

  it("push by the commit, sign by digest with a key in hardware, and say what to put into the config", async () => {
    const all = await builds();
    expect(inputsOf(all, "CryptoKey")).toMatchObject({
      purpose: "ASYMMETRIC_SIGN",
      versionTemplate: { protectionLevel: "HSM", algorithm: "EC_SIGN_P256_SHA256" },
    });
    const { build, serviceAccount, repositoryEventConfig } = inputsOf(all, "Trigger");
    expect(serviceAccount).toBeTruthy();
    expect(repositoryEventConfig.push.branch).toBe("^main$");
    expect(build.steps.map(({ name }: { name: string }) => name)).toEqual([
      trigger.tools.docker,
      trigger.tools.syft,
      trigger.tools.cosign,
      trigger.tools.cosign,
      trigger.tools.docker,
    ]);
    const [docker, sbom, sign, attest, digests] = build.steps.map(({ args: words }: { args: string[] }) => words[1]);
    expect(docker).toContain(
      "docker build -f agents/Dockerfile -t europe-west1-docker.pkg.dev/acme-agents/agentic/agents:$COMMIT_SHA .",
    );
    expect(sign).toContain(
      "cosign sign --key gcpkms://projects/acme-agents/locations/europe-west1/keyRings/agentic-signing-1/cryptoKeys/images",
    );
    for (const form of ["--new-bundle-format=false", "--new-bundle-format=true"]) expect(sign).toContain(form);
    expect(sbom).toContain("spdx-json=/workspace/agents.spdx.json");
    expect(build.steps[3].waitFors).toEqual(["sbom", "sign"]);
    const provenance = JSON.parse(/provenance\.json <<END\n(.*)\nEND/.exec(attest)?.[1] ?? "null");
    expect(provenance).toMatchObject({
      buildDefinition: { resolvedDependencies: [{ digest: { gitCommit: "$COMMIT_SHA" } }] },
      runDetails: {
        builder: {
          id: "https://cloudbuild.googleapis.com/projects/acme-agents/locations/europe-west1/triggers/agentic-images",
        },
      },
    });
    expect(digests).toContain("pulumi config set --path images.agents");
    expect(build.options.requestedVerifyOption).toBe("VERIFIED");
  });

  it("state that nothing was scanned where there is no scanner, and what it found where there is one", async () => {
    const steps = async (more: object) => {
      const tools = { ...trigger.tools, ...more };
      const { build } = inputsOf(await builds({ trigger: { ...trigger, tools } }), "Trigger");
      return build.steps as { id: string; name: string; args: string[]; waitFors: string[] }[];
    };
    const attest = (all: { id: string; args: string[] }[]) => all.find(({ id }) => id === "attest")?.args[1] ?? "";
    const without = await steps({});
    expect(JSON.parse(/agents\.scan\.json <<END\n(.*)\nEND/.exec(attest(without))?.[1] ?? "null")).toMatchObject({
      scanned: false,
    });
    const grype = `r/grype@sha256:${"d".repeat(64)}`;
    const scanned = await steps({ grype });
    const scan = scanned.find(({ id }) => id === "scan");
    expect(scan).toMatchObject({ name: grype, waitFors: ["sbom"] });
    expect(scan?.args[1]).toContain(
      "/grype sbom:/workspace/agents.spdx.json -o template -t /workspace/scan.tmpl > /workspace/agents.scan.json",
    );
    // A single one would be a substitution of Cloud Build's, which there isn't.
    expect(scan?.args[1]?.replaceAll("$$", "")).not.toContain("$");
    expect(attest(scanned)).not.toContain("scan.json <<END");
    expect(scanned.find(({ id }) => id === "attest")?.waitFors).toEqual(["scan", "sign"]);
  });

  it("attach one statement as a tag, as tags never move, and each as a bundle", async () => {
    const { build } = inputsOf(await builds(), "Trigger");
    const lines: string[] = build.steps.find(({ id }: { id: string }) => id === "attest").args[1].split("\n");
    const types = (form: string) =>
      lines.filter((line) => line.includes(form)).map((line) => /--type (\S+)/.exec(line)?.[1]);
    expect(types("--new-bundle-format=false")).toEqual(["https://slsa.dev/provenance/v1"]);
    expect(types("--new-bundle-format=true")).toEqual([
      "https://slsa.dev/provenance/v1",
      "https://spdx.dev/Document",
      "https://cosign.sigstore.dev/attestation/vuln/v1",
    ]);
  });

  it("need no trigger", async () => {
    const all = await builds({ trigger: undefined });
    expect(inputsOfKind(all, "Trigger")).toEqual([]);
    expect(inputsOfKind(all, "Account")).toHaveLength(1);
  });

  it.each([
    [{ dockerfiles: {} }, "dockerfiles: is empty"],
    [{ dockerfiles: { "A/B": "x" } }, "dockerfiles: 'A/B'"],
    [{ trigger: { ...trigger, source: "github.com/acme/x" } }, "source: 'github.com/acme/x'"],
    [{ trigger: { ...trigger, tools: { ...trigger.tools, cosign: "r/cosign:v3" } } }, "cosign: 'r/cosign:v3' names no"],
    [{ trigger: { ...trigger, tools: { ...trigger.tools, grype: "r/grype:v1" } } }, "grype: 'r/grype:v1' names no"],
    [{ trigger: { ...trigger, database: "https://db.test/a.tar.zst" } }, "grype: is missing"],
    [{ trigger: { ...trigger, database: "https://db.test/$(x)" } }, "database: 'https://db.test/$(x)'"],
  ] as [Partial<ImageBuildsArgs>, string][])("refuse %j", (more, message) => {
    expect(() => new ImageBuilds("b", { ...args, ...more })).toThrow(message);
  });
});

describe("the dashboards", () => {
  it("have the panels and queries of Grafana's, without what only Grafana fills in", async () => {
    const all = await registeredBy(() => new CloudDashboards("d", scope));
    const made = inputsOfKind(all, "Dashboard").map(({ dashboardJson }) => JSON.parse(dashboardJson));
    expect(made.map(({ displayName }) => displayName)).toContain(`${scope.name}: Platform`);
    for (const { mosaicLayout } of made) {
      for (const { xPos, width, widget } of nonEmpty(mosaicLayout.tiles as Tile[])) {
        expect(xPos + width).toBeLessThanOrEqual(mosaicLayout.columns);
        expect(Object.keys(widget).filter((key) => key !== "title")).toHaveLength(1);
      }
      const queries = [...JSON.stringify(mosaicLayout).matchAll(/"prometheusQuery":"((?:[^"\\]|\\.)*)"/g)];
      for (const [, query = ""] of nonEmpty(queries)) {
        expect(query).not.toContain("$");
        expect(unknownIn(JSON.parse(`"${query}"`))).toEqual([]);
      }
    }
  });
});

describe("the alerts", () => {
  const alerts = (more: Partial<AlertsArgs> = {}) =>
    registeredBy(() => new Alerts("a", { ...scope, cluster: "agentic", targets: sloTargets.ha, ...more }));

  it("ask Prometheus about this cluster, link their runbooks and send mail", async () => {
    const all = await alerts({ emails: ["oncall@acme.example"], runbooks: "https://runbooks.acme.example" });
    const policies = inputsOfKind(all, "AlertPolicy");
    const judged = Object.values(alertsByName).filter(({ prometheusOnly }) => !prometheusOnly);
    expect(policies).toHaveLength(nonEmpty(judged).length);
    for (const { conditions, documentation, notificationChannels } of policies) {
      expect(conditions[0].conditionPrometheusQueryLanguage.query).toContain('cluster="agentic"');
      expect(documentation.content).toMatch(/\[Runbook\]\(https:\/\/runbooks\.acme\.example\/[a-z-]+\.md\)$/);
      expect(notificationChannels).toHaveLength(1);
    }
  });

  it("judge the objectives of service levels by their own metrics, since nobody records them there", async () => {
    const policies = inputsOfKind(await alerts(), "AlertPolicy");
    const burn = policies.find(({ documentation }) => /error budget burns fast/.test(documentation.subject));
    const { query, duration } = burn?.conditions[0].conditionPrometheusQueryLanguage ?? {};
    expect(query).toContain('agentic_submissions_total{cluster="agentic",result="expired"}[1h]');
    expect(query).toContain("> 0.0144");
    expect(query).not.toContain("slo:");
    expect(duration).toBe("120s");
  });

  it("miss no part that the stack doesn't have", async () => {
    const subjects = inputsOfKind(await alerts({ jobs: ["operator"] }), "AlertPolicy").map(
      ({ documentation }) => documentation.subject,
    );
    expect(subjects).toContain("No operator runs");
    expect(subjects).not.toContain("No workflow engine runs");
  });

  it("are quiet unless somebody is named", async () => {
    expect(inputsOfKind(await alerts(), "NotificationChannel")).toEqual([]);
  });

  it.each([
    [{ emails: ["oncall"] }, "emails: 'oncall'"],
    [{ runbooks: "http://x" }, "runbooks: 'http://x'"],
  ])("refuse %j", (more, message) => {
    expect(() => new Alerts("a", { ...scope, cluster: "c", targets: sloTargets.ha, ...more })).toThrow(message);
  });
});
