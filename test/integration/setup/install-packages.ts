// Installs the Debian packages that the arguments name, as `make up` does it; as nobody where AS_NOBODY is set.
import { installPackages } from "../../../embedded/cli/setup.ts";

if (process.env.AS_NOBODY) process.setuid?.("nobody");
try {
  console.log(await installPackages(process.argv.slice(2), () => {}));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
