// What an API server's etcd holds, and how it comes back to that: what tests have made since is gone, and nothing has to start anew.
import { setTimeout as sleep } from "node:timers/promises";

interface Entry {
  key: string;
  version: string;
}

/** Of a key: its version, and its value, both as etcd writes them. */
type Snapshot = Map<string, { version: string; value: string }>;

/** Renewed all the time, or not an object: nobody's test. */
const renewed = /^\/registry\/(leases\/kube-system\/apiserver-|masterleases\/|peerserverleases\/)|^compact_rev_key$/;

/** What others are made by goes last: the API server would take objects of a kind that is gone for lost. */
const isDefinition = (key: string) => key.includes("/customresourcedefinitions/");
const admission = /\/(validating|mutating)admission(policies|policybindings)\//;

const base64 = (text: string) => Buffer.from(text).toString("base64");

/** etcd of one API server, asked past it. */
export class EtcdState {
  readonly #url: string;
  #snapshot: Snapshot = new Map();

  constructor(url: string) {
    this.#url = url;
  }

  /** Notes what there is once these keys are, and nothing changes any more. Throws where that takes more than 30 s. */
  async take(required: readonly string[] = []): Promise<void> {
    const deadline = Date.now() + 30_000;
    for (let before = ""; ; ) {
      const keys = await this.#keys();
      const isComplete = required.every((name) => keys.some(({ key }) => key === name));
      const state = JSON.stringify(keys);
      if (isComplete && state === before) break;
      if (Date.now() > deadline) throw new Error("the API server's own objects change all the time");
      before = state;
      await sleep(300);
    }
    const { kvs = [] } = await this.#post<{ kvs?: { key: string; mod_revision: string; value: string }[] }>(
      "range",
      all,
    );
    this.#snapshot = new Map(
      kvs
        .filter(({ key }) => !renewed.test(text(key)))
        .map(({ key, mod_revision: version, value }) => [text(key), { version, value }]),
    );
  }

  /** Brings back what was noted. Returns whether it stays so: a controller that goes on making objects would be seen by the next test. */
  async restore(): Promise<boolean> {
    let settle = 100;
    for (let pass = 0; pass < 20; pass++) {
      const changed = await this.#changes();
      if (changed.length === 0 && pass > 0) return true;
      // The API server looks at its admission policies once a second.
      if (changed.some((key) => admission.test(key))) settle = 1_500;
      for (const key of changed) await this.#reset(key);
      await sleep(settle);
      settle = 100;
    }
    return false;
  }

  async #changes(): Promise<string[]> {
    const now = new Map((await this.#keys()).map(({ key, version }) => [key, version]));
    const keys = [...new Set([...now.keys(), ...this.#snapshot.keys()])];
    const changed = keys.filter((key) => now.get(key) !== this.#snapshot.get(key)?.version);
    return changed.sort((a, b) => Number(isDefinition(a)) - Number(isDefinition(b)));
  }

  async #reset(key: string): Promise<void> {
    const known = this.#snapshot.get(key);
    if (!known) return void (await this.#post("deleterange", { key: base64(key) }));
    const { header } = await this.#post<{ header: { revision: string } }>("put", {
      key: base64(key),
      value: known.value,
    });
    known.version = header.revision;
  }

  async #keys(): Promise<Entry[]> {
    const { kvs = [] } = await this.#post<{ kvs?: { key: string; mod_revision: string }[] }>("range", {
      ...all,
      keys_only: true,
    });
    return kvs
      .map(({ key, mod_revision: version }) => ({ key: text(key), version }))
      .filter(({ key }) => !renewed.test(key));
  }

  async #post<T>(method: string, body: object): Promise<T> {
    const answer = await fetch(`${this.#url}/v3/kv/${method}`, { method: "POST", body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`etcd: ${method}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }
}

const text = (key: string) => Buffer.from(key, "base64").toString();

/** Every key. */
const all = { key: base64("\0"), range_end: base64("\0") };
