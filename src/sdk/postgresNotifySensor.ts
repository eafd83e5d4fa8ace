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
import { inWords } from "./inWords.ts";
import type { NotifySensorContext } from "./sensorContext.ts";

export interface PostgresNotifySensorOptions<Resources extends NamedResources = NoResources>
  extends PolledOptions<NotifySensorContext<OpenedResources<Resources>>, Resources> {
  /** The channel of NOTIFY. */
  readonly channel: string;
  /** Another database than that of the state: the environment variable that holds its URL. */
  readonly database?: { readonly env: string };
}

/**
 * Declares a sensor that is called when somebody sends NOTIFY in PostgreSQL, and every now and then. What is sent
 * while nobody listens is lost, so it is also called as soon as the daemon listens, at its start and after a lost
 * connection, with `mayHaveMissed`: whoever keeps a cursor misses nothing. Without a function it requests its assets:
 * for what was sent, and for what may have been missed.
 *
 * @example
 * export const ordersChanged = postgresNotifySensor("orders_changed", {
 *   channel: "orders",
 *   assets: [orders],
 *   run: async ({ notifications, mayHaveMissed, cursor, setCursor }) => {
 *     if (notifications.length === 0 && !mayHaveMissed) return;
 *     const newest = await newestOrderAfter(cursor);
 *     if (newest === null) return skip(`no order after ${cursor}`);
 *     setCursor(newest);
 *     return runRequest({ key: newest });
 *   },
 * });
 */
export function postgresNotifySensor<const Resources extends NamedResources = NoResources>(
  name: string,
  options: PostgresNotifySensorOptions<Resources>,
): AutomationDefinition {
  const form = {
    definer: "postgresNotifySensor",
    kind: "sensor",
    needsFunction: false,
    example: 'postgresNotifySensor("orders_changed", { channel: "orders", assets: [orders] })',
  } as const;
  return completeAutomation(form, name, options, postgresNotifySensor, (given, subject, problems) => {
    const { channel, database } = given;
    if (typeof channel !== "string" || channel === "" || channel.length > 63) {
      problems.add(`The channel of ${subject} is ${inWords(channel)}`, 'Write channel: "orders".');
    }
    const env = database === undefined ? null : (database as { env?: unknown } | null)?.env;
    if (env !== null && !isVariableName(env)) {
      problems.add(
        // What stands there may be a URL with its password: it is not repeated.
        `"database" of ${subject} names no environment variable`,
        'Name the variable that holds its URL, never the URL: database: { env: "ORDERS_URL" }.',
      );
    }
    return {
      kind: "notify",
      channel: channel as string,
      databaseEnv: env as string | null,
      everySeconds: completeEvery(given, subject, problems),
    };
  });
}
