// A message for Microsoft Teams' workflows ("When a Teams webhook request is received"): an Adaptive Card. Strangers' texts are in TextRuns
// alone, which know no Markdown; TextBlock and FactSet would make links of it.
import type { Item, Message } from "../message.ts";

const run = (text: string, style: object = {}) => ({ type: "TextRun", text, ...style });
const paragraph = (inlines: object[], more: object = {}) => ({ type: "RichTextBlock", inlines, ...more });
const open = ({ label, url }: { label: string; url: string }) => ({ type: "Action.OpenUrl", title: label, url });

function blocksOf(item: Item, isOnly: boolean): object[] {
  return [
    ...(isOnly ? [] : [paragraph([run(item.heading, { weight: "Bolder" })], { separator: true })]),
    ...item.facts.map(([label, value]) =>
      paragraph([run(`${label}: `, { weight: "Bolder" }), run(value)], { spacing: "Small" }),
    ),
    ...(item.command ? [paragraph([run(item.command, { fontType: "Monospace" })])] : []),
    ...(item.link && !isOnly ? [{ type: "ActionSet", actions: [open(item.link)] }] : []),
  ];
}

/** The body: the first element's id is the delivery's. */
export function teamsBody({ delivery, title, items, more, list }: Message): object {
  const [first] = items;
  const isOnly = items.length === 1 && first?.heading === title;
  const action = isOnly ? first?.link : list;
  return {
    type: "message",
    attachments: [
      {
        contentType: "application/vnd.microsoft.card.adaptive",
        contentUrl: null,
        content: {
          $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
          type: "AdaptiveCard",
          version: "1.4",
          msteams: { width: "Full" },
          fallbackText: "This card needs Adaptive Cards 1.4.",
          body: [
            paragraph([run(title, { weight: "Bolder", size: "Large" })], { id: delivery }),
            ...items.flatMap((item) => blocksOf(item, isOnly)),
            ...(more > 0 ? [paragraph([run(`and ${more} more.`)])] : []),
          ],
          ...(action ? { actions: [open(action)] } : {}),
        },
      },
    ],
  };
}
