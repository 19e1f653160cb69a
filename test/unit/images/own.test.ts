// Our own images and the table: what both builds follow, and what a manifest can rely on.
import { spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { images, ownUid } from "../../../components/images.ts";
import { dockerfile, type OwnImage, ownImages } from "../../../embedded/images/own.ts";
import { writeProgram } from "../../../embedded/images/program.ts";
import { nodeVersion, root } from "../../../embedded/images/recipes/bases.ts";
import { minioFlags } from "../../../embedded/images/recipes/go.ts";
import { sourceFiles, workspaces } from "../../../embedded/images/recipes/own.ts";
import { limit } from "../../../embedded/node/limit.ts";
import { nonEmpty } from "../../non-empty.ts";

describe.each(Object.entries(ownImages))("the image %s", (_, image) => {
  const recorded = readFileSync(join(root, image.folder, "Dockerfile"), "utf8");

  test("has the Dockerfile that its description gives (else: node embedded/images/write-dockerfiles.ts)", () => {
    expect(recorded).toBe(dockerfile(image, { node: nodeVersion(), workspaces: workspaces() }));
  });

  test("runs as an ordinary user, with the command that manifests know", () => {
    expect(recorded).toContain(`USER ${ownUid}:${ownUid}`);
    expect(recorded).toContain(`CMD ["node","/app/${image.folder}/main.mjs"]`);
  });

  test("is made of the source of what its package depends on, without tests or Dockerfile", () => {
    const files = sourceFiles(image);
    expect(files).toContain(`${image.folder}/main.ts`);
    expect(files).toContain(`${image.folder}/package.json`);
    for (const folder of nonEmpty(image.folders)) expect(files).toContain(`${folder}/package.json`);
    expect(files.filter((file) => /\.test\.ts$|Dockerfile|node_modules|\/dist\//.test(file))).toEqual([]);
  });
});

describe("a program", () => {
  const folders: string[] = [];
  const filesIn = (folder: string): string[] =>
    globSync("**/*", { cwd: folder, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
      .sort();
  async function programOf(image: OwnImage): Promise<string> {
    const folder = mkdtempSync(join(tmpdir(), "program-"));
    folders.push(folder);
    await writeProgram(image, folder);
    return folder;
  }
  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true });
  });

  test("has each entry, the file of each thread, and what says which packages are in it on what terms", async () => {
    const folder = await programOf(ownImages.agents);
    const files = filesIn(folder);
    expect(files).toEqual(expect.arrayContaining(["agents/main.mjs", "agents/serve.mjs"]));
    expect(files).toContainEqual(expect.stringMatching(/^agents\/parts\/reading-[\w-]+\.mjs$/));
    expect(files).toEqual(expect.arrayContaining(["node_modules/pg/package.json", "node_modules/pg/LICENSE"]));
    expect(files).toContain("agents/node_modules/undici/package.json");
    expect(files).toContain("node_modules/playwright-core/browsers.json");
    expect(files.filter((file) => /\.(d\.[mc]?ts|map|ts)$/.test(file))).toEqual([]);
    const parts = files.filter((file) => /^agents\/parts\/(?!reading)/.test(file)).map((file) => join(folder, file));
    const load = `await Promise.all(${JSON.stringify(parts)}.map((file) => import(file)))`;
    expect(spawnSync(process.execPath, ["--input-type=module", "-e", load], { encoding: "utf8" }).stderr).toBe("");
  });

  test("has the pages that it serves, built by Vite, and says which packages are in them", async () => {
    const folder = await programOf(ownImages.console);
    const files = filesIn(folder);
    const pages = "console/pages/dist";
    expect(files).toContain(`${pages}/index.html`);
    const [, script = ""] =
      /<script [^>]*src="\/(assets\/[^"]+\.js)"/.exec(readFileSync(join(folder, pages, "index.html"), "utf8")) ?? [];
    expect(files).toContain(`${pages}/${script}`);
    expect(files).toEqual(expect.arrayContaining(["console/main.mjs", "node_modules/preact/package.json"]));
  });

  test("has no comments but licences, because Node.js keeps a program's whole text in memory", async () => {
    const folder = await programOf(ownImages.eventReceiver);
    const modules = filesIn(folder).filter((file) => file.endsWith(".mjs"));
    const comments = modules.flatMap((file) => readFileSync(join(folder, file), "utf8").match(/^\s*\/\*\*.*/gm) ?? []);
    expect(comments.filter((comment) => !/@license|@preserve/.test(comment))).toEqual([]);
  });

  test("runs from anywhere, and is the same each time", async () => {
    const [first, second] = [await programOf(ownImages.eventReceiver), await programOf(ownImages.eventReceiver)];
    const content = (folder: string) => filesIn(folder).map((file) => [file, readFileSync(join(folder, file), "utf8")]);
    expect(content(second)).toEqual(content(first));
    const args = [join(first, "embedded/receiver/main.mjs")];
    const { stderr } = spawnSync(process.execPath, args, { cwd: "/", env: { KUBECONFIG: "/none" }, encoding: "utf8" });
    expect(stderr).toContain("kubeconfig /none does not exist");
  });
});

test.each(Object.entries(ownImages))(
  "the image %s has the folders of the packages that its own depends on",
  (_, image) => {
    const packages = new Map(workspaces().map((folder) => [nameIn(folder), folder]));
    const needed = new Set<string>();
    const add = (folder: string) => {
      const { dependencies = {} } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
      for (const name of Object.keys(dependencies)) if (packages.has(name)) add(packages.get(name) ?? "");
      needed.add(folder);
    };
    add(image.folder);
    expect([...image.folders].sort()).toEqual([...needed].sort());
  },
);

const nameIn = (folder: string): string => JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")).name;

describe("the table of images", () => {
  test("names every image in full, by a tag that is no moving latest, and runs none as root", () => {
    for (const { ref, uid } of Object.values(images)) {
      expect(ref).toMatch(/^[a-z0-9.]+\.[a-z]+\/[\w./-]+:[\w.-]+$/);
      expect(ref).not.toMatch(/:(latest|main|stable)$/);
      expect(uid).toBeGreaterThan(0);
    }
  });

  test("has no LiteLLM that was malicious", () => {
    expect(images.litellm.ref).not.toMatch(/1\.82\.[78]$/);
    const lock = readFileSync(join(root, "embedded/images/python/requirements.lock"), "utf8");
    expect(lock).toContain(`litellm==${images.litellm.ref.split(":v")[1]} `);
  });

  test("agrees with what the Go modules and the npm package pin", () => {
    const flags = minioFlags("cmd", images.minio.ref);
    expect(flags).toContain("-X cmd.ReleaseTag=RELEASE.2025-09-07T16-13-09Z");
    expect(flags).toContain("-X cmd.Version=2025-09-07T16:13:09Z");
    expect(flags).toContain("-X cmd.CommitID=07c3a429bfed");
    expect(readFileSync(join(root, "embedded/images/go/opa/go.mod"), "utf8")).toContain(
      `opa v${images.opa.ref.split(":")[1]?.replace("-static", "")}`,
    );
    const npm = readFileSync(join(root, "embedded/images/npm/browserless/package.json"), "utf8");
    expect(npm).toContain(`"${images.browserless.ref.split(":v")[1]}"`);
  });
});

describe("the limit of tasks at once", () => {
  test("lets no more than the limit run, in their order", async () => {
    const turn = limit(2);
    let current = 0;
    let most = 0;
    const order: number[] = [];
    await Promise.all(
      [1, 2, 3, 4, 5].map((task) =>
        turn(async () => {
          order.push(task);
          most = Math.max(most, ++current);
          await new Promise((resolve) => setTimeout(resolve, 1));
          current--;
        }),
      ),
    );
    expect([most, order]).toEqual([2, [1, 2, 3, 4, 5]]);
  });
});
