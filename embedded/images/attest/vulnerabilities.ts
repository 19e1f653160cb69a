// Has grype look for known vulnerabilities in what an SBOM lists. It is compiled only where the bundle folder has a database for it.
import { existsSync, readFileSync } from "node:fs";
import { mkdir, rm, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import {
  type ScanRecord,
  type Severity,
  scanRecord,
  severities,
  type Vulnerability,
} from "../../../components/security/scan-record.ts";
import { ensureGoProgram } from "../../node/build.ts";
import type { Program } from "../../node/compile.ts";
import { cacheDir, markUsed } from "../../node/paths.ts";
import type { Progress } from "../../node/progress.ts";
import { makeTempDir } from "../../node/unfinished.ts";
import { run } from "../command.ts";
import { hashOf, makeWhole } from "../store.ts";

const scannerPackage = "github.com/anchore/grype";

/** The build of grype. */
export function grypeBuild(): Program {
  const ldflags = `-s -w -X main.version=${grypeVersion()}`;
  return { name: "grype", module: grypeModule, package: `${scannerPackage}/cmd/grype`, ldflags };
}

const grypeModule = join(import.meta.dirname, "..", "go", "grype");

function grypeVersion(): string {
  const gomod = readFileSync(join(grypeModule, "go.mod"), "utf8");
  return new RegExp(`${scannerPackage} v(\\S+)`).exec(gomod)?.[1] ?? "unknown";
}

/** Whether a record is of a scan by this grype with this database. */
export function isScannedBy(record: object, database: string): boolean {
  const { scanned, scanner } = record as Partial<ScanRecord>;
  return scanned === true && scanner?.version === grypeVersion() && scanner.db.uri === databaseUri(database);
}

/** A database's published name is unique: it has the time at which it was made. */
const databaseUri = (database: string) => `file:${basename(database)}`;

/** The parts of grype's report that are read. */
interface Report {
  matches: {
    vulnerability: { id: string; severity: string; fix?: { versions?: string[] } };
    artifact: { name: string; version: string; purl?: string };
  }[];
  descriptor: { db?: { status?: { built?: string; schemaVersion?: string; from?: string } } };
}

/** A scan to do. */
interface ScanOptions {
  /** The image. */
  ref: string;
  /** Path of the database. Default: the newest one, which grype fetches itself. */
  database?: string;
  progress: Progress;
}

/** The record of a scan of what an image's SBOM lists. */
export async function findVulnerabilities(
  document: object,
  { ref, database, progress }: ScanOptions,
): Promise<ScanRecord> {
  const grype = await ensureGoProgram(grypeBuild(), progress);
  const folder = makeTempDir("scan");
  try {
    const imported = database && (await importDatabase(grype, database, progress));
    progress(`looking for known vulnerabilities in ${ref}`);
    const [list, report] = [join(folder, "sbom.json"), join(folder, "report.json")];
    await writeFile(list, JSON.stringify(document));
    const startedOn = new Date();
    await run(grype, [`sbom:${list}`, "-o", `json=${report}`], { env: environment(imported, folder) });
    const { matches, descriptor } = JSON.parse(readFileSync(report, "utf8")) as Report;
    const { built = "", schemaVersion = "", from = "" } = descriptor.db?.status ?? {};
    return scanRecord({
      uri: `pkg:golang/${scannerPackage}`,
      version: grypeVersion(),
      db: { uri: database ? databaseUri(database) : from, version: schemaVersion, lastUpdate: built },
      startedOn,
      finishedOn: new Date(),
      vulnerabilities: matches.map(vulnerabilityOf),
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function vulnerabilityOf({ vulnerability, artifact }: Report["matches"][number]): Vulnerability {
  const severity = vulnerability.severity.toLowerCase();
  return {
    id: vulnerability.id,
    severity: severities.includes(severity as Severity) ? (severity as Severity) : "unknown",
    package: artifact.purl || `${artifact.name}@${artifact.version}`,
    fixedIn: vulnerability.fix?.versions ?? [],
  };
}

/** Imports a database into the cache, once for each file, and returns its folder. */
async function importDatabase(grype: string, database: string, progress: Progress): Promise<string> {
  const { size, mtimeMs } = await stat(database);
  const folder = cacheDir("vulnerabilities", hashOf(grypeVersion(), basename(database), size, mtimeMs).slice(0, 32));
  if (!existsSync(folder))
    await makeWhole(folder, async (partial) => {
      progress(`unpacking ${basename(database)}`);
      await mkdir(partial);
      try {
        await run(grype, ["db", "import", database], { env: environment(partial, partial) });
      } catch (error) {
        throw new Error(`${database} can't be read by grype ${grypeVersion()}: ${(error as Error).message}`);
      }
    });
  markUsed(folder);
  return folder;
}

/** The environment of grype: with an imported database it asks nothing of the internet. */
function environment(imported: string | undefined, folder: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    ...(imported ? { GRYPE_DB_CACHE_DIR: imported, GRYPE_DB_AUTO_UPDATE: "false" } : {}),
    // How old a database may be is the policies' to say.
    GRYPE_DB_VALIDATE_AGE: "false",
    GRYPE_CHECK_FOR_APP_UPDATE: "false",
    // Beside the database, on a disk with room for it.
    TMPDIR: folder,
  };
}
