// What the parts of the HTTP interface work with.
import type { Logger } from "pino";
import type { ListObjects, ReadObject } from "./artifacts/store.ts";
import type { Config } from "./config.ts";
import type { Metrics } from "./metrics.ts";
import type { Visitors } from "./sessions/visitors.ts";
import type { Board } from "./workloads/board.ts";

export interface AppParts {
  config: Config;
  log: Logger;
  board: Board;
  visitors: Visitors;
  metrics: Metrics;
  read: ReadObject;
  list: ListObjects;
}
