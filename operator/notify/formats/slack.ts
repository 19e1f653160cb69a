// A message for Slack's incoming webhooks, in Block Kit. Strangers' texts are in plain_text and rich_text alone, which Slack shows as they
// are; the line for notifications is mrkdwn, and escaped.
import type { Item, Message } from "../message.ts";
import { escapeMrkdwn } from "../text.ts";

const plain = (text: string) => ({ type: "plain_text", text, emoji: false });
const text = (words: string) => ({ type: "text", text: words });

/** A block of rich text with one element of this kind. */
const rich = (type: "rich_text_section" | "rich_text_preformatted", elements: object[]) => ({
  type: "rich_text",
  elements: [{ type, elements }],
});

const link = ({ label, url }: { label: string; url: string }) => ({ type: "link", url, text: label });

function blocksOf(item: Item, isOnly: boolean): object[] {
  return [
    ...(isOnly ? [] : [{ type: "divider" }]),
    {
      type: "section",
      ...(isOnly ? {} : { text: plain(item.heading) }),
      // Slack takes ten fields.
      ...(item.facts.length > 0
        ? { fields: item.facts.slice(0, 10).map(([label, value]) => plain(`${label}: ${value}`)) }
        : { text: plain(item.heading) }),
    },
    ...(item.link ? [rich("rich_text_section", [link(item.link)])] : []),
    ...(item.command ? [rich("rich_text_preformatted", [text(item.command)])] : []),
  ];
}

/** The body: the first block's id is the delivery's. */
export function slackBody({ delivery, title, items, more, list }: Message): object {
  const isOnly = items.length === 1 && items[0]?.heading === title;
  return {
    text: escapeMrkdwn(title),
    unfurl_links: false,
    unfurl_media: false,
    blocks: [
      { type: "header", block_id: delivery, text: plain(title) },
      ...items.flatMap((item) => blocksOf(item, isOnly)),
      ...(more > 0 || !isOnly
        ? [
            rich("rich_text_section", [
              ...(more > 0 ? [text(`and ${more} more. `)] : []),
              ...(list ? [link(list)] : [text(" ")]),
            ]),
          ]
        : []),
    ],
  };
}
