// A drawing pad: strokes go to Python as lists of [x, y] from 0 to 1; Python inks, keeps and answers.

const SIDE = 280; // pixels on the screen

function element(tag, properties = {}, children = []) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function render({ model, el }) {
  const canvas = element("canvas", { width: SIDE, height: SIDE, className: "pad-canvas" });
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", "Drawing pad: draw with mouse, pen or finger");
  const pen = canvas.getContext("2d");
  let line = null;

  function draw() {
    pen.fillStyle = "#ffffff";
    pen.fillRect(0, 0, SIDE, SIDE);
    pen.lineWidth = SIDE / 22;
    pen.lineCap = pen.lineJoin = "round";
    pen.strokeStyle = "#000000";
    for (const points of [...model.get("strokes"), ...(line ? [line] : [])]) {
      pen.beginPath();
      points.forEach(([x, y]) => pen.lineTo(x * SIDE, y * SIDE));
      if (points.length === 1) pen.lineTo(points[0][0] * SIDE + 0.1, points[0][1] * SIDE);
      pen.stroke();
    }
  }

  function place(event) {
    const box = canvas.getBoundingClientRect();
    const inside = (value) => Math.round(1000 * Math.min(1, Math.max(0, value))) / 1000;
    return [inside((event.clientX - box.left) / box.width), inside((event.clientY - box.top) / box.height)];
  }

  function put(strokes) {
    model.set("strokes", strokes); // a new list: what is changed in place does not travel
    model.save_changes();
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    canvas.setPointerCapture(event.pointerId);
    line = [place(event)];
    draw();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!line) return;
    const several = event.getCoalescedEvents?.() ?? []; // a fast hand makes more than the screen's frames
    for (const each of several.length ? several : [event]) line.push(place(each));
    draw();
  });
  canvas.addEventListener("pointerup", () => {
    if (!line) return;
    const done = line;
    line = null;
    put([...model.get("strokes"), done]);
  });
  canvas.addEventListener("pointercancel", () => {
    line = null;
    draw();
  });

  const name = element("input", { type: "text", size: 12, className: "pad-name" });
  const folder = element("input", { type: "text", size: 16, value: "my_signs", className: "pad-folder" });
  const button = (text, act, title = "") => element("button", { type: "button", textContent: text, title, onclick: act });
  const send = (does, more = {}) => model.send({ does, ...more });
  const add = button("Add as example", () => send("add", { name: name.value }));
  name.addEventListener("keydown", (event) => event.key === "Enter" && add.click());
  const message = element("p", { className: "pad-message" });
  message.setAttribute("aria-live", "polite");
  const examples = element("div", { className: "pad-examples" });
  const answers = element("div", { className: "pad-answers" });

  const picture = (source, text) => element("img", { src: source, alt: text, width: 42, height: 42 });

  function show() {
    draw();
    message.textContent = model.get("message");
    examples.replaceChildren(
      ...model.get("examples").map(({ name: of, pictures }) =>
        element("div", {}, [
          element("b", { textContent: of }),
          ...pictures.map((source, position) =>
            element("button", {
              type: "button",
              title: `take this example of ${of} away`,
              onclick: () => send("remove", { name: of, position }),
            }, [picture(source, `example ${position + 1} of ${of}`)]),
          ),
        ]),
      ),
    );
    const rows = model.get("answers").map(({ method, label, shares, nearest }) =>
      element("tr", {}, [
        element("th", { textContent: method, scope: "row" }),
        element("td", { textContent: label, className: "pad-label" }),
        element("td", { textContent: shares }),
        element("td", {}, [picture(nearest, `the example of ${label} most like it to ${method}`)]),
      ]),
    );
    const head = ["", "answer", "scores, as shares", "most like"].map((text) => element("th", { textContent: text }));
    answers.replaceChildren(...(rows.length ? [element("table", {}, [element("tr", {}, head), ...rows])] : []));
  }

  el.classList.add("mlcourse-pad");
  el.dataset.lmSuppressShortcuts = "true"; // what is typed here is no command of JupyterLab
  el.append(
    element("div", {}, [
      canvas,
      element("div", {}, [
        button("Undo", () => put(model.get("strokes").slice(0, -1))),
        button("Clear", () => put([])),
        button("What is it?", () => send("ask")),
      ]),
      element("div", {}, [element("label", {}, ["class ", name]), add]),
      element("div", {}, [
        element("label", {}, ["folder ", folder]),
        button("Keep", () => send("keep", { folder: folder.value })),
        button("Load", () => send("load", { folder: folder.value })),
      ]),
      message,
    ]),
    element("div", {}, [examples, answers]),
  );
  const followed = ["strokes", "message", "examples", "answers"].map((trait) => `change:${trait}`);
  followed.forEach((event) => model.on(event, show));
  show();
  return () => followed.forEach((event) => model.off(event, show));
}

export default { render };
