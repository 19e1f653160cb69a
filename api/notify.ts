// Bodies and reminders of notifications, as specs name them.

/** At which parts of a gate's time left, in percent, its receivers are reminded. */
export const DEFAULT_REMINDERS: readonly number[] = [50, 10];

/** What a notification's body is made for: a program of one's own, or one that shows it to people. */
export const NOTIFY_FORMATS = ["json", "slack", "teams", "email"] as const;
export type NotifyFormat = (typeof NOTIFY_FORMATS)[number];
