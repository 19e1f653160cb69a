// THIRD_PARTY_NOTICES.md: what the images carry of others, with its licences, from lock files and from what the build recorded.
import { images } from "../../components/images.ts";
import { goModules, npmPackages, type Package, pythonPackages } from "../../embedded/images/licenses/packages.ts";
import { leftOut, readRecorded } from "../../embedded/images/licenses/recorded.ts";
import { cell, table } from "./markdown.ts";

const introduction = `# Third-party notices

The platform's own source is under the [Apache License 2.0](LICENSE). This page lists what its images carry besides. The list is as
complete as lock files and the packages' own metadata allow; the licence texts are in the packages, which are named here by version.
\`npm run docs\` writes this page; \`npm run licenses\` records the licences of Go modules, PyPI and Debian packages after a build has
downloaded them, and a test fails where a lock file names a package that has no record.

Three of the programs are not under a permissive licence: MinIO and its client (AGPL-3.0) and Browserless (SSPL-1.0, or a licence
that its vendor sells). The package \`litellm-enterprise\`, which \`litellm[proxy]\` depends on, has a proprietary licence of its
vendor; the platform uses none of its functions.

Not in images: [Argo Workflows' own examples](test/argo-examples/NOTICE.md) (Apache-2.0), which a test gives to the built-in engine.
`;

/** The page. */
export function noticesPage(): string {
  const { own, browserless } = npmPackages();
  const recorded = readRecorded();
  const go = Object.entries(goModules()).filter(([, modules]) => modules.length > 0);
  return [
    introduction,
    `## Programs\n\n${programs()}`,
    `## npm packages of our own images\n\nOperator, agents, workflow engine and event receiver each hold a part of these.\n\n${byLicense(own.map(withLicense))}`,
    `## npm packages of the browser service\n\n${byLicense(browserless.map(withLicense))}`,
    `## Go modules\n\nThe modules that a program may be linked from; those that the build never downloads are not listed.\n\n${go
      .map(([program, modules]) => `### ${program}\n\n${byLicense(modules.map(from(recorded.go)))}`)
      .join("\n")}`,
    `## PyPI packages of the model gateway\n\n${byLicense(pythonPackages().map(from(recorded.python)))}`,
    `## Debian packages\n\nFrom Debian 12, in the versions of the day of the build. Each package's full terms are in the images that hold it, under\n\`/usr/share/doc/<package>/copyright\`.\n\n${byLicense(
      Object.entries(recorded.debian).map(([name, license]) => ({ name, version: "", license })),
    )}`,
  ].join("\n");
}

function programs(): string {
  const rows = Object.values(images).map((image) => [
    `\`${image.ref}\``,
    image.license,
    cell("builtFrom" in image ? image.builtFrom : "upstream's own image only"),
  ]);
  return table(["image", "licence", "built from"], rows);
}

const withLicense = (item: Package) => ({ ...item, license: item.license ?? "" });
const from = (licenses: Record<string, string>) => (item: Package) => ({
  ...item,
  license: licenses[`${item.name}@${item.version}`] ?? "",
});

/** Packages in one table, a row for each licence. */
function byLicense(packages: readonly (Package & { license: string })[]): string {
  const shown = packages.filter(({ license }) => license !== leftOut);
  const rows = [...Map.groupBy(shown, ({ license }) => license)].sort(([a], [b]) => (a < b ? -1 : 1));
  const name = ({ name, version }: Package) => (version ? `${name} ${version}` : name);
  return table(
    ["licence", "packages"],
    rows.map(([license, group]) => [cell(license), group.map(name).join(", ")]),
  );
}
