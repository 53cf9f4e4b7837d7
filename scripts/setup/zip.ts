import { mkdir, open, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { inflateRaw } from "node:zlib";

const inflate = promisify(inflateRaw);

/**
 * Unpacks a zip archive (stored or deflated entries, no zip64: what Go's module proxy serves) into `target`.
 * `rename` maps each entry's name to the path below `target`. Throws when an entry would land outside of it.
 */
export async function unpackZip(
  archive: string,
  target: string,
  rename: (name: string) => string,
): Promise<void> {
  const file = await open(archive, "r");
  try {
    const { size } = await file.stat();
    // The directory's position stands in the end record, which a comment of up to 64 KiB may follow.
    const tail = await bytes(file, Math.max(0, size - 65_557), Math.min(size, 65_557));
    const end = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
    if (end < 0) throw new Error(`${archive} is not a zip archive`);
    const directory = await bytes(file, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12));
    const made = new Set<string>();
    for (let at = 0; at < directory.length; ) {
      const method = directory.readUInt16LE(at + 10);
      const packed = directory.readUInt32LE(at + 20);
      const nameLength = directory.readUInt16LE(at + 28);
      const name = directory.toString("utf8", at + 46, at + 46 + nameLength);
      const header = directory.readUInt32LE(at + 42);
      at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
      if (name.endsWith("/")) continue;
      const full = path.resolve(target, rename(name));
      if (!full.startsWith(path.resolve(target) + path.sep))
        throw new Error(`${archive} holds the path ${name}`);
      // The local header repeats the name; its extra field may differ in length.
      const local = await bytes(file, header, 30);
      const start = header + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
      const content = await bytes(file, start, packed);
      const folder = path.dirname(full);
      if (!made.has(folder)) {
        await mkdir(folder, { recursive: true });
        made.add(folder);
      }
      await writeFile(full, method === 0 ? content : await inflate(content));
    }
  } finally {
    await file.close();
  }
}

async function bytes(
  file: Awaited<ReturnType<typeof open>>,
  position: number,
  length: number,
): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  if (bytesRead !== length) throw new Error("the zip archive is cut short");
  return buffer;
}
