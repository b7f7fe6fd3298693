// Sentences of the phone pages in the page's language, written by the server into #field-words.
export function say(name, number) {
  const text = document.getElementById("field-words")?.dataset[name] ?? "";
  return number === undefined ? text : text.replace("#", String(number));
}

export const language = () => (document.documentElement.lang.startsWith("en") ? "en" : "zh");

// <tag class="…" …>parts</tag>; texts are texts, never markup.
export function make(tag, attributes = {}, ...parts) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...parts.filter((part) => part !== null && part !== undefined && part !== false));
  return element;
}
