// The keyboard: j/k move through [data-nx-rows], Enter opens, / searches, g h goes home, ? helps, Ctrl+Enter sends.
function typing(target) {
  return target.closest("input,textarea,select,[contenteditable]") !== null;
}

function rows() {
  return [...document.querySelectorAll("[data-nx-rows] > *, table[data-nx-rows] > tbody > tr")].filter(
    (row) => row.tagName !== "TBODY" && row.tagName !== "THEAD" && row.querySelector("a"),
  );
}

function move(by) {
  const all = rows();
  if (!all.length) return;
  const at = all.findIndex((row) => row.classList.contains("nx-marked"));
  const next = all[Math.max(0, Math.min(all.length - 1, at < 0 ? 0 : at + by))];
  all.forEach((row) => row.classList.toggle("nx-marked", row === next));
  (next.querySelector("a[data-nx-open]") ?? next.querySelector("a")).focus();
  next.scrollIntoView({ block: "nearest" });
}

export function start() {
  const help = document.getElementById("nx-help");
  let led = 0;
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-nx-help]")) help?.showModal();
  });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
      event.target.closest("form")?.requestSubmit();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || help?.open) return;
    if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else if (event.key === "?") help?.showModal();
    else if (event.key === "/") {
      const search = document.querySelector("[data-nx-search], [role=search] input:not([type=hidden]), [role=search] select");
      if (search) { event.preventDefault(); search.focus(); }
    } else if (event.key === "h" && Date.now() - led < 1500) location.assign(document.body.dataset.nxHome ?? "/");
    led = event.key === "g" ? Date.now() : 0;
  });
}
