// Menu on narrow screens, closing of messages, back and print buttons, one submission per form.
export function start() {
  document.addEventListener("click", (event) => {
    const at = event.target.closest("[data-nx-menu],[data-nx-close],[data-nx-back],[data-nx-print]");
    if (!at) return;
    if ("nxMenu" in at.dataset) {
      const open = at.getAttribute("aria-expanded") !== "true";
      at.setAttribute("aria-expanded", String(open));
      document.getElementById("nx-side")?.classList.toggle("nx-open", open);
    }
    if ("nxClose" in at.dataset) at.parentElement.remove();
    if ("nxBack" in at.dataset) history.back();
    if ("nxPrint" in at.dataset) window.print();
  });
  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button || event.defaultPrevented || event.target.method === "get") return;
    // The server's key makes a second click harmless; this only shows that the first one counted.
    setTimeout(() => { button.disabled = true; }, 0);
    setTimeout(() => { button.disabled = false; }, 4000);
  });
  window.addEventListener("pageshow", () => {
    for (const button of document.querySelectorAll("button[disabled][type=submit]")) button.disabled = false;
  });
  document.querySelector(".nx-summary")?.focus();
  reach();
  document.addEventListener("htmx:after:swap", reach);
}

// A table that is pushed sideways must be reachable by keyboard; one with links or buttons in it already is.
function reach() {
  for (const box of document.querySelectorAll(".table-responsive, .nx-scroll")) {
    if (!box.querySelector("a, button, input, select, summary")) box.tabIndex = 0;
  }
}
