// Another team's stack: a tenant of its own, a template composed of the platform's steps, and a workload that runs it.
import { AgentWorkload, PlatformReference, Tenant } from "@agentic/platform-client";
import * as pulumi from "@pulumi/pulumi";
import { quickReport } from "./quick-report.ts";

const config = new pulumi.Config();
const platform = await PlatformReference.connect(config.require("platform"));
const site = config.get("site") ?? "http://site.sample-site:8080";

const tenant = new Tenant("team", { platform, tenant: config.require("tenant"), templates: [quickReport] });

const prices = new AgentWorkload(
  "prices",
  {
    platform,
    tenant,
    name: "kettle-prices",
    template: quickReport,
    wait: true,
    spec: {
      objective: "Which kettles are there, and what do they cost?",
      targetUrls: ["", "products.html", "about.html"].map((page) => `${site}/${page}`),
      // Without screenshots nothing says what the pages show, so that no confidence is above this.
      approval: { threshold: "0.90" },
    },
  },
  { customTimeouts: { create: "15m" } },
);

export const namespace = tenant.namespace;
export const artifacts = prices.artifacts;
export const { kubeconfig } = tenant;
