// Keeps what is typed in a form on this device until the form has been taken, so that a lost network loses nothing.
// <form data-draft="key" data-draft-kept="words" data-draft-drop="words">; the page after success: [data-draft-done="key"].
const PREFIX = "draft:";
const DAYS_KEPT = 30;

const storage = (() => {
  try {
    localStorage.setItem(`${PREFIX}?`, "");
    localStorage.removeItem(`${PREFIX}?`);
    return localStorage;
  } catch {
    return null;
  }
})();

const worth = (element) =>
  element.name && !element.name.startsWith("_") && !["password", "file", "hidden", "submit", "button"].includes(element.type);

function read(form) {
  return [...form.elements]
    .filter(worth)
    .filter((element) => !["checkbox", "radio"].includes(element.type) || element.checked)
    .map((element) => [element.name, element.value]);
}

function write(form, values) {
  const left = values.map((pair) => [...pair]);
  for (const element of [...form.elements].filter(worth)) {
    if (["checkbox", "radio"].includes(element.type)) {
      element.checked = values.some(([name, value]) => name === element.name && value === element.value);
      continue;
    }
    const index = left.findIndex(([name]) => name === element.name);
    if (index >= 0) element.value = left.splice(index, 1)[0][1];
  }
}

function tell(form, drop) {
  const note = document.createElement("div");
  note.className = "notice";
  note.setAttribute("role", "status");
  const words = document.createElement("p");
  words.textContent = form.dataset.draftKept;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "link";
  button.textContent = form.dataset.draftDrop;
  button.addEventListener("click", () => {
    drop();
    note.remove();
  });
  note.append(words, button);
  form.before(note);
}

function keep(form) {
  const key = PREFIX + form.dataset.draft;
  const asServed = read(form);
  // After a refusal the server has shown the values again, and they are newer than ours.
  const refused = document.querySelector(".error-summary") !== null;
  let timer = 0;

  try {
    const draft = JSON.parse(storage.getItem(key) || "null");
    if (draft && Date.now() - draft.at > DAYS_KEPT * 86_400_000) storage.removeItem(key);
    else if (draft && !refused && JSON.stringify(draft.values) !== JSON.stringify(asServed)) {
      write(form, draft.values);
      tell(form, () => {
        storage.removeItem(key);
        write(form, asServed);
      });
    }
  } catch {
    storage.removeItem(key);
  }

  const save = () => {
    try {
      storage.setItem(key, JSON.stringify({ at: Date.now(), values: read(form) }));
    } catch {
      // The storage is full: the form goes on without a draft.
    }
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(save, 300);
  });
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    save();
  });
}

if (storage) {
  for (const done of document.querySelectorAll("[data-draft-done]")) storage.removeItem(PREFIX + done.dataset.draftDone);
  for (const form of document.querySelectorAll("form[data-draft]")) keep(form);
}
