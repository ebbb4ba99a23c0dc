// Tables whose rows a reader sorts and filters. Without this script they are plain tables.

const NUMBER = /^[<>]?\s*([+-]?[\d,]*\.?\d+(?:e[+-]?\d+)?)(?=$|[\s%([±])/i;
const FEWEST_ROWS = 6; // that are worth a filter
const MOST_CHOICES = 20;
const alphabet = new Intl.Collator("en", { numeric: true });

/** Return an element with properties and children. */
function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** Return what a cell says, without the letters of its footnotes. */
function text(cell) {
  const own = [...cell.childNodes].filter((node) => node.nodeName !== "SUP");
  return own.map((node) => node.textContent).join("").trim();
}

/** Return the number that a text begins with, as 89.5 of "89.5 [88.9, 90.1]"; NaN without one. */
function number(text) {
  const found = NUMBER.exec(text.replace("−", "-"));
  const below = text.startsWith("<") ? 1e-9 : 0; // "< 0.001" comes before "0.001"
  return found ? Number(found[1].replaceAll(",", "")) - below : NaN;
}

/** Return whether a cell says anything. */
function present(text) {
  return !["", "–"].includes(text);
}

/** Return whether all that a column says is numbers. */
function isNumeric(values) {
  const held = values.filter(present);
  return held.length > 0 && held.every((value) => !Number.isNaN(number(value)));
}

/** Return rows by a column, equal ones in their order and missing values last. */
function sorted(rows, column, sign) {
  const numeric = isNumeric(rows.map((row) => row.texts[column]));
  const compare = numeric ? (a, b) => number(a) - number(b) : alphabet.compare;
  return rows.toSorted((one, other) => {
    const [a, b] = [one.texts[column], other.texts[column]];
    if (present(a) && present(b)) return sign * compare(a, b);
    return present(b) - present(a);
  });
}

/** Return the headings of single columns, in order; some stand below one that they share. */
function headings(table) {
  const [above, below] = table.tHead.rows;
  const lower = below ? [...below.cells] : [];
  const under = (cell) => (cell.scope === "colgroup" ? lower.splice(0, cell.colSpan) : [cell]);
  return [...above.cells].flatMap(under);
}

/** Return what a column can be filtered by: its few words that come again and again. */
function choices(rows, column) {
  const values = [...new Set(rows.map((row) => row.texts[column]))].filter(present);
  const few = values.length > 1 && values.length <= Math.min(MOST_CHOICES, rows.length / 2);
  return few && !isNumeric(values) ? values.sort(alphabet.compare) : [];
}

/** Let a table be sorted by its headings, and filtered by a text and by choices above it. */
function prepare(table) {
  const rows = [...table.tBodies].flatMap((body) =>
    [...body.rows].map((row) => ({ row, body, texts: [...row.cells].map(text) })),
  );
  const columns = headings(table);
  const filters = rows.length < FEWEST_ROWS ? [] : controls(table, columns, rows);
  let by = { column: -1, sign: 0 };

  function show() {
    const order = by.sign ? sorted(rows, by.column, by.sign) : rows;
    for (const { row, body } of order) (by.sign ? table.tBodies[0] : body).append(row);
    let shown = 0;
    for (const { row, texts } of rows) {
      row.hidden = !filters.every((filter) => filter.passes(texts));
      shown += !row.hidden;
    }
    table.classList.toggle("rearranged", by.sign !== 0 || shown < rows.length);
    filters.forEach((filter) => filter.told?.(shown));
    columns.forEach((heading, column) => {
      const word = column === by.column && { 1: "ascending", [-1]: "descending" }[by.sign];
      if (word) heading.ariaSort = word;
      else heading.removeAttribute("aria-sort");
    });
  }

  filters.forEach(({ control }) => control.addEventListener("input", show));
  columns.forEach((heading, column) => {
    if (rows.length < 2 || !text(heading)) return;
    const button = element("button", { type: "button" }, ...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const next = { 0: 1, 1: -1, [-1]: 0 }; // ascending, descending, as it was
      by = { column, sign: column === by.column ? next[by.sign] : 1 };
      show();
    });
  });
}

/** Put a text field and choices above a table, and return them with what passes each. */
function controls(table, columns, rows) {
  const status = element("span", { role: "status" });
  const search = element("input", { type: "search", placeholder: "Filter rows" });
  search.ariaLabel = "Filter rows";
  const found = [
    {
      control: search,
      passes: (texts) => texts.join("\n").toLowerCase().includes(search.value.toLowerCase().trim()),
      told: (shown) => {
        status.textContent = shown < rows.length ? `${shown} of ${rows.length} rows` : "";
      },
    },
  ];
  const bar = element("div", { className: "filter", role: "group" }, search);
  bar.ariaLabel = `Filter: ${table.parentElement.ariaLabel}`;
  columns.forEach((heading, column) => {
    const values = choices(rows, column);
    if (!values.length) return;
    const options = values.map((value) => element("option", { value }, value));
    const select = element("select", {}, element("option", { value: "all" }, "all"), ...options);
    bar.append(element("label", {}, `${text(heading)} `, select));
    const passes = (texts) => select.selectedIndex === 0 || texts[column] === select.value;
    found.push({ control: select, passes });
  });
  bar.append(status);
  table.parentElement.before(bar);
  return found;
}

document.querySelectorAll(".scroll > table").forEach(prepare);
