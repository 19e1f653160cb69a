// The tags at the beginning of a page, without building its tree: scripts, styles, titles and noscript hold text only.
import { type Token, Tokenizer, TokenizerMode } from "parse5";

/** Elements whose contents are text, whatever they look like, by how their end is found. */
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

/** Tells of the tags of a page in order, with their places, as browsers that run scripts see them. */
export function scanTags(page: string, { onStartTag, onEndTag, onText }: TagHandler): void {
  const ignore = () => {};
  const text = onText ?? ignore;
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
      onCharacter: text,
      onNullCharacter: text,
      onWhitespaceCharacter: ignore,
      onComment: ignore,
      onDoctype: ignore,
      onEof: ignore,
    },
  );
  tokenizer.write(page, true);
}
