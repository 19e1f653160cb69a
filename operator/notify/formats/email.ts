// A message as e-mail, for a webhook that sends one: fields by the names of Nodemailer's messages and of Resend's API (`subject`, `text`,
// `html`); the sender's and the receiver's address are the webhook's to know.
import { escapeHtml } from "@agentic/api/text.ts";
import type { Item, Message } from "../message.ts";

function textOf(item: Item, isOnly: boolean): string[] {
  return [
    ...(isOnly ? [] : [item.heading]),
    ...item.facts.map(([label, value]) => `${label}: ${value}`),
    ...(item.link ? [`${item.link.label}: ${item.link.url}`] : []),
    ...(item.command ? [`On a terminal: ${item.command}`] : []),
    "",
  ];
}

const linkOf = ({ label, url }: { label: string; url: string }) =>
  `<p><a href="${escapeHtml(url)}">${escapeHtml(label)}</a></p>`;

function htmlOf(item: Item, isOnly: boolean): string {
  const rows = item.facts.map(
    ([label, value]) => `<tr><th align="left">${escapeHtml(label)}</th><td>${escapeHtml(value)}</td></tr>`,
  );
  return [
    ...(isOnly ? [] : [`<h3>${escapeHtml(item.heading)}</h3>`]),
    ...(rows.length > 0 ? [`<table>${rows.join("")}</table>`] : []),
    ...(item.link ? [linkOf(item.link)] : []),
    ...(item.command ? [`<pre>${escapeHtml(item.command)}</pre>`] : []),
  ].join("");
}

export function emailBody({ delivery, title, items, more, list }: Message): object {
  const isOnly = items.length === 1 && items[0]?.heading === title;
  const all = isOnly ? undefined : list;
  return {
    delivery,
    subject: title,
    text: [
      title,
      "",
      ...items.flatMap((item) => textOf(item, isOnly)),
      ...(more > 0 ? [`and ${more} more.`] : []),
      ...(all ? [`${all.label}: ${all.url}`] : []),
    ]
      .join("\n")
      .trim(),
    html: [
      `<!doctype html><html lang="en"><body><h2>${escapeHtml(title)}</h2>`,
      ...items.map((item) => htmlOf(item, isOnly)),
      ...(more > 0 ? [`<p>and ${more} more.</p>`] : []),
      ...(all ? [linkOf(all)] : []),
      "</body></html>",
    ].join(""),
  };
}
