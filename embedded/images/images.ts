// The images that the embedded node runs: built here from package registries, or taken from the user's bundle folder.
import { images, ownRepositories } from "../../components/images.ts";
import { markUsed } from "../node/paths.ts";
import { type Archive, type ImageSpec, makeArchive } from "./archive.ts";
import { argoRefs, bundle } from "./bundle.ts";
import { ownImages } from "./own.ts";
import { Board, type Progress } from "./progress.ts";
import { publishable } from "./publish/publish.ts";
import { type Bases, makeBases } from "./recipes/bases.ts";
import { browserless } from "./recipes/browserless.ts";
import { busybox } from "./recipes/busybox.ts";
import { minio, minioClient, opa, policyController, registry } from "./recipes/go.ts";
import { litellm } from "./recipes/litellm.ts";
import { own } from "./recipes/own.ts";
import { postgres } from "./recipes/postgres.ts";

export type { Archive } from "./archive.ts";
export { bundle } from "./bundle.ts";

/** Debian packages that building images needs besides npm, which whoever calls this has already. */
export const debianPackages = ["ca-certificates", "mmdebstrap", "python3", "python3-venv"] as const;

interface Recipe {
  /** Name of the image, with its tag where that is known beforehand. */
  ref: string;
  spec: (bases: Bases, progress: Progress) => Promise<ImageSpec>;
  /** Only built where asked for by name. */
  onlyNamed?: boolean;
}

/** In the order in which they are started. */
const recipes = {
  operator: { ref: ownRepositories.operator, spec: (bases, progress) => own(ownImages.operator, bases, progress) },
  agents: { ref: ownRepositories.agents, spec: (bases, progress) => own(ownImages.agents, bases, progress) },
  workflowEngine: {
    ref: ownRepositories.workflowEngine,
    spec: (bases, progress) => own(ownImages.workflowEngine, bases, progress),
  },
  eventReceiver: {
    ref: ownRepositories.eventReceiver,
    spec: (bases, progress) => own(ownImages.eventReceiver, bases, progress),
  },
  postgres: { ref: images.postgres.ref, spec: postgres },
  minio: { ref: images.minio.ref, spec: minio },
  minioClient: { ref: images.minioClient.ref, spec: minioClient },
  opa: { ref: images.opa.ref, spec: opa },
  policyController: { ref: images.policyController.ref, spec: policyController },
  registry: { ref: images.registry.ref, spec: registry },
  litellm: { ref: images.litellm.ref, spec: litellm },
  browserless: { ref: images.browserless.ref, spec: browserless },
  busybox: { ref: "registry.local/busybox:1", spec: busybox, onlyNamed: true },
} satisfies Record<string, Recipe>;

/** An image that can be built. */
export type BuildName = keyof typeof recipes;

/** Names of all images that can be built. */
const buildNames = Object.keys(recipes) as BuildName[];

/** What `buildImages` has ready. */
export interface Images {
  /** One an image; those of the bundle first. Several images of the bundle can share a path. */
  archives: Archive[];
  /** Full references of our own images. */
  ours: { operator: string; agents: string; workflowEngine: string; eventReceiver: string };
  /** Whether the bundle holds all of Argo Workflows: then it runs instead of the built-in engine. */
  argo: boolean;
  /** Argo's references as the bundle names them, where it holds any. */
  argoImages: Partial<Record<"controller" | "executor" | "server", string>>;
  /** What runs in tenants' namespaces: the agents' image, and Argo's executor beside it where Argo runs. */
  ofTenants: { agents?: Archive; executor?: Archive };
  /** Whether the bundle holds Argo Events and its event bus: then they run instead of the built-in receiver. */
  argoEvents: boolean;
}

/** Options of `buildImages`. */
export interface BuildOptions {
  /** Build these alone; the rest is as if there were no recipe for it. */
  only?: readonly BuildName[];
  /** Takes what is being done, a line at a time. */
  onProgress?: Progress;
  /** The bundle folder; default: $BUNDLE, or `agentic-platform/bundle` in the XDG data folder. */
  bundleDir?: string;
}

/**
 * Makes the archives of all images ready, building what is not in the bundle folder and not in the cache. With nothing
 * changed it takes well under a second. Throws where the bundle holds a file that is no image archive, or a build fails.
 */
export async function buildImages(options: BuildOptions = {}): Promise<Images> {
  const { onProgress = () => {} } = options;
  const bundled = await bundle(options.bundleDir);
  const board = new Board(onProgress);
  const bases = makeBases(board);
  const named = options.only ?? buildNames.filter((name) => !(recipes[name] as Recipe).onlyNamed);
  const given = (name: BuildName) => findRef(bundled, recipes[name].ref);
  const wanted = named.filter((name) => !given(name));
  const build = async (name: BuildName): Promise<[BuildName, Archive]> => {
    const archive = await board.run(
      name,
      async (progress) => await makeArchive(await recipes[name].spec(bases, progress)),
    );
    markUsed(archive.path);
    board.finished(wanted.length);
    return [name, archive];
  };
  // All are waited for, so that one that fails leaves no other running behind the error.
  const settled = await Promise.allSettled(wanted.map(build));
  const failed = settled.find((result) => result.status === "rejected");
  if (failed) throw failed.reason;
  const built = new Map(settled.flatMap((result) => (result.status === "fulfilled" ? [result.value] : [])));
  const ref = (name: keyof Images["ours"]) => built.get(name)?.ref ?? given(name)?.ref ?? "";
  const argoImages = argoRefs(bundled);
  const argo = Object.keys(argoImages).length === 3;
  const executor = argo ? bundled.find((archive) => archive.ref === argoImages.executor) : undefined;
  const agents = given("agents");
  return {
    archives: [...bundled, ...built.values()],
    ours: {
      operator: ref("operator"),
      agents: ref("agents"),
      workflowEngine: ref("workflowEngine"),
      eventReceiver: ref("eventReceiver"),
    },
    argo,
    ofTenants: {
      agents: agents ? await publishable(agents) : built.get("agents"),
      executor: executor && (await publishable(executor)),
    },
    argoImages,
    argoEvents: eventImages.every((image) => findRef(bundled, image.ref)),
  };
}

/** What Argo Events runs with: all of them, or the receiver does. */
const eventImages = [images.argoEvents, images.nats, images.natsReloader, images.natsExporter];

/** The bundle's image of that name; a name without a tag finds any tag. */
function findRef(archives: readonly Archive[], name: string): Archive | undefined {
  return archives.find(({ ref }) => ref === name || ref.startsWith(`${name}:`));
}
