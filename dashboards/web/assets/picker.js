// A picker of skills on a text field (the combobox of the ARIA Authoring Practices): the server looks up what is typed, by
// any name, alias or pinyin. Without this script the field takes a name as text, which the server resolves as well.
"use strict";
function skillPicker(input, text) {
  const english = document.documentElement.lang.startsWith("en");
  const nameOf = (s) => (english ? s.name_en : s.name_zh) || s.name_en || s.id;
  const list = document.createElement("ul"), told = document.createElement("p");
  list.id = input.id + "-list";
  list.className = "picker";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", text["picker.list"]);
  told.className = "vh";
  told.setAttribute("role", "status");
  input.after(list, told);
  for (const [name, value] of [["role", "combobox"], ["autocomplete", "off"], ["aria-autocomplete", "list"], ["aria-expanded", "false"], ["aria-controls", list.id]])
    input.setAttribute(name, value);
  let chosen = null, found = [], active = -1, asking = null;

  function close() {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function choose(skill) {
    chosen = skill;
    input.value = nameOf(skill);
    close();
    input.dispatchEvent(new CustomEvent("pick", { detail: skill }));
  }

  function mark(at) {
    active = at;
    [...list.children].forEach((li, i) => li.setAttribute("aria-selected", String(i === at)));
    input.setAttribute("aria-activedescendant", list.children[at].id);
    list.children[at].scrollIntoView({ block: "nearest" });
  }

  function offer() {
    list.replaceChildren(...found.map((skill, i) => {
      const li = document.createElement("li"), name = document.createElement("span"), other = document.createElement("span");
      li.id = list.id + "-" + i;
      li.setAttribute("role", "option");
      li.setAttribute("aria-selected", "false");
      name.textContent = nameOf(skill);
      other.className = "other";
      const also = skill.matched && skill.matched !== nameOf(skill) ? skill.matched : english ? skill.name_zh : skill.name_en;
      if (also !== nameOf(skill)) other.textContent = also;
      li.append(name, other);
      li.addEventListener("pointerdown", (e) => { e.preventDefault(); choose(skill); });
      return li;
    }));
    told.textContent = found.length ? text["picker.found"].replace("{0}", found.length) : text["picker.none"];
    list.hidden = found.length === 0;
    active = -1;
    input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-expanded", String(found.length > 0));
  }

  async function look() {
    if (asking) asking.abort();
    const typed = input.value.trim();
    if (!typed) return close();
    asking = new AbortController();
    try {
      const answer = await fetch("/api/v1/skills?limit=8&q=" + encodeURIComponent(typed), { signal: asking.signal, headers: { Accept: "application/json" } });
      if (!answer.ok) return close(); // the text itself can still be sent
      found = (await answer.json()).items;
      if (document.activeElement === input) offer();
    } catch { /* another letter was typed, or the server is away */ }
  }

  let wait = 0;
  input.addEventListener("input", () => {
    chosen = null;
    clearTimeout(wait);
    wait = setTimeout(look, 120);
  });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (e) => {
    const open = !list.hidden;
    if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      e.preventDefault();
      if (!open) return void look();
      const step = e.key === "ArrowDown" ? 1 : -1;
      mark(active < 0 && step < 0 ? found.length - 1 : (active + step + found.length) % found.length);
    } else if (e.key === "Enter" && open && active >= 0) {
      e.preventDefault();
      choose(found[active]);
    } else if (e.key === "Escape" && open) {
      e.preventDefault();
      close();
    }
  });

  return {
    // value is the id of what was chosen, or what is written.
    get value() { return chosen && input.value === nameOf(chosen) ? chosen.id : input.value.trim(); },
    set(skill) { chosen = skill; input.value = skill ? nameOf(skill) : ""; },
    nameOf,
  };
}
