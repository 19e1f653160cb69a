// What is used of html-encoding-sniffer 7, which brings no types.
declare module "html-encoding-sniffer" {
  interface SnifferOptions {
    /** The document is XML. */
    xml?: boolean;
    /** Label from the Content-Type header. */
    transportLayerEncodingLabel?: string;
    /** Given back when nothing names an encoding. */
    defaultEncoding?: string;
    /** Bytes in which a meta element counts; HTML only. */
    maxPrescanBytes?: number;
  }
  /** The document's encoding by its WHATWG name, such as "UTF-8", "windows-1252" or "replacement". */
  export default function htmlEncodingSniffer(bytes: Uint8Array, options?: SnifferOptions): string;
}
