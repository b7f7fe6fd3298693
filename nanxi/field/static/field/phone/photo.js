// A photo for a visit: made small by drawing it anew, which also leaves behind what the camera wrote into it.
import { make, say } from "./say.js";

const LONG_SIDE = 1280;
const MOST_BYTES = 150_000;
// Above this a cheap phone runs out of memory while it decodes the picture.
const MOST_CHOSEN = 30_000_000;

export class NoPhoto extends Error {}

export async function small(file) {
  if (file.size > MOST_CHOSEN) throw new NoPhoto(say("photoLarge", Math.round(file.size / 1_000_000)));
  let picture;
  try {
    picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    throw new NoPhoto(say("photoUnread"));
  }
  for (let side = LONG_SIDE; ; side = Math.round(side * 0.75)) {
    const blob = await drawn(picture, side, 0.7);
    if (blob.size <= MOST_BYTES || side < 400) {
      picture.close();
      return { key: crypto.randomUUID(), bytes: await blob.arrayBuffer() };
    }
  }
}

function drawn(picture, side, quality) {
  const scale = Math.min(1, side / Math.max(picture.width, picture.height));
  const canvas = make("canvas", { width: Math.max(1, Math.round(picture.width * scale)), height: Math.max(1, Math.round(picture.height * scale)) });
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
}

// The control: up to three photos of the visit. `photos` on the element holds what was taken.
export function photoField(name = "") {
  const input = make("input", { type: "file", accept: "image/*", capture: "environment", class: "form-control", id: `photo_${name || "more"}` });
  const note = make("p", { class: "nx-by", role: "status" });
  const field = make("div", { class: "nx-field", "data-field-photos": name }, make("label", { class: "form-label", for: input.id }, say("photo")), input, note);
  field.photos = [];
  input.addEventListener("change", async () => {
    const [file] = input.files;
    input.value = "";
    if (!file) return;
    note.textContent = say("photoWorking");
    try {
      if (!name && field.photos.length >= 3) throw new NoPhoto(say("photoMost"));
      const photo = await small(file);
      if (name) field.photos = [photo]; else field.photos.push(photo);
      note.textContent = say("photoTaken", field.photos.length);
    } catch (problem) {
      if (!(problem instanceof NoPhoto)) throw problem;
      note.textContent = problem.message;
    }
  });
  return field;
}
