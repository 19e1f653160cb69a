// Environment variables by which the deployer tells preload.ts, in a process of Pulumi's SDK, what is wanted of it.

/** Path of the socket that a policy pack must serve on. */
export const packSocketVariable = "AGENTIC_PACK_SOCKET";

/** Set where the source position of each resource is wanted. */
export const positionsVariable = "AGENTIC_SOURCE_POSITIONS";
