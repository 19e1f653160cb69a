// What each resource of a run asks before the first change.
import { expect, test } from "vitest";
import { Maker, type MakerOptions } from "../../../embedded/deploy/make.ts";
import { emptyState } from "../../../embedded/deploy/state.ts";

test("the whole program is looked through once, however many of its resources ask", async () => {
  let looks = 0;
  const recording = {
    outputs: {},
    random: {},
    get registrations() {
      looks++;
      return [];
    },
  };
  const options: Partial<MakerOptions> = { state: emptyState(), dryRun: false, permit: async () => recording };
  const maker = new Maker(options as MakerOptions, new Map());
  for (let resource = 0; resource < 3; resource++) expect(await maker.permit()).toBe(recording);
  expect(looks).toBe(1);
});
