const needed = /^(PATH|TMPDIR|TEMP|TMP|SystemRoot|SystemDrive|windir|COMSPEC|PATHEXT|NIX_LD\w*)$/i;

/** What a server inherits: nothing that could change how it works, and none of the user's secrets. */
export function serverEnvironment(environment: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const kept = Object.entries(environment).filter(([name]) => needed.test(name));
  return { ...Object.fromEntries(kept), LC_ALL: "C" };
}
