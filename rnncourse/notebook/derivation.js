// The derivation under its cell: mathematics, what does not fit, what is still to write.
// The text comes from the cell's own editor, so it follows the typing; Python reads it and answers with `view`.

const WAIT = 120; // ms after the last change

function element(tag, name, text) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text !== undefined) made.textContent = text;
  return made;
}

function mathematics(name, mathml) {
  const made = element("div", name);
  made.innerHTML = mathml; // made by typeset.py from the exercise's own symbols; nothing typed is in it
  return made;
}

// the student's line, the piece that is meant underlined
function source(line) {
  const made = element("code", "rd-source");
  made.append(line.before);
  if (line.piece) made.append(element("mark", "", line.piece));
  made.append(line.after);
  return made;
}

const MARKS = { fits: "", wrong: "!", unasked: "?" };
const WORDS = { fits: "reads, shapes fit", wrong: "does not fit", unasked: "not asked for" };

function row(line) {
  const made = element("li", `rd-line rd-${line.state}`);
  const mark = element("span", "rd-mark", MARKS[line.state]);
  mark.setAttribute("role", "img");
  mark.setAttribute("aria-label", WORDS[line.state]);
  const body = element("div", "rd-body");
  if (line.mathml) body.append(mathematics("rd-math", line.mathml));
  if (line.message) {
    const said = element("div", "rd-said");
    if (line.before || line.piece) said.append(source(line));
    said.append(element("div", "rd-message", line.message));
    body.append(said);
  }
  made.append(mark, body);
  return made;
}

function chip(step) {
  const made = element("li", `rd-chip rd-${step.state}`);
  made.append(mathematics("", step.mathml));
  const word = { fits: "written", wrong: "has a mistake in form", missing: "missing" }[step.state];
  made.title = `${step.target}: ${step.description} (${step.optional ? "helper, " : ""}${word})`;
  made.append(element("span", "rd-hidden", word));
  return made;
}

function draw(el, view, live) {
  const lines = element("ol", "rd-lines");
  lines.append(...view.lines.map(row));
  const asked = view.steps.filter((s) => !s.optional || s.state !== "missing");
  const count = asked.filter((s) => s.state === "fits" && !s.optional).length;
  const all = asked.filter((s) => !s.optional).length;
  const steps = element("ul", "rd-steps");
  steps.append(...asked.map(chip));
  const foot = element("div", "rd-foot");
  const wrong = view.lines.filter((l) => l.state === "wrong").length;
  const open = wrong ? `, ${wrong} line${wrong > 1 ? "s do" : " does"} not fit` : "";
  const status = element("div", "rd-status", `${count} of ${all} steps written${open}`);
  status.setAttribute("role", "status");
  const how = live ? "follows your typing" : "run the cell to refresh";
  foot.append(status, element("div", "rd-how", `this looks at form, check() at values · ${how}`));
  const parts = view.lines.length ? [lines] : [element("p", "rd-empty", "Nothing is written yet.")];
  el.replaceChildren(...parts, steps, foot);
}

// CodeMirror draws only what is in view; its own document, where it can be reached, is whole
function textOf(content) {
  const editor = content.cmView?.view ?? content.cmView?.rootView?.view ?? content.cmTile?.view;
  if (editor?.state?.doc) return editor.state.doc.toString();
  return [...content.querySelectorAll(".cm-line")].map((l) => l.textContent).join("\n");
}

function render({ model, el }) {
  el.classList.add("rnncourse-derivation");
  let content = null;
  let timer = 0;
  const show = () => draw(el, model.get("view"), content !== null);
  const send = () => {
    const [first, ...rest] = textOf(content).split("\n");
    const header = first.match(/^\s*%%derivation\s+(\S+)/);
    if (header?.[1] !== model.get("exercise")) return; // another exercise: run the cell
    const text = rest.join("\n");
    if (text === model.get("text")) return;
    model.set("text", text);
    model.save_changes();
  };
  const watch = new MutationObserver(() => {
    clearTimeout(timer);
    timer = setTimeout(send, WAIT);
  });
  // Jupyter takes editors out of the page that are far from view and makes them anew
  const find = () => {
    if (content?.isConnected) return;
    const found = el.closest(".jp-Cell")?.querySelector(".jp-InputArea .cm-content") ?? null;
    if (found === content) return;
    watch.disconnect();
    content = found;
    if (content) watch.observe(content, { childList: true, subtree: true, characterData: true });
    show();
  };
  model.on("change:view", show);
  show();
  find();
  const looking = setInterval(find, 500);
  return () => {
    clearInterval(looking);
    clearTimeout(timer);
    watch.disconnect();
    model.off("change:view", show);
  };
}

export default { render };
