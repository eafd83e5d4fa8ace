import { parse } from "yaml";

/** Reads YAML as dbt does, but that a date stays the text that a model writes into its SQL. */
export function readYaml(text: string): unknown {
  return parse(text, {
    schema: "yaml-1.1",
    version: "1.1",
    logLevel: "error",
    customTags: tags =>
      tags.filter(
        it => it !== "timestamp" && (typeof it === "string" || it.tag !== "tag:yaml.org,2002:timestamp"),
      ),
  });
}
