// The machine's Debian packages: apt and dpkg really install them, in a copy of the machine's file system that is gone afterwards, from
// a repository in a folder.
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const { CHILD_COVERAGE } = process.env;
const install = join(import.meta.dirname, "install-packages.ts");
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "packages-"));
  // apt reads it as a user of its own.
  chmodSync(folder, 0o755);
  build("agentic-needed", "Depends: agentic-dependency");
  build("agentic-dependency");
  build("agentic-interrupted");
  const index = run(`cd ${folder} && for deb in *.deb; do
    dpkg-deb --field "$deb"
    echo "Filename: ./$deb"
    echo "Size: $(stat --format=%s "$deb")"
    echo "SHA256: $(sha256sum "$deb" | cut -d" " -f1)"
    echo
  done`);
  writeFileSync(join(folder, "Packages"), index.text);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function build(name: string, ...fields: string[]): void {
  const control = [
    ...[`Package: ${name}`, "Version: 1", "Architecture: all"],
    ...["Maintainer: Tests <tests@example.org>", "Description: for a test", ...fields],
  ];
  mkdirSync(join(folder, name, "DEBIAN"), { recursive: true });
  writeFileSync(join(folder, name, "DEBIAN/control"), `${control.join("\n")}\n`);
  expect(run(`dpkg-deb --build ${join(folder, name)} ${folder}/${name}.deb`)).toMatchObject({ status: 0 });
}

function run(script: string) {
  const { status, stdout, stderr } = spawnSync("sh", ["-euc", script], { encoding: "utf8" });
  return { status, text: stdout, errors: stderr };
}

/** Runs a script on a machine like this one, whose packages come from the folder; what it changes is gone with it. */
const onMachine = (script: string) => {
  const kept = [folder, import.meta.dirname, ...(CHILD_COVERAGE ? [CHILD_COVERAGE] : [])];
  return run(`exec unshare --mount --propagation private sh -euc '
    at=${folder}/machine
    mkdir -p $at ${CHILD_COVERAGE ?? ""}
    mount -t tmpfs tmpfs $at
    mkdir $at/changed $at/work $at/root
    mount -t overlay overlay -o lowerdir=/,upperdir=$at/changed,workdir=$at/work $at/root
    for seen in /proc /dev /sys ${kept.join(" ")}; do mount --rbind $seen $at/root$seen; done
    rm -rf $at/root/etc/apt/sources.list $at/root/etc/apt/sources.list.d
    echo "deb [trusted=yes] file:${folder} ./" >$at/root/etc/apt/sources.list
    exec chroot $at/root sh -eu' <<'SCRIPT'
      install() { ${process.execPath} ${install} "$@"; }
      ${script}
SCRIPT`);
};

test("what is missing is installed with what it needs, and then nothing is left to do", () => {
  const { status, text, errors } = onMachine(`
    install dpkg agentic-needed agentic-needed
    dpkg-query --show --showformat='\${Package} \${Status}\n' 'agentic-*'
    install dpkg agentic-needed`);
  expect(errors).toBe("");
  expect(text.trim().split("\n")).toEqual([
    "installed 1",
    "agentic-dependency install ok installed",
    "agentic-needed install ok installed",
    "skipped: all there",
  ]);
  expect(status).toBe(0);
});

test("an installation that was interrupted is finished first", () => {
  const { text } = onMachine(`
    dpkg --unpack ${folder}/agentic-interrupted.deb >/dev/null
    install agentic-needed
    dpkg-query --show --showformat='\${Status}\n' agentic-interrupted`);
  expect(text).toBe("installed 1\ninstall ok installed\n");
});

test("what can't be had is named, in apt's own words", () => {
  const { status, errors } = onMachine("install agentic-nowhere");
  expect(errors).toMatch(/^apt-get .* install -y .*agentic-nowhere failed with 100: E: Unable to locate package/);
  expect(status).toBe(1);
});

test("somebody who isn't root is told what to install", () => {
  const { status, errors } = onMachine("AS_NOBODY=1 install dpkg agentic-needed agentic-interrupted");
  const names = "agentic-interrupted agentic-needed";
  expect(errors).toContain(
    `missing Debian packages: ${names}. Run this as root, or install them: apt-get install ${names}\n`,
  );
  expect(status).toBe(1);
});

test("nothing of it is left on this machine", () => {
  expect(run("dpkg-query --show 'agentic-*'").status).toBe(1);
});
