// CHANGELOG.md in the form of keepachangelog.com: what is unreleased becomes a release.

const unreleased = "## [Unreleased]";

/** The text under a release's heading; undefined where there is no such heading. */
export function section(changelog: string, version: string): string | undefined {
  const heading = version === "Unreleased" ? unreleased : `## [${version}] `;
  const start = changelog.split("\n").findIndex((line) => line === heading || line.startsWith(heading));
  if (start < 0) return undefined;
  const rest = changelog.split("\n").slice(start + 1);
  const end = rest.findIndex((line) => line.startsWith("## "));
  return (end < 0 ? rest : rest.slice(0, end)).join("\n").trim();
}

/**
 * The changelog with what is unreleased under a heading of `version`.
 *
 * @param day the release's date, as YYYY-MM-DD
 * @throws where nothing is unreleased, or the version has a heading already
 */
export function released(changelog: string, version: string, day: string): string {
  if (section(changelog, version) !== undefined) throw new Error(`CHANGELOG.md has a section ${version} already`);
  if (!section(changelog, "Unreleased"))
    throw new Error(`CHANGELOG.md has nothing under '${unreleased}': say there what is new`);
  return changelog.replace(unreleased, `${unreleased}\n\n## [${version}] - ${day}`);
}
