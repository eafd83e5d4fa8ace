import { join } from "node:path";

/** The environment of somebody whose home is in a folder, and who knows nothing of tests. */
export function userEnvironment(folder: string): NodeJS.ProcessEnv {
  const home = join(folder, "home");
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    HOME: home,
    XDG_CONFIG_HOME: join(home, ".config"),
    XDG_DATA_HOME: join(home, ".local/share"),
    EXTENSIONS_GALLERY: '{"serviceUrl":""}',
  };
  // The tests' own surroundings are not those of a user.
  for (const name of [
    "PORT",
    "VSCODE_IPC_HOOK_CLI",
    "NODE_ENV",
    "NODE_OPTIONS",
    "MILLRACE_DATABASE_URL",
    "VITEST",
  ]) {
    delete env[name];
  }
  return env;
}
