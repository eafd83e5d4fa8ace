import { Disposable, Uri, ViewColumn, type WebviewPanel, window } from "vscode";

/** A picture in a panel among the editors, of which there is one at the most; it comes back when the window is reloaded. */
export interface SinglePanel<Picture> extends Disposable {
  /** Opens the panel, or brings it to the front; beside the text that somebody looks at, when that is said. */
  open(beside?: boolean): Picture;
}

export function registerSinglePanel<Picture>(
  panelType: string,
  title: string,
  extensionUri: Uri,
  draw: (view: WebviewPanel) => Picture,
): SinglePanel<Picture> {
  let panel: { readonly view: WebviewPanel; readonly picture: Picture } | undefined;
  const registration = window.registerWebviewPanelSerializer(panelType, {
    async deserializeWebviewPanel(restored) {
      adopt(restored);
    },
  });
  return {
    open(beside = false) {
      if (panel === undefined) {
        const column = beside ? ViewColumn.Beside : ViewColumn.Active;
        const place = { viewColumn: column, preserveFocus: beside };
        return adopt(window.createWebviewPanel(panelType, title, place, {}));
      }
      panel.view.reveal(undefined, beside);
      return panel.picture;
    },
    dispose: () => Disposable.from(registration).dispose(),
  };

  function adopt(view: WebviewPanel): Picture {
    view.title = title;
    const icon = (theme: string) => Uri.joinPath(extensionUri, "media", `millrace-${theme}.svg`);
    view.iconPath = { light: icon("light"), dark: icon("dark") };
    const picture = draw(view);
    panel = { view, picture };
    view.onDidDispose(() => {
      if (panel?.view === view) panel = undefined;
    });
    return picture;
  }
}
