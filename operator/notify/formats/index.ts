// The bodies of messages to people, by format.
import type { NotifyFormat } from "@agentic/api/notify.ts";
import type { Message } from "../message.ts";
import { emailBody } from "./email.ts";
import { slackBody } from "./slack.ts";
import { teamsBody } from "./teams.ts";

/** Formats that people read: many messages become one there, where a program gets each. */
export type PeoplesFormat = Exclude<NotifyFormat, "json">;

export const FORMATS: Record<PeoplesFormat, (message: Message) => object> = {
  slack: slackBody,
  teams: teamsBody,
  email: emailBody,
};

export const isPeoples = (format: NotifyFormat | undefined): format is PeoplesFormat =>
  format !== undefined && format !== "json";
