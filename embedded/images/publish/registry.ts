// A client of one registry, which reads and writes blobs and manifests by the OCI distribution protocol.

import { request as httpRequest, type IncomingHttpHeaders, Agent as PlainAgent } from "node:http";
import { Agent, request as httpsRequest } from "node:https";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { clean, cut } from "@agentic/api/text.ts";
import { sha256 } from "../store.ts";
import type { Descriptor } from "./archived.ts";

/** The address of a registry. */
export interface RegistryAddress {
  /** Host to connect to. */
  host: string;
  port: number;
  /** The registry's own name: the Host header of each request, and the name in its certificate. */
  name: string;
  /** PEM of the authority that signed its certificate; without one, requests are not encrypted. */
  ca?: string;
}

interface RegistryResponse {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

interface RequestOptions {
  headers?: Record<string, string | number>;
  body?: Buffer | { content: Readable; size: number };
}

/** Media type of a list of manifests. */
export const indexType = "application/vnd.oci.image.index.v1+json";

const manifestTypes = [
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
  indexType,
].join(", ");

/** A registry. The errors of its methods have the request and the registry's response. */
export class Registry {
  readonly #address: RegistryAddress;
  readonly #agent: Agent | PlainAgent;

  constructor(address: RegistryAddress) {
    this.#address = address;
    const [servername = ""] = address.name.split(":");
    this.#agent =
      address.ca === undefined
        ? new PlainAgent({ keepAlive: true })
        : new Agent({ keepAlive: true, ca: address.ca, servername });
  }

  /** A manifest by its tag or digest; undefined where there is none. */
  async manifest(repository: string, reference: string): Promise<Buffer | undefined> {
    const path = `/v2/${repository}/manifests/${reference}`;
    const { status, body } = await this.#request("GET", path, [200, 404], { headers: { accept: manifestTypes } });
    return status === 404 ? undefined : body;
  }

  /** A small blob; undefined where there is none. */
  async blob(repository: string, digest: string): Promise<Buffer | undefined> {
    const { status, body } = await this.#request("GET", `/v2/${repository}/blobs/${digest}`, [200, 404]);
    return status === 404 ? undefined : body;
  }

  async hasManifest(repository: string, reference: string): Promise<boolean> {
    const path = `/v2/${repository}/manifests/${reference}`;
    return (await this.#request("HEAD", path, [200, 404], { headers: { accept: manifestTypes } })).status === 200;
  }

  async hasBlob(repository: string, digest: string): Promise<boolean> {
    return (await this.#request("HEAD", `/v2/${repository}/blobs/${digest}`, [200, 404])).status === 200;
  }

  /** Puts a blob; the registry checks its digest. */
  async putBlob(repository: string, { digest, size }: Descriptor, content: Readable): Promise<void> {
    const { headers } = await this.#request("POST", `/v2/${repository}/blobs/uploads/`, [202]);
    const uploadUrl = new URL(headers.location ?? "", `http://${this.#address.name}`);
    uploadUrl.searchParams.set("digest", digest);
    await this.#request("PUT", `${uploadUrl.pathname}${uploadUrl.search}`, [201], {
      headers: { "content-type": "application/octet-stream" },
      body: { content, size },
    });
  }

  /** Puts a small blob; returns its descriptor. */
  async putBytes(repository: string, mediaType: string, bytes: Buffer): Promise<Descriptor> {
    const blob = { mediaType, digest: `sha256:${sha256(bytes)}`, size: bytes.length };
    if (!(await this.hasBlob(repository, blob.digest))) await this.putBlob(repository, blob, Readable.from([bytes]));
    return blob;
  }

  /** Puts a manifest under a tag or its digest. Its blobs must be in the registry. */
  async putManifest(repository: string, reference: string, mediaType: string, bytes: Buffer): Promise<void> {
    const path = `/v2/${repository}/manifests/${reference}`;
    await this.#request("PUT", path, [201], { headers: { "content-type": mediaType }, body: bytes });
  }

  close(): void {
    this.#agent.destroy();
  }

  async #request(
    method: string,
    path: string,
    expected: number[],
    { headers = {}, body }: RequestOptions = {},
  ): Promise<RegistryResponse> {
    const { host, port, name, ca } = this.#address;
    const length = body === undefined ? 0 : Buffer.isBuffer(body) ? body.length : body.size;
    const send = ca === undefined ? httpRequest : httpsRequest;
    const request = send({
      host,
      port,
      method,
      path,
      agent: this.#agent,
      headers: { host: name, "content-length": length, ...headers },
    });
    const responded = new Promise<RegistryResponse>((resolve, reject) => {
      request.once("error", reject);
      request.once("response", (message) => {
        buffer(message).then(
          (content) => resolve({ status: message.statusCode ?? 0, headers: message.headers, body: content }),
          reject,
        );
      });
    });
    // Where a body can't be sent, the request fails, or the registry has already responded.
    if (body === undefined || Buffer.isBuffer(body)) request.end(body);
    else pipeline(body.content, request).catch((error: Error) => request.destroy(error));
    let response: RegistryResponse;
    try {
      response = await responded;
    } catch (error) {
      throw new Error(`registry ${name}: ${method} ${path}: ${(error as Error).message}`);
    }
    if (!expected.includes(response.status))
      throw new Error(
        `registry ${name}: ${method} ${path}: ${response.status} ${cut(clean(response.body.toString()), 300)}`.trim(),
      );
    return response;
  }
}
