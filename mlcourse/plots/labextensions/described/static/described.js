// For who listens to JupyterLab: a figure's caption is its text alternative, and a slider's name its label.
// JupyterLab itself gives pictures no alternative, whatever their metadata say. This is a plugin of it, without a build.

function draws(outputs) {
  return Array.from({ length: outputs?.length ?? 0 }, (_, i) => outputs.get(i)).some(({ data }) => "image/png" in data);
}

// The text of the first caption below a cell, as teaching/captions.py takes it.
function caption(cells, position) {
  for (const cell of cells.slice(position + 1)) {
    const source = cell.model.sharedModel.getSource();
    if (cell.model.type === "markdown" && source.startsWith("*Figure"))
      return source.split("\n\n")[0].replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/[*`$\\]/g, "").replace(/\s+/g, " ").trim();
    if (draws(cell.model.outputs)) break; // the next figure
  }
  return "";
}

function describe(shell) {
  for (const panel of shell.widgets("main")) {
    const cells = panel.content?.widgets ?? [];
    cells.forEach((cell, position) => {
      const text = draws(cell.model?.outputs) && caption(cells, position);
      for (const picture of text ? cell.node.querySelectorAll(".jp-RenderedImage img") : []) picture.alt = text;
    });
  }
  for (const { textContent: name, parentElement: control } of document.querySelectorAll("label.widget-label")) {
    const handles = [...control.querySelectorAll("[role=slider]")];
    const ends = handles.length > 1 ? [`${name}, from`, `${name}, to`] : [name];
    handles.forEach((handle, i) => handle.setAttribute("aria-label", ends[i]));
    if (control.matches(".widget-toggle-buttons")) {
      control.setAttribute("role", "group");
      control.setAttribute("aria-label", name);
    }
  }
}

function activate(app) {
  let soon = null; // once for many changes
  const now = () => {
    soon = null;
    describe(app.shell);
  };
  new MutationObserver(() => (soon ??= setTimeout(now, 200))).observe(document.body, { childList: true, subtree: true });
}

const plugin = { id: "described:plugin", autoStart: true, activate };
window._JUPYTERLAB = window._JUPYTERLAB ?? {};
window._JUPYTERLAB.described = { init: () => {}, get: async () => () => ({ __esModule: true, default: plugin }) };
