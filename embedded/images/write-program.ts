// Writes the program of one of our own images to a folder: node embedded/images/write-program.ts agents /app
import { ownImages } from "./own.ts";
import { writeProgram } from "./program.ts";

const [folder, target] = process.argv.slice(2);
const images = Object.values(ownImages);
const image = images.find((candidate) => candidate.folder === folder);
if (image && target) await writeProgram(image, target);
else {
  console.error(`usage: write-program.ts ${images.map((candidate) => candidate.folder).join("|")} <folder>`);
  process.exitCode = 2;
}
