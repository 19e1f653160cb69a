// What has happened to a workload, in the order in which it did: its conditions and events as sentences.
import type { WorkloadCondition } from "@agentic/api/agentworkload.ts";
import type { JSX } from "preact";
import type { StoryEvent } from "../../contract.ts";
import { Empty } from "../parts/states.tsx";
import { Moment } from "../parts/time.tsx";
import { storyOf } from "./tell.ts";

interface Props {
  conditions: readonly WorkloadCondition[];
  events: readonly StoryEvent[];
}

export function Story({ conditions, events }: Props): JSX.Element {
  const story = storyOf(conditions, events);
  if (story.length === 0) return <Empty title="Nothing has happened yet" />;
  return (
    <ol class="story">
      {story.map(({ at, bad, title, text, count }) => (
        <li key={`${at} ${title} ${text}`} class={bad ? "bad" : "idle"}>
          <p>
            <strong>{title}</strong>
            {count > 1 && <span class="faint"> {count} times</span>}
            <span class="faint small when">
              <Moment at={at} />
            </span>
          </p>
          {text && <p class="faint">{text}</p>}
        </li>
      ))}
    </ol>
  );
}
