// Types of the parts of html-encoding-sniffer 7 that are used, because the package has none.
declare module "html-encoding-sniffer" {
  interface SnifferOptions {
    /** Whether the document is XML. */
    xml?: boolean;
    /** Label from the Content-Type header. */
    transportLayerEncodingLabel?: string;
    /** The result where nothing names an encoding. */
    defaultEncoding?: string;
    /** Bytes that are searched for a meta element; HTML only. */
    maxPrescanBytes?: number;
  }
  /** The document's encoding by its WHATWG name, such as "UTF-8", "windows-1252" or "replacement". */
  export default function htmlEncodingSniffer(bytes: Uint8Array, options?: SnifferOptions): string;
}
