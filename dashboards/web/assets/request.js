// The request form: posts JSON, shows every wrong field of the answer beside its input, lists and withdraws the
// organisation's own requests. The key stays in sessionStorage.
"use strict";
(function () {
  const text = JSON.parse(document.getElementById("request-text").textContent);
  const say = (key, ...args) => args.reduce((s, a, i) => s.replace("{" + i + "}", a), text[key]);
  const form = document.getElementById("request-form"), summary = document.getElementById("form-summary");
  const list = document.getElementById("mine"), status = document.getElementById("mine-status");
  const submit = document.getElementById("f-submit"), cancel = document.getElementById("f-cancel");
  const fields = ["key", "skill", "heads", "needed_by", "tier", "region", "industry", "note"];
  const input = (name) => document.getElementById("f-" + name);
  const store = "gapwatch-key", api = "/api/v1/requests";
  let editing = "", attempt = null;

  input("key").value = sessionStorage.getItem(store) || "";
  input("key").addEventListener("change", () => sessionStorage.setItem(store, input("key").value.trim()));

  function clearErrors() {
    summary.hidden = true;
    summary.replaceChildren();
    for (const name of fields) {
      input(name).removeAttribute("aria-invalid");
      document.getElementById("e-" + name).hidden = true;
    }
  }

  function show(title, errors, good) {
    summary.classList.toggle("good", Boolean(good));
    const head = document.createElement("strong");
    head.textContent = title;
    summary.replaceChildren(head);
    if (errors.length) {
      const ul = document.createElement("ul");
      for (const { name, message } of errors) {
        const li = document.createElement("li");
        if (fields.includes(name)) {
          const a = document.createElement("a");
          a.href = "#f-" + name;
          a.textContent = document.querySelector('label[for="f-' + name + '"]').firstChild.textContent.trim() + ": " + message;
          a.addEventListener("click", (e) => { e.preventDefault(); input(name).focus(); });
          li.append(a);
          const p = document.getElementById("e-" + name);
          p.textContent = message;
          p.hidden = false;
          input(name).setAttribute("aria-invalid", "true");
        } else {
          li.textContent = (name ? name + ": " : "") + message;
        }
        ul.append(li);
      }
      summary.append(ul);
    }
    summary.hidden = false;
    summary.focus();
  }

  function values() {
    const v = { skill: input("skill").value, heads: Number(input("heads").value) };
    for (const name of ["needed_by", "tier", "region", "industry", "note"]) {
      const s = input(name).value.trim();
      if (s) v[name] = s;
    }
    return v;
  }

  function check(v) {
    const wrong = [];
    if (!input("key").value.trim()) wrong.push({ name: "key", message: text.nokey });
    if (!v.skill) wrong.push({ name: "skill", message: text.required });
    if (!Number.isInteger(v.heads) || v.heads < 1 || v.heads > 10000) wrong.push({ name: "heads", message: text.positive });
    if (v.needed_by && v.needed_by < new Date().toISOString().slice(0, 10)) wrong.push({ name: "needed_by", message: text.past });
    return wrong;
  }

  const headers = (more) => Object.assign({ Authorization: "Bearer " + input("key").value.trim(), Accept: "application/json" }, more);

  // fieldOf reads the field out of a location such as body.heads.
  const fieldOf = (location) => (location || "").split(".").pop().replace(/\[.*$/, "");

  async function problem(answer) {
    let p = {};
    try { p = await answer.json(); } catch { /* not JSON: the status says enough */ }
    if (answer.status === 401 || answer.status === 403) return show(text.badkey, [{ name: "key", message: p.detail || text.badkey }]);
    if (answer.status === 409) { attempt = null; return show(p.detail || text.conflict, []); }
    const errors = (p.errors || []).map((e) => ({ name: fieldOf(e.location), message: e.message }));
    if (errors.length) return show(say("errors", errors.length), errors);
    show(say("failed", p.detail || p.title || answer.status), []);
  }

  function reset() {
    const key = input("key").value;
    form.reset();
    input("key").value = key;
    editing = "";
    attempt = null;
    submit.textContent = text.submit;
    cancel.hidden = true;
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clearErrors();
    sessionStorage.setItem(store, input("key").value.trim());
    const v = values(), wrong = check(v);
    if (wrong.length) return show(say("errors", wrong.length), wrong);
    const body = JSON.stringify(v);
    // The same content keeps its idempotency key, so that a second try after a lost answer is not counted twice.
    if (!attempt || attempt.body !== body) attempt = { body, id: randomID() };
    submit.disabled = true;
    try {
      const more = { "Content-Type": "application/json" };
      if (!editing) more["Idempotency-Key"] = attempt.id;
      const answer = await fetch(editing ? api + "/" + encodeURIComponent(editing) : api, { method: editing ? "PUT" : "POST", headers: headers(more), body });
      if (!answer.ok) return await problem(answer);
      const made = await answer.json(), changed = editing !== "";
      reset();
      show(made.state === "held" ? say("wait", made.id) : changed ? text.changed : say("sent", made.id), [], true);
      await load();
    } catch {
      show(text.offline, []);
    } finally {
      submit.disabled = false;
    }
  });

  cancel.addEventListener("click", () => { clearErrors(); reset(); });

  // randomID works on plain http too, where crypto.randomUUID does not exist.
  function randomID() {
    return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
  }

  function edit(r) {
    clearErrors();
    editing = r.id;
    for (const name of ["skill", "heads", "needed_by", "tier", "industry", "note"]) input(name).value = r[name] || "";
    // A stored region may be a city, which the list of provinces does not have.
    const region = input("region");
    if (r.region && ![...region.options].some((o) => o.value === r.region)) region.add(new Option(r.region, r.region));
    region.value = r.region || "";
    submit.textContent = text.save;
    cancel.hidden = false;
    input("heads").focus();
  }

  function entry(r) {
    const li = document.createElement("li");
    const option = [...input("skill").options].find((o) => o.value === r.skill);
    const line = document.createElement("div");
    line.textContent = (option ? option.textContent : r.skill) + " · " + say("heads", r.heads) + (r.needed_by ? " · " + r.needed_by.slice(0, 10) : "");
    li.append(line);
    if (r.withdrawn) {
      li.className = "gone";
      line.textContent += " · " + text.withdrawn;
      return li;
    }
    if (r.state === "held" || r.state === "refused") line.textContent += " · " + text[r.state];
    const button = (label, act) => {
      const b = document.createElement("button");
      b.type = "button";
      b.className = "plain";
      b.textContent = label;
      b.addEventListener("click", act);
      li.append(b);
    };
    if (r.state !== "refused") button(text.edit, () => edit(r));
    button(text.withdraw, async () => {
      if (!window.confirm(text.confirm)) return;
      try {
        const answer = await fetch(api + "/" + encodeURIComponent(r.id), { method: "DELETE", headers: headers({}) });
        if (!answer.ok) return await problem(answer);
        await load();
      } catch {
        show(text.offline, []);
      }
    });
    return li;
  }

  async function load() {
    status.textContent = text.loading;
    const found = [];
    try {
      for (let cursor = ""; ;) {
        const answer = await fetch(api + "?limit=100" + (cursor ? "&cursor=" + encodeURIComponent(cursor) : ""), { headers: headers({}) });
        if (!answer.ok) { status.textContent = ""; return await problem(answer); }
        const page = await answer.json();
        found.push(...page.items);
        cursor = page.next_cursor;
        if (!cursor) break;
      }
    } catch {
      status.textContent = "";
      return show(text.offline, []);
    }
    status.textContent = found.length ? "" : text.none;
    list.replaceChildren(...found.map(entry));
  }

  document.getElementById("mine-load").addEventListener("click", () => {
    clearErrors();
    if (!input("key").value.trim()) return show(say("errors", 1), [{ name: "key", message: text.nokey }]);
    sessionStorage.setItem(store, input("key").value.trim());
    load();
  });
})();
