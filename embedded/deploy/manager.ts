// The deployer's field manager in a cluster.

/** Field manager of everything that is applied, except patches; also the tooling name of its ApplySets. */
export const manager = "agentic-deploy";
