// Rules about volumes and their backups.
import type { Rule } from "../../rule.ts";
import { backups } from "./backups.ts";
import { volumeClass } from "./volume-class.ts";
import { volumeHosts } from "./volume-hosts.ts";
import { volumeRetention } from "./volume-retention.ts";
import { volumeSize } from "./volume-size.ts";

export const data: readonly Rule[] = [backups, volumeClass, volumeHosts, volumeRetention, volumeSize];
