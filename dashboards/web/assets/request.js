// The request form: posts JSON, shows every wrong field of the answer beside its input, lists and withdraws the
// organisation's own requests.
"use strict";
(function () {
  const { text, say, input, call, clear, show, offline, problem, ready, all, button } = intake;
  const form = document.getElementById("request-form"), list = document.getElementById("mine"), status = document.getElementById("mine-status");
  const submit = document.getElementById("f-submit"), cancel = document.getElementById("f-cancel");
  const api = "/api/v1/requests", picker = skillPicker(input("skill"), text);
  let editing = "", attempt = null;

  // skills are the taxonomy by id, read when the first request is listed.
  let taxonomy = null;
  async function skills() {
    if (!taxonomy) {
      const found = await all("/api/v1/skills?limit=500");
      taxonomy = new Map((found || []).map((s) => [s.id, s]));
    }
    return taxonomy;
  }

  function values() {
    const v = { skill: picker.value, heads: Number(input("heads").value) };
    for (const name of ["needed_by", "tier", "region", "industry", "note"]) {
      const s = input(name).value.trim();
      if (s) v[name] = s;
    }
    return v;
  }

  function check(v) {
    const wrong = [];
    if (!intake.key.value.trim()) wrong.push({ name: "key", message: text.nokey });
    if (!v.skill) wrong.push({ name: "skill", message: text.required });
    if (!Number.isInteger(v.heads) || v.heads < 1 || v.heads > 10000) wrong.push({ name: "heads", message: text.positive });
    if (v.needed_by && v.needed_by < new Date().toISOString().slice(0, 10)) wrong.push({ name: "needed_by", message: text.past });
    return wrong;
  }

  function reset() {
    const key = intake.key.value;
    form.reset();
    intake.key.value = key;
    picker.set(null);
    editing = "";
    attempt = null;
    submit.textContent = text.submit;
    cancel.hidden = true;
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clear();
    const v = values(), wrong = check(v);
    if (wrong.length) return show(say("errors", wrong.length), wrong);
    if (!ready()) return;
    const body = JSON.stringify(v);
    // The same content keeps its idempotency key, so that a second try after a lost answer is not counted twice.
    if (!attempt || attempt.body !== body) attempt = { body, id: randomID() };
    submit.disabled = true;
    try {
      const headers = { "Content-Type": "application/json" };
      if (!editing) headers["Idempotency-Key"] = attempt.id;
      const answer = await call(editing ? api + "/" + encodeURIComponent(editing) : api, { method: editing ? "PUT" : "POST", headers, body });
      if (answer.status === 409) attempt = null;
      if (!answer.ok) return await problem(answer);
      const made = await answer.json(), changed = editing !== "";
      reset();
      show(made.state === "held" ? say("wait", made.id) : changed ? text.changed : say("sent", made.id), [], true);
      await load();
    } catch {
      offline();
    } finally {
      submit.disabled = false;
    }
  });

  cancel.addEventListener("click", () => { clear(); reset(); });

  // randomID works on plain http too, where crypto.randomUUID does not exist.
  function randomID() {
    return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
  }

  function edit(r, skill) {
    clear();
    editing = r.id;
    picker.set(skill);
    for (const name of ["heads", "needed_by", "tier", "industry", "note"]) input(name).value = r[name] || "";
    // A stored region may be a city, which the list of provinces does not have.
    const region = input("region");
    if (r.region && ![...region.options].some((o) => o.value === r.region)) region.add(new Option(r.region, r.region));
    region.value = r.region || "";
    submit.textContent = text.save;
    cancel.hidden = false;
    input("heads").focus();
  }

  function entry(r, known) {
    const li = document.createElement("li"), line = document.createElement("div");
    const skill = known.get(r.skill) || { id: r.skill };
    line.textContent = picker.nameOf(skill) + " · " + say("heads", r.heads) + (r.needed_by ? " · " + r.needed_by.slice(0, 10) : "");
    li.append(line);
    if (r.withdrawn) {
      li.className = "gone";
      line.textContent += " · " + text.withdrawn;
      return li;
    }
    if (r.state === "held" || r.state === "refused") line.textContent += " · " + text[r.state];
    if (r.state !== "refused") li.append(button(text.edit, () => edit(r, skill)));
    li.append(button(text.withdraw, async () => {
      if (!window.confirm(text.confirm)) return;
      try {
        const answer = await call(api + "/" + encodeURIComponent(r.id), { method: "DELETE" });
        if (!answer.ok) return await problem(answer);
        await load();
      } catch {
        offline();
      }
    }));
    return li;
  }

  async function load() {
    status.textContent = text.loading;
    try {
      const found = await all(api + "?limit=100"), known = await skills();
      status.textContent = found && !found.length ? text.none : "";
      if (found) list.replaceChildren(...found.map((r) => entry(r, known)));
    } catch {
      status.textContent = "";
      offline();
    }
  }

  document.getElementById("mine-load").addEventListener("click", () => { if (ready()) load(); });
  intake.upload(document.getElementById("upload"), load);
})();
