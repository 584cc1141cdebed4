// For who listens to JupyterLab: a figure's caption is its text alternative, and a slider's name its label.
// JupyterLab itself gives pictures no alternative, whatever their metadata say. This is a plugin of it, without a build.

// The text of the first caption below a cell, as teaching/captions.py takes it.
function caption(cells, position) {
  for (const cell of cells.slice(position + 1)) {
    const source = cell.model.sharedModel.getSource();
    if (cell.model.type === "markdown" && source.startsWith("*Figure"))
      return source.split("\n\n")[0].replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/[*`$\\]/g, "").replace(/\s+/g, " ").trim();
    if (cell.model.type === "code" && cell.node.querySelector(".jp-RenderedImage")) break; // the next figure
  }
  return "";
}

function describe(shell) {
  for (const panel of shell.widgets("main")) {
    const cells = panel.content?.widgets ?? [];
    cells.forEach((cell, position) => {
      for (const picture of cell.node?.querySelectorAll(".jp-RenderedImage img:not([alt])") ?? [])
        picture.alt = caption(cells, position);
    });
  }
  for (const { textContent: name, parentElement: control } of document.querySelectorAll(".widget-label")) {
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
  let soon = 0; // once for many changes
  const changed = () => {
    clearTimeout(soon);
    soon = setTimeout(describe, 200, app.shell);
  };
  new MutationObserver(changed).observe(document.body, { childList: true, subtree: true });
}

const plugin = { id: "described:plugin", autoStart: true, activate };
window._JUPYTERLAB = window._JUPYTERLAB ?? {};
window._JUPYTERLAB.described = { init: () => {}, get: async () => () => ({ __esModule: true, default: plugin }) };
