// Has Node.js keep what it compiles of the command, types taken out, for the next start.
import { enableCompileCache } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";

// A folder of the user's own: whoever can write into it can have them run anything, so it isn't in the machine's folder for temporary files.
enableCompileCache(join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "agentic-cli"));
