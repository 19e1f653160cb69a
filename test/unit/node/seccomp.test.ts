// The browsers' seccomp profile, and when Chromium's sandbox can work in it.
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { allowsUserNamespaces, browserSeccomp } from "../../../embedded/node/seccomp.ts";

function settings(values: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), "sysctl-"));
  for (const [name, value] of Object.entries(values)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), `${value}\n`);
  }
  return root;
}

test.each([
  [{}, true],
  [{ "user/max_user_namespaces": "15000", "kernel/unprivileged_userns_clone": "1" }, true],
  [{ "user/max_user_namespaces": "0" }, false],
  [{ "kernel/unprivileged_userns_clone": "0" }, false],
  [{ "kernel/apparmor_restrict_unprivileged_userns": "1" }, false],
])("with the kernel's settings %j the sandbox works: %s", (values, works) => {
  expect(allowsUserNamespaces(settings(values))).toBe(works);
});

test("the profile refuses what it doesn't name, and allows nothing by which a namespace's owner could reach further", () => {
  const { defaultAction, syscalls } = browserSeccomp() as {
    defaultAction: string;
    syscalls: { names: string[]; action: string; args?: object[] }[];
  };
  expect(defaultAction).toBe("SCMP_ACT_ERRNO");
  const allowed = syscalls.filter(({ action }) => action === "SCMP_ACT_ALLOW");
  const whole = allowed.filter(({ args }) => args === undefined).flatMap(({ names }) => names);
  for (const name of ["read", "execve", "chroot", "seccomp"]) expect(whole).toContain(name);
  for (const name of [
    "mount",
    "umount2",
    "pivot_root",
    "setns",
    "ptrace",
    "bpf",
    "keyctl",
    "clone",
    "unshare",
    "clone3",
  ])
    expect(whole).not.toContain(name);
  expect(allowed.find(({ names }) => names.includes("unshare"))?.args).toEqual([
    // CLONE_NEWNS, NEWUTS, NEWIPC and NEWCGROUP; those of users, processes and networks may be new.
    { index: 0, value: 0x0e020000, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" },
  ]);
});

test("a socket is one of the machine, of the internet without raw ones, or of the list of interfaces", () => {
  const { syscalls } = browserSeccomp() as {
    syscalls: { names: string[]; args?: { index: number; value: number; valueTwo?: number; op: string }[] }[];
  };
  const rules = syscalls.filter(({ names }) => names.includes("socket")).map(({ args = [] }) => args);
  const passes = (...call: number[]) =>
    rules.some((rule) =>
      rule.every(({ index, value, valueTwo, op }) =>
        op === "SCMP_CMP_EQ" ? call[index] === value : ((call[index] ?? 0) & value) === valueTwo,
      ),
    );
  const [stream, datagram, raw, nonBlocking] = [1, 2, 3, 0x800];
  // AF_UNIX, AF_INET, AF_INET6, and AF_NETLINK with NETLINK_ROUTE.
  for (const call of [
    [1, 5, 0],
    [2, stream | nonBlocking, 6],
    [10, datagram, 17],
    [16, raw, 0],
  ])
    expect([call, passes(...call)]).toEqual([call, true]);
  // Raw ones, AF_NETLINK with NETLINK_NETFILTER, AF_PACKET, AF_ALG, AF_VSOCK.
  for (const call of [
    [2, raw, 1],
    [10, raw | nonBlocking, 58],
    [16, raw, 12],
    [17, raw, 0],
    [38, 5, 0],
    [40, stream, 0],
  ])
    expect([call, passes(...call)]).toEqual([call, false]);
});
