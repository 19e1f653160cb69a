// `agentic artifacts` and `agentic report`: what a run has written, read by the console for whoever may see the workload.
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import type { Client } from "@agentic/kube/client/client.ts";
import type { Command } from "commander";
import { type Artifact, PATHS } from "../../console/contract.ts";
import { addConsoleOptions, type ConsoleOptions, withConsole } from "../console.ts";
import { renderMarkdown } from "../markdown.ts";
import { type DataFormat, print, printData, table } from "../output.ts";
import { dataOutputOption, examples } from "./options.ts";

interface GetOptions extends ConsoleOptions {
  step?: string;
  to?: string;
}

/** Bytes of all pictures in a page of HTML: more make no mail. Those that don't fit are named, and not shown. */
const PICTURES_BYTES = 10 * 1024 * 1024;

/** The artifact that the platform's templates end with. */
const REPORT = "report";

export function addArtifacts(program: Command): void {
  const artifacts = program.command("artifacts").description("list and fetch what a workload's steps have written");
  const list = addConsoleOptions(artifacts.command("list"))
    .argument("<workload>", "its name")
    .description("list a workload's artifacts")
    .addOption(dataOutputOption())
    .action((name: string) => listArtifacts(name, list.optsWithGlobals()));
  examples(list, { "agentic artifacts list prices": "steps, names, sizes and addresses" });

  const get = addConsoleOptions(artifacts.command("get"))
    .argument("<workload>", "its name")
    .argument("<artifact>", "name of the artifact")
    .description("fetch an artifact, which is compared with the digest that its step has reported")
    .option("--step <step>", "which step's, where several have one of the name")
    .option("--to <file>", "write it there; default: print it")
    .action((name: string, artifact: string) => getArtifact({ name, artifact }, get.optsWithGlobals()));
  examples(get, {
    "agentic artifacts get prices report": "as it is",
    "agentic artifacts get prices screenshot_0 --to 0.png": "a picture into a file",
  });

  const report = addConsoleOptions(program.command("report"))
    .argument("<workload>", "its name")
    .description("show a workload's report on the terminal; into a pipe it goes as it is, as Markdown")
    .option("--html", "print it as a page of HTML with its pictures in it, which runs and loads nothing")
    .action((name: string) => showReport(name, report.optsWithGlobals()));
  report.addHelpText(
    "after",
    `
A page of HTML has the run's own pictures that the report names, up to 10 MiB of them, and no others; the rest are named by their address.`,
  );
  examples(report, {
    "agentic report prices": "headings, tables and links for reading",
    "agentic report prices > report.md": "the Markdown",
    "agentic report prices --html > report.html": "a page to send or to keep",
  });
}

const artifactsOf = (client: Client, namespace: string, name: string): Promise<Artifact[]> =>
  client.get<Artifact[]>(PATHS.artifacts(namespace, name));

async function listArtifacts(name: string, options: ConsoleOptions & { output: DataFormat }): Promise<void> {
  const all = await withConsole(options, (client, namespace) => artifactsOf(client, namespace, name));
  await printData(all, options.output, (shown) =>
    shown.length === 0
      ? `${name} has no artifacts yet`
      : table(
          ["STEP", "NAME", "BYTES", "TYPE", "ADDRESS"],
          shown.map(({ step, name: of, bytes, contentType, uri }) => [
            ...[step, of, bytes === undefined ? "" : String(bytes)],
            ...[contentType.split(";")[0] ?? "", uri],
          ]),
        ),
  );
}

/** The one artifact that is meant. */
function theOne(all: readonly Artifact[], { name, artifact }: Named, step?: string): Artifact {
  const found = all.filter((each) => each.name === artifact && (!step || each.step === step));
  const [only] = found;
  if (!only) {
    const there = all.map((each) => each.name).join(", ");
    throw new Error(
      `${name} has no artifact ${artifact}${step ? ` of step ${step}` : ""}\n${there ? `it has ${there}` : "it has none yet"}`,
    );
  }
  if (found.length > 1)
    throw new Error(
      `several steps of ${name} have an artifact ${artifact}\nsay whose by --step: ${found.map((each) => each.step).join(", ")}`,
    );
  return only;
}

interface Named {
  name: string;
  artifact: string;
}

async function getArtifact(named: Named, options: GetOptions): Promise<void> {
  await withConsole(options, async (client, namespace) => {
    const { href, contentType } = theOne(await artifactsOf(client, namespace, named.name), named, options.step);
    if (options.to !== undefined) await writeTo(options.to, client.bytes(href));
    else if (process.stdout.isTTY && !/^(text|application\/json)/.test(contentType))
      throw new Error(`${named.artifact} is ${contentType}, nothing for a terminal\nwrite it into a file by --to`);
    else for await (const chunk of client.bytes(href)) process.stdout.write(chunk);
  });
}

/** A file that is there whole, or not at all. */
async function writeTo(path: string, bytes: AsyncIterable<Buffer>): Promise<void> {
  const part = `${path}.part`;
  try {
    await pipeline(bytes, createWriteStream(part));
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

async function bytesOf(client: Client, { href }: Artifact): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of client.bytes(href)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The run's own pictures that the report names, as far as they fit into a page to be sent. */
async function picturesIn(client: Client, all: readonly Artifact[], report: string): Promise<Map<string, string>> {
  const { PICTURE_TYPE } = await import("../report-html.ts");
  const pictures = new Map<string, string>();
  let left = PICTURES_BYTES;
  for (const artifact of all) {
    const { name, uri, contentType, bytes = 0 } = artifact;
    if (!PICTURE_TYPE.test(contentType) || !(report.includes(uri) || report.includes(`](${name})`))) continue;
    if (bytes > left) continue;
    const read = await bytesOf(client, artifact);
    left -= read.length;
    const url = `data:${contentType};base64,${read.toString("base64")}`;
    pictures.set(uri, url).set(name, url);
  }
  return pictures;
}

async function showReport(name: string, options: ConsoleOptions & { html?: boolean }): Promise<void> {
  await withConsole(options, async (client, namespace) => {
    const all = await artifactsOf(client, namespace, name);
    if (!all.some((each) => each.name === REPORT))
      throw new Error(`${name} has no report yet\n\`agentic show ${name}\` says where it is`);
    const text = (await bytesOf(client, theOne(all, { name, artifact: REPORT }))).toString("utf8");
    if (options.html) {
      // Loaded only where it is needed.
      const { htmlPage } = await import("../report-html.ts");
      process.stdout.write(htmlPage(name, text, await picturesIn(client, all, text)));
    } else if (process.stdout.isTTY) print(renderMarkdown(text));
    else process.stdout.write(text);
  });
}
