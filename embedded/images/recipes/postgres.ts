// The image of the database: Debian's Postgres 15, with an entrypoint that works like the official image's.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { images } from "../../../components/images.ts";
import type { Progress } from "../../node/progress.ts";
import type { ImageSpec } from "../archive.ts";
import { account, debianLayer } from "../debian.ts";
import { directory, text } from "../entries.ts";
import { makeLayer } from "../layer.ts";
import type { Bases } from "./bases.ts";

const data = "/var/lib/postgresql/data";
const bin = "/usr/lib/postgresql/15/bin";

/** The image. */
export async function postgres(bases: Bases, progress: Progress): Promise<ImageSpec> {
  const { ref, uid } = images.postgres;
  const base = await bases.base();
  const packages = await debianLayer({
    name: "postgres",
    // After postgresql-15, the tools of the official image that init scripts may use.
    packages: ["postgresql-15", "bash", "dash", "coreutils", "findutils", "grep", "gzip", "sed", "xz-utils", "zstd"],
    below: [base],
    progress,
    without: [
      // The JIT needs LLVM's 110 MB. Queries fail where only one of the two is left out, so both are, and jit is off below.
      "usr/lib/x86_64-linux-gnu/{libLLVM*,libz3*,libclang*}",
      "usr/lib/llvm*",
      "usr/lib/postgresql/15/lib/{llvmjit*,bitcode}",
      "usr/share/{perl,perl5,postgresql-common,bash-completion,apport}",
      "usr/share/postgresql-common",
      "usr/lib/postgresql/15/lib/pgxs",
      "etc/{postgresql,postgresql-common,logrotate.d,init.d,cron.d}",
    ],
    more: (root) => [
      text(
        "usr/share/postgresql/15/postgresql.conf.sample",
        readFileSync(join(root, "usr/share/postgresql/15/postgresql.conf.sample"), "utf8")
          .replace(/^#?listen_addresses\s*=\s*'[^']*'/m, "listen_addresses = '*'")
          .replace(/^#?jit = on/m, "jit = off"),
      ),
    ],
  });
  const script = readFileSync(join(import.meta.dirname, "..", "files", "postgres-entrypoint.sh"), "utf8");
  const own = { uid, gid: uid };
  const entries = () => [
    ...account("postgres", uid, { home: "/var/lib/postgresql", shell: "/bin/bash" }),
    text("usr/local/bin/docker-entrypoint.sh", script, 0o755),
    directory("docker-entrypoint-initdb.d"),
    directory("var/lib/postgresql", { mode: 0o1777, ...own }),
    // 1777 lets any user make its own data folder, as upstream's does; the entrypoint makes it 0700.
    directory("var/lib/postgresql/data", { mode: 0o1777, ...own }),
    directory("run/postgresql", { mode: 0o1777, ...own }),
    directory("var/run/postgresql", { mode: 0o1777, ...own }),
  ];
  const setup = await makeLayer({
    name: "postgres-setup",
    inputs: [script, entries.toString(), account.toString()],
    below: [base, packages],
    entries: async () => entries(),
  });
  return {
    name: ref,
    layers: [base, packages, setup],
    user: `${uid}:${uid}`,
    entrypoint: ["docker-entrypoint.sh"],
    cmd: ["postgres"],
    env: {
      PATH: `/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:${bin}`,
      LANG: "C.UTF-8",
      PGDATA: data,
      PG_MAJOR: "15",
    },
    expose: ["5432/tcp"],
    volumes: [data],
    stopSignal: "SIGINT",
  };
}
