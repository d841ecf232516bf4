/** CRC-32 as zip files and Python's zlib have it: works on every page, where `crypto.subtle` needs a secure one. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) {
    value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  }
  return value;
});

/** The checksum of `bytes`; of more bytes after others where `before` is the checksum of those. */
export function crc32(bytes: Uint8Array, before = 0): number {
  let value = ~before;
  // By index: `for … of` takes five times as long, and a file may have gigabytes.
  let at = 0;
  while (at < bytes.length) {
    value = (TABLE[(value ^ (bytes[at++] as number)) & 0xff] as number) ^ (value >>> 8);
  }
  return ~value >>> 0;
}
