/** Tells on standard error what goes on and for how long: one line, rewritten on a terminal. */
export function startProgress(what, output = process.stderr) {
  const startedAt = Date.now();
  let title = what;
  if (!output.isTTY) output.write(`${what} …\n`);
  const timer = output.isTTY ? setInterval(rewrite, 200) : undefined;

  return {
    /** What goes on now. */
    say(newTitle) {
      if (newTitle !== title && !output.isTTY) output.write(`${newTitle} …\n`);
      title = newTitle;
    },
    /** Ends the line: `✓` and the sentence, with the time it took. */
    done(sentence) {
      end("✓", sentence);
    },
    /** Ends the line: `✗` and the sentence, with the time it took. */
    failed(sentence) {
      end("✗", sentence);
    },
  };

  function rewrite() {
    output.write(`\r\x1b[K▸ ${title}  ${seconds()}`.slice(0, (output.columns || 80) + 4));
  }

  function end(mark, sentence) {
    clearInterval(timer);
    output.write(`${output.isTTY ? "\r\x1b[K" : ""}${mark} ${sentence}  ${seconds()}\n`);
  }

  function seconds() {
    const ms = Date.now() - startedAt;
    if (ms < 1000) return `${ms} ms`;
    return ms < 60_000
      ? `${Math.round(ms / 1000)} s`
      : `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
  }
}
