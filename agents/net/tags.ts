// Scans a page for its tags without building a tree; scripts, styles, titles and noscript count as text.
import { type Token, Tokenizer, TokenizerMode } from "parse5";

/** Elements whose contents are always text, with the tokenizer's state that finds their end. */
const textModes: Record<string, Tokenizer["state"]> = {
  title: TokenizerMode.RCDATA,
  textarea: TokenizerMode.RCDATA,
  script: TokenizerMode.SCRIPT_DATA,
  ...Object.fromEntries(
    ["style", "xmp", "iframe", "noembed", "noframes", "noscript"].map((tag) => [tag, TokenizerMode.RAWTEXT]),
  ),
};

export interface TagHandler {
  /** `stop` ends the scan. */
  onStartTag(tag: Token.TagToken, stop: () => void): void;
  onEndTag?(tag: Token.TagToken): void;
  onText?(text: Token.CharacterToken): void;
}

/** Calls the handler for each tag of a page in order, with its position, as a browser that runs scripts sees them. */
export function scanTags(page: string, { onStartTag, onEndTag, onText }: TagHandler): void {
  const ignore = () => {};
  const onCharacters = onText ?? ignore;
  const tokenizer: Tokenizer = new Tokenizer(
    { sourceCodeLocationInfo: true },
    {
      onStartTag: (tag) => {
        onStartTag(tag, () => tokenizer.pause());
        const mode = textModes[tag.tagName];
        if (mode === undefined) return;
        tokenizer.lastStartTagName = tag.tagName;
        tokenizer.state = mode;
      },
      onEndTag: onEndTag ?? ignore,
      onCharacter: onCharacters,
      onNullCharacter: onCharacters,
      onWhitespaceCharacter: ignore,
      onComment: ignore,
      onDoctype: ignore,
      onEof: ignore,
    },
  );
  tokenizer.write(page, true);
}
