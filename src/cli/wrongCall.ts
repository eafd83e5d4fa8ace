import { existsSync } from "node:fs";
import type { Command, CommanderError } from "commander";
import { ConfigurationError } from "../engine/configuration.ts";
import { didYouMean } from "../model/suggest.ts";

/** Lets every command say in our words what is wrong with how it was called, and whose help tells more. */
export function explainWrongCalls(command: Command): void {
  command.configureOutput({ outputError: () => {} });
  command.exitOverride(error => {
    throw isAnswer(error) ? error : wrongCall(command, error);
  });
  for (const below of command.commands) explainWrongCalls(below);
}

/** Help and version were asked for, and are printed. */
function isAnswer({ code }: CommanderError): boolean {
  return ["commander.help", "commander.helpDisplayed", "commander.version"].includes(code);
}

function wrongCall(command: Command, error: CommanderError): ConfigurationError {
  const name = nameOf(command);
  return new ConfigurationError(`${whatIsWrong(command, error)} "${name} --help" says what it takes.`);
}

function whatIsWrong(command: Command, { code, message }: CommanderError): string {
  const name = nameOf(command);
  const [first = "", second = ""] = [...message.matchAll(/'([^']*)'/g)].map(([, quoted]) => quoted);
  switch (code) {
    case "commander.unknownOption":
      return `${name} has no option "${first}".${didYouMeanOption(first, command)}`;
    case "commander.unknownCommand":
      return `${name} has no command "${first}".${meantCommand(first, command)}`;
    case "commander.missingArgument": {
      const missing = command.registeredArguments.find(it => it.name() === first);
      const all = first === "selection" ? ` "millrace list" shows what there is; '*' is all of it.` : "";
      return `${name} needs ${first.toUpperCase()}: ${missing?.description ?? "it is missing"}.${all}`;
    }
    case "commander.optionMissingArgument":
      return `${longName(first)} needs a value: ${first.replace(/^-\w, /, "")}.`;
    case "commander.conflictingOption":
      return `${longName(first)} and ${longName(second)} do not go together.`;
    case "commander.excessArguments":
      return tooMany(command, name);
    default: {
      const said = message.replace(/^error: /, "");
      return said.endsWith(".") ? said : `${said}.`;
    }
  }
}

/** A mistyped name, or how another program calls the same. */
function meantCommand(written: string, command: Command): string {
  const same = command.parent === null ? sameElsewhere[written.toLowerCase()] : undefined;
  return same ? ` Did you mean "${same}"?` : didYouMean(written, namesOf(command.commands));
}

const sameElsewhere: Readonly<Record<string, string>> = {
  run: "materialize",
  build: "materialize",
  make: "materialize",
  exec: "materialize",
  ls: "list",
  status: "list",
  assets: "list",
  show: "preview",
  head: "preview",
  test: "checks",
  check: "scan",
  validate: "scan",
  start: "daemon",
  up: "daemon",
  log: "runs",
  logs: "runs",
  history: "runs",
  new: "init",
  create: "init",
};

/** A mistyped verb, a selection without quotes, or what a shell has made of "*". */
function tooMany({ args, registeredArguments, commands }: Command, name: string): string {
  const [written = ""] = args;
  const verbs = didYouMean(written, namesOf(commands));
  if (verbs) return `${name} has no command "${written}".${verbs}`;
  const said = `${name} does not take "${args.slice(registeredArguments.length).slice(0, 3).join(" ")}".`;
  if (registeredArguments.at(-1)?.name() !== "selection") return said;
  const selection = args.every(it => existsSync(it)) ? "*" : args.join(" or ");
  return `${said} A selection is one argument: '${selection}'.`;
}

function didYouMeanOption(written: string, command: Command): string {
  const long = allOptions(command).flatMap(it => it.long?.slice(2) ?? []);
  return didYouMean(written.replace(/^-+/, ""), long)
    .replaceAll('"', "")
    .replace(/(mean |, | or )/g, "$1--");
}

function allOptions(command: Command) {
  return [...command.options, ...(command.parent?.options ?? [])];
}

function namesOf(commands: readonly Command[]): string[] {
  return commands.map(it => it.name()).filter(it => it !== "serve");
}

/** "--partition <key>" is the option --partition. */
function longName(flags: string): string {
  return /--[\w-]+/.exec(flags)?.[0] ?? flags;
}

function nameOf(command: Command): string {
  return command.parent ? `${nameOf(command.parent)} ${command.name()}` : command.name();
}
