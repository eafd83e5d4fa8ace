/** An identifier as it stands in SQL, whatever it is made of. */
export function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}
