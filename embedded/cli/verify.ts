// `npm run verify -- <image>`: says what an image of the cluster's registry is signed and attested with, and whether that is enough.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { registryHost } from "../../components/data/registry-names.ts";
import { provenanceDays } from "../images/attest/claims.ts";
import { builders } from "../images/attest/provenance.ts";
import { verifyImage } from "../images/attest/verify.ts";
import type { Registry } from "../images/publish/registry.ts";
import { sha256 } from "../images/store.ts";
import { instance } from "./instance.ts";
import { machineKey, openRegistry } from "./signed-images.ts";

const usage = `npm run verify -- [--key cosign.pub] [--builder <id>]… ${registryHost}/<repository>@sha256:<digest>`;

/** Checks one image; a failed check is the exit code 1. */
export async function verify(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { key: { type: "string" }, builder: { type: "string", multiple: true } },
  });
  const [image = "", ...others] = positionals;
  const [, repository = "", tag, pinned] =
    /^[^/]+\/([^@]+?)(?::([\w.-]+))?(?:@(sha256:[0-9a-f]{64}))?$/.exec(image) ?? [];
  if (others.length > 0 || !image.startsWith(`${registryHost}/`) || (!tag && !pinned))
    throw new Error(`'${positionals.join(" ")}' is not an image of the cluster's registry: ${usage}`);
  await using registry = await openRegistry(await instance());
  const digest = pinned ?? (await digestOfTag(registry.client, repository, tag ?? ""));
  const name = `${registryHost}/${repository}`;
  const findings = await verifyImage(
    { registry: registry.client, repository, digest, name },
    {
      publicKey: values.key ? readFileSync(values.key, "utf8") : machineKey().publicKey,
      builders: values.builder ?? Object.values(builders),
      maxAgeDays: provenanceDays,
    },
  );
  console.log(`${name}@${digest}`);
  for (const { subject, ok, text } of findings) console.log(`  ${ok ? "✓" : "✗"} ${subject.padEnd(16)} ${text}`);
  if (findings.some(({ ok }) => !ok)) process.exitCode = 1;
}

async function digestOfTag(registry: Registry, repository: string, tag: string): Promise<string> {
  const manifest = await registry.manifest(repository, tag);
  if (!manifest) throw new Error(`${registryHost}/${repository} has no image with the tag '${tag}'`);
  return `sha256:${sha256(manifest)}`;
}
