import { closeSync, openSync, readSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import type { FileScan } from "./fileScan.ts";
import { largestFile, mentionsSdk, scanFile, tooLarge, unreadable } from "./scanFile.ts";

/** Reads and scans a file; null when it is no asset file. */
export async function readScan(root: string, file: string): Promise<FileScan | null> {
  try {
    const handle = await open(join(root, file));
    try {
      const { size } = await handle.stat();
      if (size <= largestFile) return scanBytes(await handle.readFile(), file);
    } finally {
      await handle.close();
    }
    return readScanSync(root, file);
  } catch (error) {
    return notRead(file, error);
  }
}

/** The same in one go, with as few calls to the system as there can be: for threads. */
export function readScanSync(root: string, file: string): FileScan | null {
  try {
    return scanBytes(readBytes(join(root, file)), file);
  } catch (error) {
    return notRead(file, error);
  }
}

/** Reads a module that an asset file imports, whatever it is; null when it is no file. */
export function readImported(root: string, file: string): FileScan | null {
  const path = join(root, file);
  try {
    if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return null;
    const bytes = readBytes(path);
    return bytes.length > largestFile ? tooLarge(file) : scanFile(bytes.toString("utf8"), file);
  } catch (error) {
    return notRead(file, error);
  }
}

/** One byte more than the largest file; used by one read after the other. */
let buffer: Buffer | null = null;

function readBytes(path: string): Buffer {
  buffer ??= Buffer.allocUnsafe(largestFile + 1);
  const descriptor = openSync(path, "r");
  let length = 0;
  try {
    for (let read = -1; read !== 0; length += read) {
      read = readSync(descriptor, buffer, length, buffer.length - length, null);
    }
    return buffer.subarray(0, length);
  } finally {
    closeSync(descriptor);
  }
}

function scanBytes(bytes: Buffer, file: string): FileScan | null {
  if (bytes.length > largestFile) {
    // Imports stand at the beginning: a video that ends in ".ts" is nothing to speak of.
    return mentionsSdk(bytes.toString("utf8", 0, 64 * 1024)) ? tooLarge(file) : null;
  }
  const text = bytes.toString("utf8");
  return mentionsSdk(text) ? scanFile(text, file) : null;
}

function notRead(file: string, error: unknown): FileScan {
  const { code, message } = error as NodeJS.ErrnoException;
  const reason = code === "ENOENT" ? "it does not exist" : code === "EACCES" ? "permission denied" : message;
  return unreadable(file, `${file} could not be read: ${reason}. Correct it, or remove the file.`);
}
