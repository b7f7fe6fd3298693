// On a phone each row of a table stands as a card whose cells say their heading. Without this a table is pushed sideways.
// The roles keep it a table for whoever listens to it.
function stack(table) {
  const heads = [...table.tHead.rows[0].cells].map((cell) => cell.textContent.trim());
  if ([...table.rows].some((row) => [...row.cells].some((cell) => cell.colSpan > 1 && cell.colSpan < heads.length))) return;
  table.setAttribute("role", "table");
  for (const row of table.rows) {
    row.setAttribute("role", "row");
    for (const [place, cell] of [...row.cells].entries()) {
      if (row.parentElement === table.tHead) cell.setAttribute("role", "columnheader");
      else {
        cell.setAttribute("role", cell.tagName === "TH" ? "rowheader" : "cell");
        if (cell.colSpan === 1) cell.dataset.nxHead = heads[place] ?? "";
      }
    }
  }
  table.classList.add("nx-cards");
}

export function start() {
  const all = () => {
    for (const table of document.querySelectorAll(".table-responsive > table")) if (table.tHead?.rows.length === 1) stack(table);
  };
  all();
  document.addEventListener("htmx:after:swap", all);
}
