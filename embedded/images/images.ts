// Makes the images that the embedded node runs: built here from package registries, pulled, or from the user's bundle folder.
import { images, ownRepositories } from "../../components/images.ts";
import { sigstoreImage } from "../../components/security/sigstore-names.ts";
import { type CompileCost, isBuilt } from "../node/build.ts";
import type { Program } from "../node/compile.ts";
import { markUsed } from "../node/paths.ts";
import { CombinedProgress, type Progress } from "../node/progress.ts";
import { type Archive, type ImageSpec, makeArchive } from "./archive.ts";
import { argoRefs, bundle } from "./bundle.ts";
import { ownImages } from "./own.ts";
import { publishable } from "./publish/publish.ts";
import { type Pulled, pullImages } from "./pull.ts";
import { type Bases, makeBases } from "./recipes/bases.ts";
import { browserless } from "./recipes/browserless.ts";
import { busybox } from "./recipes/busybox.ts";
import {
  minio,
  minioBuild,
  minioClient,
  minioClientBuild,
  opa,
  opaBuild,
  policyController,
  policyControllerBuild,
  registry,
  registryBuild,
  sigstore,
  sigstoreBuild,
} from "./recipes/go.ts";
import { litellm } from "./recipes/litellm.ts";
import { ownImage } from "./recipes/own.ts";
import { postgres } from "./recipes/postgres.ts";
import {
  alertmanager,
  alertmanagerBuild,
  jaeger,
  jaegerBuild,
  prometheus,
  prometheusBuild,
  sqlExporter,
  sqlExporterBuild,
} from "./recipes/telemetry.ts";

export type { Archive } from "./archive.ts";
export { bundle } from "./bundle.ts";

/** Debian packages that building images needs in addition to npm. */
export const debianPackages = ["ca-certificates", "mmdebstrap", "python3", "python3-venv"] as const;

interface Recipe {
  /** Name of the image, with its tag where the tag does not depend on the content. */
  ref: string;
  spec: (bases: Bases, progress: Progress) => Promise<ImageSpec>;
  /** Measured processor-seconds of building it with nothing cached: the progress is estimated by it. */
  cost: number;
  /** The Go program in it, where compiling that takes most of the time. */
  program?: () => Program;
  /** Whether it is built only where a caller asks for it by name. */
  onlyByName?: boolean;
}

/** The recipes, in the order in which the builds are started. */
const recipes = {
  operator: {
    ref: ownRepositories.operator,
    cost: 8,
    spec: (bases, progress) => ownImage(ownImages.operator, bases, progress),
  },
  agents: {
    ref: ownRepositories.agents,
    cost: 15,
    spec: (bases, progress) => ownImage(ownImages.agents, bases, progress),
  },
  workflowEngine: {
    ref: ownRepositories.workflowEngine,
    cost: 8,
    spec: (bases, progress) => ownImage(ownImages.workflowEngine, bases, progress),
  },
  eventReceiver: {
    ref: ownRepositories.eventReceiver,
    cost: 6,
    spec: (bases, progress) => ownImage(ownImages.eventReceiver, bases, progress),
  },
  console: {
    ref: ownRepositories.console,
    cost: 10,
    spec: (bases, progress) => ownImage(ownImages.console, bases, progress),
  },
  postgres: { ref: images.postgres.ref, cost: 15, spec: postgres },
  minio: { ref: images.minio.ref, cost: 115, spec: minio, program: minioBuild },
  minioClient: { ref: images.minioClient.ref, cost: 2, spec: minioClient, program: minioClientBuild },
  opa: { ref: images.opa.ref, cost: 50, spec: opa, program: opaBuild },
  policyController: {
    ref: images.policyController.ref,
    cost: 115,
    spec: policyController,
    program: policyControllerBuild,
  },
  registry: { ref: images.registry.ref, cost: 20, spec: registry, program: registryBuild },
  sigstore: { ref: sigstoreImage.ref, cost: 150, spec: sigstore, program: sigstoreBuild, onlyByName: true },
  prometheus: { ref: images.prometheus.ref, cost: 110, spec: prometheus, program: prometheusBuild },
  alertmanager: { ref: images.alertmanager.ref, cost: 25, spec: alertmanager, program: alertmanagerBuild },
  jaeger: { ref: images.jaeger.ref, cost: 150, spec: jaeger, program: jaegerBuild },
  sqlExporter: { ref: images.sqlExporter.ref, cost: 20, spec: sqlExporter, program: sqlExporterBuild },
  litellm: { ref: images.litellm.ref, cost: 60, spec: litellm },
  browserless: { ref: images.browserless.ref, cost: 60, spec: browserless },
  busybox: { ref: "registry.local/busybox:1", cost: 5, spec: busybox, onlyByName: true },
} satisfies Record<string, Recipe>;

/** An image that can be built. */
export type BuildName = keyof typeof recipes;

/** Names of the images that are built where a caller names none. */
const buildNames = (Object.keys(recipes) as BuildName[]).filter((name) => !(recipes[name] as Recipe).onlyByName);

/** The result of `buildImages`. */
export interface Images {
  /** The archive of each image, those of the bundle first. Several images of the bundle can have the same path. */
  archives: Archive[];
  /** Full references of the platform's own images. */
  own: Record<keyof typeof ownRepositories, string>;
  /** Whether all images of Argo Workflows are in the bundle or were pulled, so that it runs instead of the built-in engine. */
  argo: boolean;
  /** The references of Argo's images in the bundle. */
  argoImages: Partial<Record<"controller" | "executor" | "server", string>>;
  /** Images that run in tenants' namespaces: the agents' image, and Argo's executor where Argo runs. */
  tenantImages: { agents?: Archive; executor?: Archive };
  /** What the cluster's registry has, signed and attested: those of tenants, and all of the platform's own. */
  published: Archive[];
  /** Whether Argo Events and its event bus are in the bundle or were pulled, so that they run instead of the built-in receiver. */
  argoEvents: boolean;
  /** Images that could not be pulled, each with the reason. */
  notPulled: Pulled["missing"];
}

/** Images that check or store signatures; the rest of the platform runs without them. */
export const signingImages: readonly BuildName[] = ["policyController", "registry"];

/** Images of the Sigstore in the cluster, which only stacks with that component have. */
export const keylessImages: readonly BuildName[] = ["sigstore"];

/** Images of telemetry; the rest of the platform runs without them. */
export const telemetryImages: readonly BuildName[] = ["prometheus", "alertmanager", "jaeger", "sqlExporter"];

/** Those of `names` whose programs must first be compiled, which takes minutes. */
export async function uncompiledImages(names: readonly BuildName[] = buildNames): Promise<BuildName[]> {
  const bundled = await bundle();
  const ready = await Promise.all(
    names.map(async (name) => {
      const { ref, program } = recipes[name] as Recipe;
      return !program || findRef(bundled, ref) !== undefined || (await isBuilt(program()));
    }),
  );
  return names.filter((_, i) => !ready[i]);
}

/** The cost of compiling the images' programs, and those of `also`, with nothing cached and now. */
export async function imagesCost(also: readonly BuildName[] = []): Promise<CompileCost> {
  const sum = (names: readonly BuildName[]) => names.reduce((total, name) => total + recipes[name].cost, 0);
  const names = [...buildNames, ...also];
  const compiled = names.filter((name) => (recipes[name] as Recipe).program);
  return { all: sum(compiled), left: sum(await uncompiledImages(names)) };
}

/** Upstream's images that pods run, except CoreDNS and pause, which the node builds itself. */
const upstream = Object.values(images).filter(({ ref }) => ref !== images.coredns.ref && ref !== images.pause.ref);

/** Options of `buildImages`. */
export interface BuildOptions {
  /** The images to build; by default all. */
  only?: readonly BuildName[];
  /** Pull upstream's images from their registries, and build only those that can't be pulled. */
  pull?: boolean;
  /** Images that are built besides where `only` names none. */
  also?: readonly BuildName[];
  /** Images that are not built. */
  without?: readonly BuildName[];
  /** Called with the current step and its progress. */
  onProgress?: Progress;
  /** The bundle folder; default: $BUNDLE, or `agentic-platform/bundle` in the XDG data folder. */
  bundleDir?: string;
}

/**
 * Returns the archives of all images, after building those that are neither in the bundle folder nor in the cache. With nothing changed
 * it takes well under a second. Throws where a file of the bundle is not a valid image archive, or a build fails.
 */
export async function buildImages(options: BuildOptions = {}): Promise<Images> {
  const { onProgress = () => {} } = options;
  const { without = [], pull = false } = options;
  const fromFolder = await bundle(options.bundleDir);
  const missingUpstream = upstream.filter(({ ref }) => !findRef(fromFolder, ref));
  const pulled = pull ? await pullImages({ images: missingUpstream, onProgress }) : { archives: [], missing: [] };
  const bundled = [...fromFolder, ...pulled.archives];
  const candidates = options.only ?? [...buildNames, ...(options.also ?? [])];
  const bundledImage = (name: BuildName) => findRef(bundled, recipes[name].ref);
  const toBuild = candidates.filter((name) => !without.includes(name) && !bundledImage(name));
  const board = new CombinedProgress(onProgress, Object.fromEntries(toBuild.map((name) => [name, recipes[name].cost])));
  const bases = makeBases(board);
  const build = async (name: BuildName): Promise<[BuildName, Archive]> => {
    const archive = await board.run(
      name,
      async (progress) => await makeArchive(await recipes[name].spec(bases, progress)),
    );
    markUsed(archive.path);
    return [name, archive];
  };
  // Waits for all builds, so that none runs on after an error.
  const results = await Promise.allSettled(toBuild.map(build));
  const failed = results.find((result) => result.status === "rejected");
  if (failed) throw failed.reason;
  const built = new Map(results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : [])));
  const ref = (name: keyof Images["own"]) => built.get(name)?.ref ?? bundledImage(name)?.ref ?? "";
  const argoImages = argoRefs(bundled);
  const argo = Object.keys(argoImages).length === 3;
  const executor = argo ? bundled.find((archive) => archive.ref === argoImages.executor) : undefined;
  const publishableImage = async (name: BuildName) => {
    const archive = bundledImage(name);
    return archive ? await publishable(archive) : built.get(name);
  };
  const tenantImages = {
    agents: await publishableImage("agents"),
    executor: executor && (await publishable(executor)),
  };
  const others = await Promise.all(
    (["operator", "workflowEngine", "eventReceiver", "console"] as const).map(publishableImage),
  );
  return {
    archives: [...bundled, ...built.values()],
    own: {
      operator: ref("operator"),
      agents: ref("agents"),
      workflowEngine: ref("workflowEngine"),
      eventReceiver: ref("eventReceiver"),
      console: ref("console"),
    },
    argo,
    tenantImages,
    published: [tenantImages.agents, tenantImages.executor, ...others].filter((archive) => archive !== undefined),
    argoImages,
    argoEvents: eventImages.every((image) => findRef(bundled, image.ref)),
    notPulled: pulled.missing,
  };
}

/** Images of Argo Events, which runs only where all of them are available. */
const eventImages = [images.argoEvents, images.nats, images.natsReloader, images.natsExporter];

/** The image of that name; a name without a tag matches any tag. */
function findRef(archives: readonly Archive[], name: string): Archive | undefined {
  return archives.find(({ ref }) => ref === name || ref.startsWith(`${name}:`));
}
