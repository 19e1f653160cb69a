// Prints shell assignments that make plain `kubectl` talk to the instance.
import { writeFileSync } from "node:fs";
import { stateDir } from "../node/paths.ts";
import { consoleAuthority, consoleUrl } from "./console.ts";
import { instance, instanceName } from "./instance.ts";
import { withNoProxy } from "./no-proxy.ts";

/** For `eval "$(make -s env)"`: nothing but assignments on standard output. */
export async function environment(): Promise<void> {
  const before = { ...process.env };
  const node = await instance();
  const { kubeconfig, bin, server } = node;
  console.log(`export KUBECONFIG=${quote(kubeconfig)}`);
  const url = await consoleUrl(node);
  if (url) {
    const file = stateDir(instanceName, "console-ca.crt");
    writeFileSync(file, await consoleAuthority(node));
    console.log(`export AGENTIC_CONSOLE=${quote(url)}`);
    console.log(`export AGENTIC_CONSOLE_CA=${quote(file)}`);
  }
  for (const [name, value] of Object.entries(withNoProxy(before, new URL(server).hostname)))
    console.log(`export ${name}=${quote(value)}`);
  console.log(`export PATH=${quote(bin)}:"$PATH"`);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
