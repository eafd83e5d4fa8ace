import { execFile } from "node:child_process";

/** The program that runs the engine, and why it was chosen. */
export interface NodeChoice {
  readonly command: string;
  readonly env: Readonly<Record<string, string>>;
  readonly reason: string;
}

const oldest = [20, 19] as const;

/**
 * The user's setting, else the `node` on the PATH when it is new enough, else the editor's own executable.
 * A setting that cannot work is an error, never passed over in silence.
 */
export async function chooseNode(
  setting: string,
  editorExecutable: string,
  versionOf: (command: string) => Promise<string | null> = askVersion,
): Promise<NodeChoice> {
  if (setting !== "") {
    const version = await versionOf(setting);
    if (isNewEnough(version)) return { command: setting, env: {}, reason: `millrace.node.path (${version})` };
    throw new Error(
      version === null
        ? `The setting millrace.node.path names "${setting}", which does not run. Correct it, or clear it to use the node on your PATH.`
        : `The setting millrace.node.path names Node ${version}; the engine needs ${oldest.join(".")} or newer. Name a newer one, or clear the setting.`,
    );
  }
  const version = await versionOf("node");
  if (isNewEnough(version)) return { command: "node", env: {}, reason: `node on the PATH (${version})` };
  return {
    command: editorExecutable,
    env: { ELECTRON_RUN_AS_NODE: "1" },
    reason: version === null ? "no node on the PATH" : `the node on the PATH is ${version}, too old`,
  };
}

function isNewEnough(version: string | null): boolean {
  const [major = 0, minor = 0] = (version ?? "").replace(/^v/, "").split(".").map(Number);
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
}

function askVersion(command: string): Promise<string | null> {
  return new Promise(resolve => {
    execFile(command, ["--version"], { timeout: 5_000, windowsHide: true }, (error, stdout) =>
      resolve(error === null && /^v\d+\.\d+/.test(stdout) ? stdout.trim() : null),
    );
  });
}
