// Figures whose marks say their values: where a reader points, and to the arrow keys. Without this
// script a browser shows the title of a mark.

const REACH = 24; // pixels from a mark at which a pointer means it
const box = document.createElement("div");
let current = null;

/** Show what a mark says in the box beside it; nothing for null. */
function tell(mark) {
  if (mark === current) return;
  current?.classList.remove("current");
  current = mark;
  if (!mark) {
    box.hidden = true;
    return;
  }
  mark.classList.add("current");
  const [heading, ...lines] = mark.ariaLabel.split("\n");
  const values = document.createElement("dl");
  for (const line of lines) {
    const [, key, value] = /^(.*?): (.*)$/.exec(line) ?? [line, "", line];
    for (const [name, text] of [["dt", key], ["dd", value]]) {
      values.append(Object.assign(document.createElement(name), { textContent: text }));
    }
  }
  const strong = Object.assign(document.createElement("strong"), { textContent: heading });
  box.replaceChildren(strong, values);
  place();
}

/** Put the box right of the current mark, or left of it; hide it while the mark is out of sight. */
function place() {
  if (!current) return;
  const mark = current.getBoundingClientRect();
  box.hidden = mark.bottom < 0 || mark.top > innerHeight;
  const own = box.getBoundingClientRect();
  const right = mark.right + 12;
  const left = right + own.width < innerWidth ? right : mark.left - own.width - 12;
  box.style.left = `${Math.max(4, left)}px`;
  box.style.top = `${Math.max(4, Math.min(mark.top, innerHeight - own.height - 4))}px`;
}

/** Return the mark nearest to a point of the window; null if none is within reach. */
function nearest(marks, x, y) {
  let [found, least] = [null, REACH];
  for (const mark of marks) {
    const { left, right, top, bottom } = mark.getBoundingClientRect();
    const distance = Math.hypot(Math.max(left - x, 0, x - right), Math.max(top - y, 0, y - bottom));
    if (distance < least) [found, least] = [mark, distance];
  }
  return found;
}

/** Return the nearest mark below another, above it for a sign of -1; itself if there is none. */
function beyond(marks, from, sign) {
  const middle = (mark) => {
    const { x, y, width, height } = mark.getBoundingClientRect();
    return [x + width / 2, y + height / 2];
  };
  const [x, y] = middle(from);
  let [found, least] = [from, Infinity];
  for (const mark of marks) {
    const [otherX, otherY] = middle(mark);
    const along = sign * (otherY - y);
    const distance = along + 2 * Math.abs(otherX - x);
    if (along > 1 && distance < least) [found, least] = [mark, distance];
  }
  return found;
}

/** Return the mark that a key leads to; undefined for other keys. */
function reached(marks, from, key) {
  const at = marks.indexOf(from);
  const leads = {
    ArrowRight: () => marks[Math.min(at + 1, marks.length - 1)],
    ArrowLeft: () => marks[Math.max(at - 1, 0)],
    ArrowDown: () => beyond(marks, from, 1),
    ArrowUp: () => beyond(marks, from, -1),
    Home: () => marks[0],
    End: () => marks.at(-1),
  };
  return leads[key]?.();
}

/** Let a figure answer. Its marks are one stop of the Tab key together. */
function prepareFigure(svg) {
  const marks = [...svg.querySelectorAll(".mark")];
  if (!marks.length) return;
  for (const mark of marks) {
    const title = mark.querySelector(":scope > title");
    mark.setAttribute("role", "img");
    mark.ariaLabel = title.textContent;
    mark.tabIndex = -1;
    title.remove(); // the box stands in for what the browser shows of it
  }
  marks[0].tabIndex = 0;
  svg.parentElement.removeAttribute("tabindex");
  svg.parentElement.previousElementSibling.hidden = false;
  svg.addEventListener("pointermove", ({ clientX, clientY }) => tell(nearest(marks, clientX, clientY)));
  svg.addEventListener("pointerdown", ({ clientX, clientY }) => tell(nearest(marks, clientX, clientY)));
  svg.addEventListener("pointerleave", () => tell(null));
  svg.addEventListener("focusout", () => tell(null));
  svg.addEventListener("focusin", ({ target }) => {
    marks.forEach((mark) => (mark.tabIndex = mark === target ? 0 : -1));
    tell(target);
  });
  svg.addEventListener("keydown", (event) => {
    const next = reached(marks, event.target, event.key);
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
}

box.id = "values";
box.hidden = true;
box.ariaHidden = "true"; // a mark's label says the same
document.body.append(box);
document.querySelectorAll(".figure > svg").forEach(prepareFigure);
addEventListener("scroll", place, { capture: true, passive: true });
addEventListener("keydown", ({ key }) => key === "Escape" && tell(null));
