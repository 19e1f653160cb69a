// Alertmanager itself reads the configuration that the platform writes for it, with every kind of receiver.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { alertmanagerConfig } from "../../../components/observability/routing.ts";
import { alertmanagerBuild } from "../../../embedded/images/recipes/telemetry.ts";
import { ensureGoProgram } from "../../../embedded/node/build.ts";
import { freePort } from "../ports.ts";

const folder = mkdtempSync(join(tmpdir(), "routing-"));
const told: { authorization: string | undefined; body: { receiver: string; alerts: { labels: object }[] } }[] = [];
const receiver = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  told.push({ authorization: request.headers.authorization, body: JSON.parse(Buffer.concat(chunks).toString()) });
  response.end();
});
let url = "";
let end = async () => {};

beforeAll(async () => {
  receiver.listen(0, "127.0.0.1");
  await once(receiver, "listening");
  const { port: receiverPort } = receiver.address() as AddressInfo;
  writeFileSync(join(folder, "url"), `http://127.0.0.1:${receiverPort}/alerts`);
  writeFileSync(join(folder, "token"), "a-token");
  const config = alertmanagerConfig({
    secrets: folder,
    receivers: {
      platform: [
        { kind: "slack", channel: "#oncall", urlFile: "slack" },
        {
          kind: "email",
          to: "a@x.example",
          from: "b@x.example",
          server: "mail.x.example:587",
          user: "b",
          passwordFile: "mail",
        },
      ],
      security: [{ kind: "webhook", urlFile: "url", tokenFile: "token" }],
    },
    heartbeat: { kind: "webhook", urlFile: "url" },
  });
  const file = join(folder, "alertmanager.yml");
  writeFileSync(file, JSON.stringify(config));
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const args = [`--config.file=${file}`, `--storage.path=${folder}`, `--web.listen-address=127.0.0.1:${port}`];
  const program = spawn(await ensureGoProgram(alertmanagerBuild()), [...args, "--cluster.listen-address="], {
    stdio: "ignore",
  });
  end = async () => {
    program.kill();
    await once(program, "exit");
  };
}, 1_200_000);
afterAll(async () => {
  await end();
  receiver.close();
  rmSync(folder, { recursive: true });
});

const raise = async (alerts: Record<string, string>[]) =>
  await fetch(`${url}/api/v2/alerts`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(alerts.map((labels) => ({ labels, annotations: { title: "x", summary: "x." } }))),
  });

test("it takes the configuration", async () => {
  const ready = async () => (await fetch(`${url}/-/ready`).catch(() => undefined))?.status;
  await expect.poll(ready, { timeout: 60_000 }).toBe(200);
}, 90_000);

test("a critical alert of a team reaches the team's webhook with its token, and the dead man's switch its own", async () => {
  const alert = { alertname: "BreakGlassOverdue", team: "security", severity: "critical" };
  const heartbeat = { alertname: "DeadMansSwitch", team: "platform", severity: "none" };
  expect((await raise([alert, heartbeat])).status).toBe(200);
  await expect
    .poll(() => told.map(({ body }) => body.receiver).sort(), { timeout: 60_000 })
    .toEqual(["heartbeat", "security"]);
  const toTeam = told.find(({ body }) => body.receiver === "security");
  expect(toTeam?.authorization).toBe("Bearer a-token");
  expect(toTeam?.body.alerts.map(({ labels }) => labels)).toEqual([alert]);
}, 90_000);

test("what says nothing new beside something worse is held back", async () => {
  await raise([
    { alertname: "OperatorDown", team: "platform", severity: "critical", job: "operator" },
    { alertname: "NoLeader", team: "platform", severity: "critical" },
    { alertname: "ScrapeDown", team: "platform", severity: "error", job: "operator" },
    { alertname: "ScrapeDown", team: "platform", severity: "error", job: "opa" },
  ]);
  const states = async () => {
    const alerts = (await (await fetch(`${url}/api/v2/alerts`)).json()) as {
      labels: { alertname: string; job?: string };
      status: { state: string };
    }[];
    return Object.fromEntries(
      alerts.map(({ labels, status }) => [[labels.alertname, labels.job].filter(Boolean).join(" "), status.state]),
    );
  };
  await expect.poll(states, { timeout: 30_000 }).toMatchObject({
    "OperatorDown operator": "active",
    NoLeader: "suppressed",
    "ScrapeDown operator": "suppressed",
    "ScrapeDown opa": "active",
  });
}, 60_000);
