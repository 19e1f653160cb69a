// Pulumi's policy runtime loads TypeScript by a compiler of its own, which knows no .ts imports: this file leads past it
// to Node's, which strips the types.
import "./pack.ts";
