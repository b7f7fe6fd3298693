// Dark or light, normal or large type: kept in a cookie so that the server already sends the page that way.
const YEAR = 365 * 86400;

function keep(name, value) {
  document.cookie = `${name}=${value}; path=/; max-age=${YEAR}; samesite=lax`;
}

export function start() {
  const root = document.documentElement;
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-nx-theme]")) {
      const next = root.dataset.bsTheme === "dark" ? "light" : "dark";
      root.dataset.bsTheme = next;
      keep("nanxi_theme", next);
    }
    const type = event.target.closest("[data-nx-type]");
    if (type && type !== root) {
      const large = root.dataset.nxType !== "large";
      if (large) root.dataset.nxType = "large"; else delete root.dataset.nxType;
      type.setAttribute("aria-pressed", String(large));
      keep("nanxi_type", large ? "large" : "normal");
    }
  });
}
