// The review pile by keyboard: each control marked data-people-key answers to its letter.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.target.closest("input,textarea,select,[contenteditable],dialog[open]")) return;
  const control = document.querySelector(`[data-people-key="${CSS.escape(event.key)}"]`);
  if (!control) return;
  event.preventDefault();
  control.click();
});
