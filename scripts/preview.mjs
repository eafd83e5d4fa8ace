/**
 * npm run preview [-- PORT]
 *
 * Every picture with sample data, in a browser; a change in webview/ shows after a reload of the page.
 */
import { servePreview } from "./servePreview.ts";

const port = Number(process.argv[2] ?? 8787);
if (!Number.isInteger(port) || port < 0 || port > 65_535) {
  console.error(`"${process.argv[2]}" is not a port. Write npm run preview, or npm run preview -- 8787.`);
  process.exit(2);
}
try {
  const { url } = await servePreview({ port });
  console.log(`The pictures are at ${url} (Ctrl+C ends)`);
} catch (error) {
  console.error(
    `Port ${port} cannot be served: ${error.message}. Name another: npm run preview -- ${port + 1}.`,
  );
  process.exit(1);
}
