import { type Disposable, type Event, EventEmitter } from "vscode";
import type { AssetKey } from "../model/assetKey.ts";
import type { Root } from "./root.ts";

/** What somebody chose in a tree or in a picture; whoever shows one asset follows it. */
export interface ChosenAsset extends Disposable {
  readonly onDidChoose: Event<{ readonly root: Root; readonly asset: AssetKey }>;
  choose(root: Root, asset: AssetKey): void;
}

export function createChosenAsset(): ChosenAsset {
  const emitter = new EventEmitter<{ readonly root: Root; readonly asset: AssetKey }>();
  return {
    onDidChoose: emitter.event,
    choose: (root, asset) => emitter.fire({ root, asset }),
    dispose: () => emitter.dispose(),
  };
}
