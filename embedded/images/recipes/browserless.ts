// The image of the browser service: Browserless from npm, with Debian's headless Chromium instead of the browsers that it would download.
import { existsSync, readFileSync } from "node:fs";
import { cp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { images } from "../../../components/images.ts";
import type { Progress } from "../../node/progress.ts";
import { makeTempDir } from "../../node/unfinished.ts";
import type { ImageSpec } from "../archive.ts";
import { run } from "../command.ts";
import { account, debianLayer } from "../debian.ts";
import { directory, type Entry, link, text, tree } from "../entries.ts";
import { type Layer, makeLayer } from "../layer.ts";
import type { Bases } from "./bases.ts";

const imagesFolder = join(import.meta.dirname, "..");
const app = "usr/src/app";
const browsers = "usr/local/bin/playwright-browsers";
const chromium = "/usr/lib/chromium/chromium-headless-shell";
const servicePackage = "node_modules/@browserless.io/browserless";

/** Browsers that aren't in the image: with their routes the server refuses to start. */
const otherBrowsers = ["chrome", "edge", "firefox", "webkit"];

/** Globs of modules and files that only building and testing the service needs. */
const excludedModules = [
  ".bin",
  ".package-lock.json",
  "@browserless.io",
  "{typescript,eslint,prettier,mocha,@types,@eslint,@eslint-community,@typescript-eslint,esbuild,@esbuild}",
  "{c8,chai,cross-env,env-cmd,sinon,ts-node,puppeteer,typescript-json-schema,@swc}",
  "**/*.{map,ts,mts,cts,md}",
];

/** Globs of the service's own files that it does not run. The fonts are Debian's, in their usual folder. */
const unusedFiles = ["node_modules", "docker", "fonts", "src", "tsconfig.json", "scripts", "**/*.{map,spec.js,d.ts}"];

/** The image. */
export async function browserless(bases: Bases, progress: Progress): Promise<ImageSpec> {
  const { ref, uid } = images.browserless;
  const below = await bases.node();
  const [browser, service] = await Promise.all([browserLayer(below, progress), serviceLayer(below, progress)]);
  const start = readFileSync(join(imagesFolder, "files", "browserless-start.sh"), "utf8");
  const setup = await makeLayer({
    name: "browserless-setup",
    inputs: [start, uid],
    below: [...below, browser, service],
    entries: async () => [
      ...account("blessuser", uid, { home: "/home/blessuser" }),
      directory("home/blessuser", { uid, gid: uid }),
      text(`${app}/scripts/start.sh`, start, 0o755),
    ],
  });
  return {
    name: ref,
    layers: [...below, browser, service, setup],
    user: `${uid}:${uid}`,
    cmd: ["./scripts/start.sh"],
    env: {
      NODE_ENV: "production",
      APP_DIR: `/${app}`,
      HOST: "0.0.0.0",
      PORT: "3000",
      LANG: "C.UTF-8",
      PLAYWRIGHT_BROWSERS_PATH: `/${browsers}`,
      PUPPETEER_EXECUTABLE_PATH: chromium,
    },
    workdir: `/${app}`,
    expose: ["3000/tcp"],
  };
}

async function browserLayer(below: readonly Layer[], progress: Progress): Promise<Layer> {
  return await debianLayer({
    name: "chromium",
    packages: ["chromium-headless-shell", "dash", "fonts-freefont-ttf", "fonts-liberation", "fonts-noto-color-emoji"],
    below,
    progress,
    without: [
      // libVkLayer_khronos_validation.so is for developers: it checks calls of Vulkan.
      "usr/lib/chromium/{chrome_crashpad_handler.sig,chromedriver,libVkLayer_khronos_validation.so}",
      "usr/share/{icons,mime,sounds,alsa,bash-completion,doc-base,libdrm,X11/locale}",
      "usr/lib/x86_64-linux-gnu/{dri,gconv,systemd,libLLVM*,libz3*}",
      "usr/lib/x86_64-linux-gnu/libgallium*",
    ],
  });
}

/** The service at /usr/src/app, as in upstream's image, and Chromium where Playwright looks for its own browsers. */
async function serviceLayer(below: readonly Layer[], progress: Progress): Promise<Layer> {
  const source = join(imagesFolder, "npm", "browserless");
  const manifests = ["package.json", "package-lock.json"];
  let folder: string | undefined;
  try {
    return await makeLayer({
      name: "browserless",
      inputs: [
        manifests.map((name) => readFileSync(join(source, name), "utf8")),
        excludedModules,
        unusedFiles,
        otherBrowsers,
        chromium,
        process.arch,
      ],
      below,
      entries: async () => {
        const target = makeTempDir("browserless");
        folder = target;
        for (const name of manifests) await cp(join(source, name), join(target, name));
        progress("installing its npm packages");
        await run("npm", ["ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: target });
        progress("writing the layer");
        return await serviceEntries(target);
      },
    });
  } finally {
    if (folder) await rm(folder, { recursive: true, force: true });
  }
}

/** The entries of the service that npm has installed in a folder, and links to Chromium where Playwright looks for its own browsers. */
export async function serviceEntries(folder: string): Promise<Entry[]> {
  const routes = otherBrowsers.map((name) => `build/routes/${name}`);
  return [
    ...(await tree(join(folder, "node_modules"), `${app}/node_modules`, excludedModules)),
    ...(await tree(join(folder, servicePackage), app, [...unusedFiles, ...routes])),
    ...(await nestedModules(folder)),
    ...(await browserLinks(folder)),
  ];
}

/** Packages that npm has installed below the service, because the top folder has other versions of them. */
async function nestedModules(folder: string): Promise<Entry[]> {
  const from = join(folder, servicePackage, "node_modules");
  return existsSync(from) ? await tree(from, `${app}/node_modules`, excludedModules) : [];
}

/** Links to Debian's Chromium for the revision that each of the service's versions of Playwright looks for. */
async function browserLinks(folder: string): Promise<Entry[]> {
  const modules = [join(folder, "node_modules"), join(folder, servicePackage, "node_modules")].filter((path) =>
    existsSync(path),
  );
  const links = new Map<string, Entry>();
  for (const path of modules)
    for (const name of (await readdir(path)).filter((entry) => entry.startsWith("playwright-")))
      for (const entry of revisions(join(path, name, "browsers.json"))) links.set(entry.path, entry);
  return [...links.values()];
}

function revisions(file: string): Entry[] {
  if (!existsSync(file)) return [];
  const { browsers: supported } = JSON.parse(readFileSync(file, "utf8")) as {
    browsers: { name: string; revision: string }[];
  };
  return supported.flatMap(({ name, revision }) => {
    // The name of the folder depends on Playwright's version.
    if (name === "chromium")
      return ["chrome-linux", "chrome-linux64"].map((browserFolder) =>
        link(`${browsers}/chromium-${revision}/${browserFolder}/chrome`, chromium),
      );
    if (name === "chromium-headless-shell")
      return [
        link(`${browsers}/chromium_headless_shell-${revision}/chrome-linux/headless_shell`, chromium),
        link(
          `${browsers}/chromium_headless_shell-${revision}/chrome-headless-shell-linux64/chrome-headless-shell`,
          chromium,
        ),
      ];
    return [];
  });
}
