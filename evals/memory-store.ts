// An artifact store in memory, for runs that leave nothing behind.
import { s3Uri } from "@agentic/api/artifacts.ts";
import { PermanentError } from "../agents/core/errors.ts";
import { type ArtifactStore, digestOf } from "../agents/core/store.ts";

export class MemoryStore implements ArtifactStore {
  /** By `s3://` URI. */
  readonly objects = new Map<string, Buffer>();
  readonly #bucket: string;
  readonly #prefix: string;

  constructor({ bucket, prefix }: { bucket: string; prefix: string }) {
    this.#bucket = bucket;
    this.#prefix = prefix;
  }

  uri(key: string): string {
    return s3Uri(this.#bucket, ...this.#prefix.split("/"), ...key.split("/"));
  }

  put: ArtifactStore["put"] = async (key, body) => {
    const bytes = Buffer.from(body);
    const uri = this.uri(key);
    this.objects.set(uri, bytes);
    return { uri, digest: digestOf(bytes), bytes: bytes.byteLength };
  };

  get: ArtifactStore["get"] = async (uri) => {
    const bytes = this.objects.get(uri);
    if (!bytes) throw new PermanentError(`${uri} is not in the store`);
    return bytes;
  };
}
