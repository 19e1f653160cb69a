// `agentic support-bundle`: a file with what a maintainer needs to understand an installation, without secrets.
import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type { Command } from "commander";
import type { BundleFile } from "../bundle/collect.ts";
import { print } from "../output.ts";
import { type SessionOptions, withSession } from "../session.ts";
import { textOf } from "./doctor.ts";
import { examples } from "./options.ts";

interface BundleOptions extends SessionOptions {
  output?: string;
}

const README = `A support bundle of the agentic platform, made by \`agentic support-bundle\`.

doctor.txt, doctor.json   what \`agentic doctor\` says
versions.json             of this command and of the API server
cluster/                  nodes, namespaces, admission
namespaces/               each namespace's objects, events and logs

Left out: Secrets; the values of ConfigMaps, annotations, environment variables and parameters; commands and arguments; what
workloads are asked (objectives, parameters, the paths of pages); the last words of steps, which models wrote. Hidden
in all the rest, logs too: every value of a Secret that whoever made this may read, and what looks like a key, a password or a token.
No logs are here of: `;

export function addSupportBundle(program: Command, version: string): void {
  const command = program
    .command("support-bundle")
    .description(
      "write a file with what a maintainer needs to understand an installation; secrets and prompts are left out",
    )
    .option("-o, --output <file>", "where to; default agentic-support-<time>.tar.gz here")
    .action(() => write(command.optsWithGlobals(), version));
  examples(command, {
    "agentic support-bundle -n tenant-demo": "what your rights show: of a tenant, or of the whole platform",
    "agentic support-bundle -o bundle.tar.gz && tar tzf bundle.tar.gz": "look at what is in it before you send it",
  });
}

async function write({ output, ...options }: BundleOptions, version: string): Promise<void> {
  const [{ collect, privateLogs }, { examine }] = await Promise.all([
    import("../bundle/collect.ts"),
    import("../doctor/doctor.ts"),
  ]);
  const { files, unseen } = await withSession(options, async (session) => {
    // No pod is made: a bundle only looks.
    const report = await examine({ ...session, probe: false });
    const { files: found, unseen: refused } = await collect(session, report, version);
    const missing = ["", "", "Not looked at, by the rights of whoever made this:", ...refused].join("\n");
    const readme = { path: "README.txt", text: README + privateLogs() + (refused.length > 0 ? missing : "") };
    return { files: [readme, { path: "doctor.txt", text: textOf(report) }, ...found], unseen: refused };
  });
  const path = output ?? `agentic-support-${new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}.tar.gz`;
  await writeArchive(path, files);
  print(`${path}: ${files.length} files`);
  if (unseen.length > 0)
    print(`not looked at, by your rights: ${unseen.length} kinds of objects, named in its README.txt`);
}

async function writeArchive(path: string, files: readonly BundleFile[]): Promise<void> {
  const { pack } = await import("tar-stream");
  const archive = pack();
  const written = pipeline(archive, createGzip(), createWriteStream(path, { mode: 0o600 }));
  const folder = "agentic-support";
  for (const { path: name, text } of files) archive.entry({ name: `${folder}/${name}`, mode: 0o600 }, text);
  archive.finalize();
  await written;
}
