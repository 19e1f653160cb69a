// The projects of tests, and the coverage that they must reach.
import { join } from "node:path";
import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";

// Unit tests stand beside nothing else: no cluster, no network, under 30 s together. Integration and end-to-end
// tests are projects of their own; what a file of them starts is its own. Services are the integration tests that run the
// agents and the operator in their own process, where coverage sees them.
const services = ["test/integration/{agents,operator}/**/*.test.ts"];

const processes = ["test/integration/deploy/{lock,preload}.test.ts"];

/** Files of these projects use the same API servers one after the other. */
const apiServers = ["test/integration/apiserver-pool.ts"];

const projects: NonNullable<TestProjectInlineConfiguration["test"]>[] = [
  // A whole program under Pulumi's mocks takes seconds where the machine is busy. A file's own worker would spend half of
  // the time on loading the SDK anew.
  {
    name: "unit",
    include: ["test/unit/**/*.test.ts"],
    isolate: false,
    setupFiles: ["test/sdk.ts", "test/unit/setup.ts", "test/child-coverage.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
  // One small file a rule, all pure functions: a worker of its own for each would take ten times as long. What takes half a
  // second alone takes many times that where the machine is busy.
  { name: "policy", include: ["policy/**/*.test.ts"], isolate: false, testTimeout: 60_000 },
  {
    name: "services",
    include: services,
    globalSetup: apiServers,
    testTimeout: 120_000,
    hookTimeout: 300_000,
  },
  // A file's own worker would spend a second on loading the SDK anew.
  {
    name: "integration",
    isolate: false,
    globalSetup: apiServers,
    setupFiles: [
      ...["test/child-coverage.ts", "test/environment.ts", "test/sdk.ts"],
      "test/integration/deploy/programs-in-process.ts",
    ],
    // As the example's own nodeargs have it: the client's sources stand for its published form.
    alias: { "@agentic/platform-client": join(import.meta.dirname, "platform-client/index.ts") },
    include: ["test/integration/**/*.test.ts"],
    exclude: [...services, ...processes],
    testTimeout: 120_000,
    hookTimeout: 300_000,
  },
  // The deployer with a process for each program, which the others leave out.
  {
    name: "processes",
    globalSetup: apiServers,
    setupFiles: ["test/sdk.ts"],
    include: processes,
    testTimeout: 120_000,
    hookTimeout: 300_000,
  },
  // Attackers, each with what they try and the legitimate twin that passes.
  {
    name: "attack",
    isolate: false,
    globalSetup: apiServers,
    setupFiles: ["test/environment.ts", "test/sdk.ts"],
    include: ["test/attack/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 300_000,
  },
  // The same on the embedded node with the whole platform, and what can be tried only there: `make attack`.
  {
    name: "attack-node",
    include: [
      "test/attack/node/*.test.ts",
      "test/e2e/platform/{attestations,browsers,events,images,keyless,network}.test.ts",
    ],
    globalSetup: ["test/e2e/platform/setup.ts"],
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 900_000,
  },
  {
    name: "node",
    include: ["test/e2e/node.test.ts"],
    testTimeout: 600_000,
    hookTimeout: 900_000,
  },
  {
    name: "e2e",
    include: ["test/e2e/*.test.ts"],
    exclude: ["test/e2e/node.test.ts"],
    testTimeout: 600_000,
    hookTimeout: 900_000,
  },
  {
    name: "cli",
    include: ["test/e2e/cli/**/*.test.ts"],
    fileParallelism: false,
    testTimeout: 900_000,
    hookTimeout: 900_000,
  },
  {
    name: "interruption",
    setupFiles: ["test/child-coverage.ts"],
    include: ["test/e2e/interruption/*.test.ts"],
    testTimeout: 1_200_000,
    hookTimeout: 900_000,
  },
  {
    name: "platform",
    include: ["test/e2e/platform/**/*.test.ts"],
    globalSetup: ["test/e2e/platform/setup.ts"],
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 900_000,
  },
];

export default defineConfig({
  test: {
    // vitest leaves one core free, which is half of a small machine.
    maxWorkers: "100%",
    coverage: {
      provider: "v8",
      include: [
        "stacks/**/*.ts",
        "components/**/*.ts",
        "platform-client/*.ts",
        "pipeline-kit/*.ts",
        "api/*.ts",
        "kube/**/*.ts",
        "operator/**/*.ts",
        "agents/**/*.ts",
        "policy/**/*.ts",
        "embedded/engine/**/*.ts",
        "embedded/receiver/**/*.ts",
        // Their share is that of all suites together: test/coverage.ts.
        "embedded/{deploy,images,node,cli}/**/*.ts",
        "cli/**/*.ts",
      ],
      // Run by npm as the package is made, and by the test that installs it.
      exclude: ["platform-client/build.ts"],
      reporter: ["text-summary", "json-summary"],
      thresholds: Object.fromEntries(
        [
          "stacks",
          "components",
          "platform-client",
          "pipeline-kit",
          "api",
          "kube",
          "operator",
          "agents",
          "policy",
          "embedded/engine",
          "embedded/receiver",
        ].map((folder) => [`${folder}/**/*.ts`, { lines: 90 }]),
      ),
    },
    // A test that asserts nothing can't fail.
    projects: projects.map((test) => ({ test: { expect: { requireAssertions: true }, ...test } })),
  },
});
