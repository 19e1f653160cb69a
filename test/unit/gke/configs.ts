// Sections `gke` of a config: what must be there, and everything that can be switched on, with the images of a stack on GKE.

export const images = {
  operator: "registry.test/operator:1",
  agents: "europe-west1-docker.pkg.dev/acme-agents/agentic/agents:1",
  console: "europe-west1-docker.pkg.dev/acme-agents/agentic/console:1",
};

export const minimal = { project: "acme-agents", projectNumber: "123456789012", region: "europe-west1" };

export const everything = {
  ...minimal,
  mode: "standard",
  builds: {
    enabled: true,
    source: "projects/p/locations/l/connections/c/repositories/r",
    docker: `gcr.io/cloud-builders/docker@sha256:${"a".repeat(64)}`,
    cosign: `ghcr.io/sigstore/cosign/cosign@sha256:${"b".repeat(64)}`,
    syft: `ghcr.io/anchore/syft@sha256:${"c".repeat(64)}`,
  },
  externalSecrets: { enabled: true },
  events: { enabled: true, publishers: ["serviceAccount:app@acme-agents.iam.gserviceaccount.com"] },
  exposed: { webhook: "events.acme.example", console: "agents.acme.example" },
  perimeter: { accessPolicy: "123456789" },
  alerts: { emails: ["oncall@acme.example"], runbooks: "https://runbooks.acme.example" },
};
