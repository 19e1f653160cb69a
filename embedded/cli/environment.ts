// Prints the shell lines after which plain `kubectl` talks to the instance.
import { instance } from "./instance.ts";

/** For `eval "$(make -s env)"`: nothing but assignments on standard output. */
export async function environment(): Promise<void> {
  const { kubeconfig, bin } = await instance();
  console.log(`export KUBECONFIG=${quote(kubeconfig)}`);
  console.log(`export PATH=${quote(bin)}:"$PATH"`);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
