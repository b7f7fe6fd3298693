// Sentences of the page's language, written by the server into #nx-words.
export function word(name, number) {
  const text = document.getElementById("nx-words")?.dataset[name] ?? "";
  return number === undefined ? text : text.replace("#", String(number));
}
