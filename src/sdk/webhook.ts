import type { OpenedResources } from "./assetOptions.ts";
import type { AutomationDefinition } from "./automationDefinition.ts";
import {
  completeAutomation,
  completeEvery,
  isVariableName,
  type NamedResources,
  type NoResources,
  type PolledOptions,
} from "./automationParts.ts";
import type { WebhookContext } from "./sensorContext.ts";

export interface WebhookOptions<Resources extends NamedResources = NoResources>
  extends PolledOptions<WebhookContext<OpenedResources<Resources>>, Resources> {
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
export function webhook<const Resources extends NamedResources = NoResources>(
  name: string,
  options: WebhookOptions<Resources>,
): AutomationDefinition {
  const form = {
    definer: "webhook",
    kind: "sensor",
    needsFunction: false,
    example: 'webhook("pushed", { token: { env: "PUSHED_TOKEN" }, assets: [report] })',
  } as const;
  return completeAutomation(form, name, options, webhook, (given, subject, problems) => {
    const env = (given.token as { env?: unknown } | undefined)?.env;
    if (!isVariableName(env)) {
      problems.add(
        // What stands there may be the token itself: it is not repeated.
        `"token" of ${subject} names no environment variable`,
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
