// The page's title, which the browser's tabs and history show.
import { useEffect } from "preact/hooks";

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} – Agentic console`;
  }, [title]);
}
