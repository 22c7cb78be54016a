// Suggestions while typing (combobox pattern of ARIA APG). Without them the form simply searches.
// The address in data-suggest answers ?q= with {"items": [{"text", "url", "kind"}]}; kind is a word for the reader or "".
const WAIT_MS = 150;
const LEAST = 2;

function enhance(form) {
  const input = form.querySelector("input[type=search]");
  const list = document.createElement("ul");
  let items = [];
  let chosen = -1;
  let timer = 0;
  let asked = null;

  list.className = "suggestions";
  list.id = `${input.id}-suggestions`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", form.querySelector("label").textContent);
  list.hidden = true;
  form.append(list);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-expanded", "false");
  input.setAttribute("aria-controls", list.id);

  const close = () => {
    list.hidden = true;
    chosen = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };

  const point = (index) => {
    chosen = (index + items.length) % items.length;
    [...list.children].forEach((row, at) => row.setAttribute("aria-selected", String(at === chosen)));
    input.setAttribute("aria-activedescendant", list.children[chosen].id);
    list.children[chosen].scrollIntoView({ block: "nearest" });
  };

  const show = (found) => {
    items = found;
    list.replaceChildren(
      ...items.map((item, at) => {
        const row = document.createElement("li");
        const text = document.createElement("span");
        text.textContent = item.text;
        row.append(text);
        if (item.kind) {
          const kind = document.createElement("span");
          kind.className = "suggestions__kind";
          kind.textContent = item.kind;
          row.append(kind);
        }
        row.id = `${list.id}-${at}`;
        row.setAttribute("role", "option");
        row.setAttribute("aria-selected", "false");
        row.addEventListener("mousedown", (event) => event.preventDefault());
        row.addEventListener("click", () => location.assign(item.url));
        return row;
      }),
    );
    chosen = -1;
    list.hidden = items.length === 0;
    input.setAttribute("aria-expanded", String(items.length > 0));
  };

  const ask = async () => {
    const text = input.value.trim();
    asked?.abort();
    if (text.length < LEAST && !/[^\u0000-\u024f]/.test(text)) {
      close();
      return;
    }
    asked = new AbortController();
    try {
      const answer = await fetch(`${form.dataset.suggest}?q=${encodeURIComponent(text)}`, {
        headers: { Accept: "application/json" },
        signal: asked.signal,
      });
      if (!answer.ok) return;
      const body = await answer.json();
      if (document.activeElement === input && Array.isArray(body.items)) show(body.items.slice(0, 8));
    } catch {
      // Aborted by newer typing, or no network: searching still works.
    }
  };

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT_MS);
  });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || list.hidden) return;
    if (event.key === "ArrowDown") point(chosen + 1);
    else if (event.key === "ArrowUp") point(chosen < 0 ? items.length - 1 : chosen - 1);
    else if (event.key === "Escape") close();
    else if (event.key === "Enter" && chosen >= 0) location.assign(items[chosen].url);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
}

for (const form of document.querySelectorAll("form[data-suggest]")) enhance(form);
