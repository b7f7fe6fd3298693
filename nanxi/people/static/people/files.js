// A file that is too large is named before it is sent; what the sentence says comes with the page.
document.addEventListener("change", (event) => {
  const field = event.target;
  if (!(field instanceof HTMLInputElement) || !field.dataset.peopleMost) return;
  const large = [...field.files].find((file) => file.size > Number(field.dataset.peopleMost));
  field.setCustomValidity(large ? `${large.name} ${field.dataset.peopleSays}` : "");
  if (large) field.reportValidity();
});
