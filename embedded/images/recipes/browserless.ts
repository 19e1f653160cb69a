// The browser service: Browserless from npm with Debian's Chromium in the place of the browsers that it would download.
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
const chromium = "/usr/lib/chromium/chromium";
const own = "node_modules/@browserless.io/browserless";

/** Routes of browsers that aren't there: with them the server refuses to start. */
const otherBrowsers = ["chrome", "edge", "firefox", "webkit"];

/** What only building and testing the service needs. */
const drop = [
  ".bin",
  ".package-lock.json",
  "@browserless.io",
  "{typescript,eslint,prettier,mocha,@types,@eslint,@eslint-community,@typescript-eslint,esbuild,@esbuild}",
  "{c8,chai,cross-env,env-cmd,sinon,ts-node,puppeteer,typescript-json-schema,@swc}",
  "**/*.{map,ts,mts,cts,md}",
];

/** What the service itself has besides what it runs; upstream's image moves the fonts away, where ours has Debian's. */
const unused = ["node_modules", "docker", "fonts", "src", "tsconfig.json", "scripts", "**/*.{map,spec.js,d.ts}"];

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
    packages: ["chromium", "dash", "fonts-freefont-ttf", "fonts-liberation", "fonts-noto-color-emoji"],
    below,
    progress,
    without: [
      // The second checks calls of Vulkan, for those who write drivers.
      "usr/lib/chromium/{chrome_crashpad_handler.sig,chromedriver,libVkLayer_khronos_validation.so}",
      "usr/share/{icons,mime,sounds,alsa,bash-completion,doc-base,libdrm,X11/locale}",
      "usr/lib/x86_64-linux-gnu/{dri,gconv,systemd,libLLVM*,libz3*}",
      "usr/lib/x86_64-linux-gnu/libgallium*",
    ],
  });
}

/** The service at /usr/src/app as upstream's image has it, and browsers where Playwright looks for its own. */
async function serviceLayer(below: readonly Layer[], progress: Progress): Promise<Layer> {
  const source = join(imagesFolder, "npm", "browserless");
  const manifests = ["package.json", "package-lock.json"];
  let folder: string | undefined;
  try {
    return await makeLayer({
      name: "browserless",
      inputs: [
        manifests.map((name) => readFileSync(join(source, name), "utf8")),
        drop,
        unused,
        otherBrowsers,
        process.arch,
      ],
      below,
      entries: async () => {
        const into = makeTempDir("browserless");
        folder = into;
        for (const name of manifests) await cp(join(source, name), join(into, name));
        progress("installing its npm packages");
        await run("npm", ["ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: into });
        progress("writing the layer");
        return await serviceEntries(into);
      },
    });
  } finally {
    if (folder) await rm(folder, { recursive: true, force: true });
  }
}

/** The service's files from a folder that npm installed it in, and links to Chromium where Playwright looks for its own. */
export async function serviceEntries(folder: string): Promise<Entry[]> {
  const routes = otherBrowsers.map((name) => `build/routes/${name}`);
  return [
    ...(await tree(join(folder, "node_modules"), `${app}/node_modules`, drop)),
    ...(await tree(join(folder, own), app, [...unused, ...routes])),
    ...(await nested(folder)),
    ...(await browserLinks(folder)),
  ];
}

/** Packages that npm installed below the service, since the top folder has other versions of them. */
async function nested(folder: string): Promise<Entry[]> {
  const from = join(folder, own, "node_modules");
  return existsSync(from) ? await tree(from, `${app}/node_modules`, drop) : [];
}

/** Each Playwright that the service bundles has a revision of Chromium in mind: all of them are Debian's. */
async function browserLinks(folder: string): Promise<Entry[]> {
  const modules = [join(folder, "node_modules"), join(folder, own, "node_modules")].filter((path) => existsSync(path));
  const links = new Map<string, Entry>();
  for (const path of modules)
    for (const name of (await readdir(path)).filter((entry) => entry.startsWith("playwright-")))
      for (const entry of revisions(join(path, name, "browsers.json"))) links.set(entry.path, entry);
  return [...links.values()];
}

function revisions(file: string): Entry[] {
  if (!existsSync(file)) return [];
  const { browsers: known } = JSON.parse(readFileSync(file, "utf8")) as {
    browsers: { name: string; revision: string }[];
  };
  return known.flatMap(({ name, revision }) => {
    // Playwright changed the folder's name on the way: both lead to the same.
    if (name === "chromium")
      return ["chrome-linux", "chrome-linux64"].map((at) =>
        link(`${browsers}/chromium-${revision}/${at}/chrome`, chromium),
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
