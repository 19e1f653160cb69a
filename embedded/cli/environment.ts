// Prints shell assignments that make plain `kubectl` talk to the instance.
import { instance } from "./instance.ts";
import { withNoProxy } from "./no-proxy.ts";

/** For `eval "$(make -s env)"`: nothing but assignments on standard output. */
export async function environment(): Promise<void> {
  const before = { ...process.env };
  const { kubeconfig, bin, server } = await instance();
  console.log(`export KUBECONFIG=${quote(kubeconfig)}`);
  for (const [name, value] of Object.entries(withNoProxy(before, new URL(server).hostname)))
    console.log(`export ${name}=${quote(value)}`);
  console.log(`export PATH=${quote(bin)}:"$PATH"`);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
