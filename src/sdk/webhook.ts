import type { AutomationDefinition } from "./automationDefinition.ts";
import { completeAutomation, completeEvery, isVariableName, type PolledOptions } from "./automationParts.ts";
import { inWords } from "./inWords.ts";
import type { WebhookContext } from "./sensorContext.ts";

export interface WebhookOptions extends PolledOptions<WebhookContext> {
  /** The environment variable that holds the token which callers must send. */
  readonly token: { readonly env: string };
}

/**
 * Declares a sensor that is called when somebody calls the daemon: POST /webhooks/NAME with the header
 * "Authorization: Bearer TOKEN". A call is written down before it is answered, and handed over once.
 *
 * @example
 * export const pushed = webhook("pushed", {
 *   token: { env: "PUSHED_TOKEN" },
 *   run: ({ calls }) => calls.map(it => runRequest({ selection: "report", key: it.id })),
 * });
 */
export function webhook(name: string, options: WebhookOptions): AutomationDefinition {
  const form = {
    definer: "webhook",
    kind: "sensor",
    own: ["every", "token"],
    needsFunction: false,
    example: 'webhook("pushed", { token: { env: "PUSHED_TOKEN" }, assets: [report] })',
  } as const;
  return completeAutomation(form, name, options, webhook, (given, subject, problems) => {
    const env = (given.token as { env?: unknown } | undefined)?.env;
    if (!isVariableName(env)) {
      problems.add(
        `"token" of ${subject} is ${inWords(given.token)}`,
        'Name the variable that holds it, never the token itself: token: { env: "PUSHED_TOKEN" }.',
      );
    }
    return {
      kind: "webhook",
      tokenEnv: env as string,
      everySeconds: completeEvery(given, subject, problems),
    };
  });
}
