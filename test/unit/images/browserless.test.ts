// The browser service's layer has the service at /usr/src/app, and Debian's Chromium where each Playwright looks for its own.
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { serviceEntries } from "../../../embedded/images/recipes/browserless.ts";

const service = "node_modules/@browserless.io/browserless";

/** A folder as npm leaves it, with these files. */
function installed(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), "browserless-"));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

const filesOf = async (folder: string) =>
  (await serviceEntries(folder)).filter(({ type }) => type === "file").map(({ path }) => path);

test("the service lies at /usr/src/app, with its packages in node_modules", async () => {
  const folder = installed({
    [`${service}/package.json`]: "{}",
    [`${service}/build/index.js`]: "",
    [`${service}/build/routes/chromium/pdf.js`]: "",
    "node_modules/ws/index.js": "",
  });
  expect((await filesOf(folder)).sort()).toEqual([
    "usr/src/app/build/index.js",
    "usr/src/app/build/routes/chromium/pdf.js",
    "usr/src/app/node_modules/ws/index.js",
    "usr/src/app/package.json",
  ]);
});

test("what only building and testing needs is left out, and the routes of browsers that aren't there", async () => {
  const folder = installed({
    [`${service}/package.json`]: "{}",
    [`${service}/src/index.ts`]: "",
    [`${service}/build/index.js.map`]: "",
    [`${service}/build/routes/firefox/pdf.js`]: "",
    "node_modules/typescript/lib/tsc.js": "",
    "node_modules/ws/README.md": "",
  });
  expect(await filesOf(folder)).toEqual(["usr/src/app/package.json"]);
});

test("packages that npm installed below the service are in node_modules, too", async () => {
  const folder = installed({
    [`${service}/package.json`]: "{}",
    [`${service}/node_modules/debug/index.js`]: "",
    "node_modules/ws/index.js": "",
  });
  expect(await filesOf(folder)).toContain("usr/src/app/node_modules/debug/index.js");
});

test("each Playwright finds Chromium at the revision that it asks for, under the old names of its folder and the new ones", async () => {
  const browsers = (chromium: string, shell: string) =>
    JSON.stringify({
      browsers: [
        { name: "chromium", revision: chromium },
        { name: "chromium-headless-shell", revision: shell },
        { name: "firefox", revision: "9" },
      ],
    });
  const folder = installed({
    [`${service}/package.json`]: "{}",
    [`${service}/node_modules/playwright-1.40/browsers.json`]: browsers("1", "2"),
    "node_modules/playwright-core/browsers.json": browsers("3", "4"),
    "node_modules/playwright-without-browsers/index.js": "",
  });
  const links = (await serviceEntries(folder)).flatMap((entry) => (entry.type === "symlink" ? [entry] : []));
  expect(new Set(links.map(({ target }) => target))).toEqual(new Set(["/usr/lib/chromium/chromium-headless-shell"]));
  const root = "usr/local/bin/playwright-browsers";
  expect(links.map(({ path }) => path).sort()).toEqual(
    [
      ...["1", "3"].flatMap((revision) =>
        ["chrome-linux", "chrome-linux64"].map((name) => `${root}/chromium-${revision}/${name}/chrome`),
      ),
      ...["2", "4"].flatMap((revision) =>
        ["chrome-headless-shell-linux64/chrome-headless-shell", "chrome-linux/headless_shell"].map(
          (name) => `${root}/chromium_headless_shell-${revision}/${name}`,
        ),
      ),
    ].sort(),
  );
});
