import type { AssetDetails } from "../../src/model/assetDetails.ts";
import { connect } from "../../src/protocol/channel.ts";
import type { DetailsHost, DetailsSurroundings, DetailsView } from "../../src/protocol/details.ts";
import { compiledText, detailSample } from "./detailSamples.ts";
import { fakeEditor } from "./fakeEditor.ts";

/** The page of one asset with its host, and a sample to show. */
const { port, sample, tell } = fakeEditor("details", "model");
const canRun = sample !== "restricted";
const trail: string[] = [];
let name = sample;
let isKept = false;
const view = connect<DetailsHost, DetailsView>(port, {
  ready: show,
  look(asset) {
    tell(`look at ${asset}`);
    trail.push(name);
    name = name === "model" ? "typescript" : "model";
    show();
  },
  back() {
    name = trail.pop() ?? name;
    show();
  },
  keep(next) {
    isKept = next;
    show();
  },
  act(action) {
    tell(action);
    if (action === "compile") void compile();
    if (action === "runChecks") void run(detailSample(name, Date.now())?.checks.map(it => it.id) ?? []);
    if (action === "materialize") void materialize();
  },
  openRun: runId => tell(`open run ${runId}`),
  runCheck: check => void run([check]),
  openCheck: check => tell(`open ${check}`),
  takeAction: () => tell("take the action that was offered"),
});

await import("../details/main.ts");

function show(): void {
  const details = detailSample(name, Date.now());
  if (details === null) {
    void view.showEmpty(
      "No asset is selected. Select one in the tree, in the lineage, or with the cursor in a file.",
      "Choose an asset",
    );
    return;
  }
  tellPicture(details);
  const hasSql = details.dbt?.resource === "model";
  void view.showSql(
    details.asset,
    hasSql
      ? {
          text: compiledText,
          compiledAt: new Date(Date.now() - 7_200_000).toISOString(),
          ...{ isOutdated: false, isCompiling: false, error: null },
        }
      : null,
  );
}

function tellPicture(details: AssetDetails, more: Partial<DetailsSurroundings> = {}): void {
  const restricted = canRun ? null : "In Restricted Mode no process is started: this is what the files say.";
  const shown = canRun ? details : { ...details, state: null, stalePath: [], history: [] };
  void view.show(shown, {
    ...{ root: "/weather", canRun, isAsking: false, notice: restricted, isKept, canGoBack: trail.length > 0 },
    ...more,
  });
}

async function compile(): Promise<void> {
  const details = detailSample(name, Date.now());
  if (details === null) return;
  const sql = { text: compiledText, compiledAt: null, isOutdated: false, isCompiling: true, error: null };
  await view.showSql(details.asset, sql);
  setTimeout(
    () => view.showSql(details.asset, { ...sql, isCompiling: false, compiledAt: new Date().toISOString() }),
    900,
  );
}

async function run(checks: string[]): Promise<void> {
  tell(`run ${checks.join(", ")}`);
  await view.showRunning(checks);
  setTimeout(() => view.showRunning([]), 900);
}

/** News as they come while it is made: nothing on the page may move. */
async function materialize(): Promise<void> {
  const details = detailSample(name, Date.now());
  if (!details?.state) return;
  const { state } = details;
  const news = (more: Partial<typeof state>) =>
    tellPicture({ ...details, stalePath: [], state: { ...state, reason: null, ...more } });
  news({ state: "queued" });
  setTimeout(() => news({ state: "running", since: new Date().toISOString() }), 300);
  setTimeout(
    () => news({ state: "materialized", materializedAt: new Date().toISOString(), rows: 4812 }),
    2500,
  );
}
