// An extension of JupyterLab: after each code cell, the numbers in a page's text are asked from the kernel.
//
// jupyterlab-myst shows what a text cell's metadata says that its expressions are worth, and asks the kernel itself
// only when that cell is run, which for a page's first lines is too soon. `kvlive.settings` installs this file as it
// is; the few lines at its end are what JupyterLab's module loader wants of an extension.

"use strict";
{
  const asked = new WeakSet(); // the notebooks whose kernel has not answered yet

  function expressionsOf(cell) {
    const known = cell.model.getMetadata("kvlive")?.expressions ?? [];
    return known.filter((expression) => cell.model.sharedModel.getSource().includes(expression));
  }

  async function valuesOf(kernel, expressions) {
    const numbered = Object.fromEntries(expressions.map((expression, number) => [number, expression]));
    const reply = await kernel.requestExecute({ code: "", silent: true, user_expressions: numbered }).done;
    return reply.content.status === "ok" ? reply.content.user_expressions : {};
  }

  async function refresh(panel) {
    const kernel = panel?.sessionContext.session?.kernel;
    const cells = panel?.content.widgets.filter((cell) => cell.model.type === "markdown") ?? [];
    const all = [...new Set(cells.flatMap(expressionsOf))];
    // The kernel answers in turn: what it has been asked comes after all cells that are waiting to run.
    if (!kernel || !all.length || asked.has(panel)) return;
    asked.add(panel);
    const values = await valuesOf(kernel, all).finally(() => asked.delete(panel));
    for (const cell of cells) {
      const mine = expressionsOf(cell).filter((expression) => values[all.indexOf(expression)]);
      const shown = mine.map((expression) => ({ expression, result: values[all.indexOf(expression)] }));
      const before = cell.model.getMetadata("user_expressions");
      if (mine.length && JSON.stringify(before) !== JSON.stringify(shown)) {
        cell.model.setMetadata("user_expressions", shown);
      }
    }
  }

  function activate(app, tracker, { NotebookActions }) {
    const panelOf = (notebook) => tracker.find((panel) => panel.content === notebook);
    NotebookActions.executed.connect((_, { notebook, cell }) => {
      if (cell.model.type === "code") refresh(panelOf(notebook));
    });
    tracker.widgetAdded.connect(async (_, panel) => {
      await Promise.all([panel.context.ready, panel.sessionContext.ready]);
      await refresh(panel); // a kernel that still runs from an earlier visit has the numbers already
    });
  }

  let shared;
  const load = async (name) => (await Object.values(shared[name])[0].get())();
  const plugin = async () => {
    const notebook = await load("@jupyterlab/notebook");
    const start = (app, tracker) => activate(app, tracker, notebook);
    return { id: "kvlive:numbers", autoStart: true, requires: [notebook.INotebookTracker], activate: start };
  };
  globalThis._JUPYTERLAB ??= {};
  globalThis._JUPYTERLAB.kvlive = {
    init: (scope) => void (shared = scope),
    get: async () => {
      const only = await plugin();
      return () => only;
    },
  };
}
