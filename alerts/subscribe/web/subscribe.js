// The page of subscriptions: makes, changes, resumes and ends those of an organisation through the API, and shows every
// wrong field of an answer beside its input. The key stays in sessionStorage, where the request form keeps it too.
"use strict";
(function () {
  const text = JSON.parse(document.getElementById("subscribe-text").textContent);
  const say = (key, ...args) => args.reduce((s, a, i) => s.replace("{" + i + "}", a), text[key] || key);
  const at = (id) => document.getElementById(id), input = (name) => at("f-" + name);
  const form = at("subscribe-form"), summary = at("form-summary"), submit = at("f-submit"), cancel = at("f-cancel");
  const pickers = ["skills", "regions", "industries"], channels = [...document.querySelectorAll("[data-channel]")].map((e) => e.dataset.channel);
  const fields = ["key", ...pickers, "min_severity", "language", ...channels];
  const resumes = ["receiver_failing", "confirmation_expired", "confirmation_not_delivered", "key_revoked", "organisation_has_no_key"];
  const store = "gapwatch-key", api = "/api/v1/subscriptions";
  const chosen = { skills: [], regions: [], industries: [] };
  let editing = "", sent = [];

  input("key").value = sessionStorage.getItem(store) || "";
  const keep = () => sessionStorage.setItem(store, input("key").value.trim());
  input("key").addEventListener("change", keep);

  const options = (name) => [...at("o-" + name).options];
  const nameOf = (name, code) => (options(name).find((o) => o.dataset.code === code) || { value: code }).value;

  function add(name, written) {
    const s = written.trim(), low = s.toLowerCase();
    if (!s) return;
    const known = options(name).find((o) => [o.value, o.textContent, o.dataset.code].some((x) => x.toLowerCase() === low));
    const code = known ? known.dataset.code : s; // what the list does not have is for the server to resolve
    if (!chosen[name].includes(code)) chosen[name].push(code);
    input(name).value = "";
    draw(name);
  }

  function draw(name) {
    at("c-" + name).replaceChildren(...chosen[name].map((code) => {
      const li = document.createElement("li"), b = document.createElement("button");
      b.type = "button";
      b.className = "plain";
      b.textContent = nameOf(name, code) + " ×";
      b.setAttribute("aria-label", say("remove", nameOf(name, code)));
      b.addEventListener("click", () => { chosen[name] = chosen[name].filter((c) => c !== code); draw(name); input(name).focus(); });
      li.append(b);
      return li;
    }));
  }

  for (const name of pickers) {
    input(name).addEventListener("keydown", (e) => { if (e.key === "Enter") { e.preventDefault(); add(name, input(name).value); } });
    // Chosen from the list, as against typed. What was typed is taken by Enter, the button or the form: taking it when the
    // field is left would move the page under a press of another button.
    input(name).addEventListener("input", (e) => { if (!e.inputType || e.inputType === "insertReplacementText") add(name, input(name).value); });
  }
  for (const b of document.querySelectorAll("[data-add]")) b.addEventListener("click", () => { add(b.dataset.add, input(b.dataset.add).value); input(b.dataset.add).focus(); });

  function clearErrors() {
    summary.hidden = true;
    summary.replaceChildren();
    for (const name of fields) {
      input(name).removeAttribute("aria-invalid");
      at("e-" + name).hidden = true;
    }
  }

  function show(title, errors, good) {
    summary.classList.toggle("good", Boolean(good));
    const head = document.createElement("strong");
    head.textContent = title;
    summary.replaceChildren(head);
    const ul = document.createElement("ul");
    for (const { name, message } of errors) {
      const li = document.createElement("li");
      li.textContent = message;
      if (fields.includes(name)) {
        const a = document.createElement("a"), p = at("e-" + name);
        a.href = "#f-" + name;
        a.textContent = document.querySelector('label[for="f-' + name + '"]').firstChild.textContent.trim() + ": " + message;
        a.addEventListener("click", (e) => { e.preventDefault(); input(name).focus(); });
        li.replaceChildren(a);
        p.textContent = message;
        p.hidden = false;
        input(name).setAttribute("aria-invalid", "true");
      }
      ul.append(li);
    }
    if (errors.length) summary.append(ul);
    summary.hidden = false;
    summary.focus();
  }

  function check() {
    const wrong = [];
    if (!input("key").value.trim()) wrong.push({ name: "key", message: text.nokey });
    if (!channels.some((c) => input(c).value.trim())) wrong.push({ name: channels[0], message: text.noaddress });
    return wrong;
  }

  function values() {
    sent = channels.filter((c) => input(c).value.trim());
    return { skills: chosen.skills, regions: chosen.regions, industries: chosen.industries, min_severity: input("min_severity").value,
      language: input("language").value, channels: sent.map((c) => ({ channel: c, address: input(c).value.trim() })) };
  }

  // fault names the field of a location such as body.skills[1] and says what is wrong, in the page's language.
  function fault(e) {
    const [, field, index] = /^body\.(\w+)(?:\[(\d+)\])?/.exec(e.location || "") || [];
    const name = field === "channels" ? sent[Number(index)] || channels[0] : field;
    const own = pickers.includes(name) ? say("wrong." + name, e.value) : channels.includes(name) ? text["wrong.address"] : "";
    return { name, message: own ? own + (text.detail === "true" ? " (" + e.message + ")" : "") : e.message };
  }

  async function problem(answer) {
    let p = {};
    try { p = await answer.json(); } catch { /* not JSON: the status says enough */ }
    if (answer.status === 401 || answer.status === 403) return show(text.badkey, [{ name: "key", message: text.badkey }]);
    const code = "problem." + (p.type || "").split(/[/:]/).pop();
    if (text[code]) return show(text[code], []);
    const errors = answer.status === 422 ? (p.errors || []).map(fault) : [];
    show(errors.length ? say("errors", errors.length) : say("failed", p.detail || p.title || answer.status), errors);
  }

  // call asks the API; undefined when there was no good answer, which the page says by itself.
  async function call(method, path, body) {
    const headers = { Authorization: "Bearer " + input("key").value.trim(), Accept: "application/json" };
    if (body) headers["Content-Type"] = "application/json";
    try {
      const answer = await fetch(api + path, { method, headers, body: body && JSON.stringify(body) });
      if (!answer.ok) return void await problem(answer);
      return answer.status === 204 ? {} : await answer.json();
    } catch {
      show(text.offline, []);
    }
  }

  function reset() {
    const key = input("key").value;
    form.reset();
    input("key").value = key;
    for (const name of pickers) { chosen[name] = []; draw(name); }
    editing = "";
    submit.textContent = text.submit;
    cancel.hidden = true;
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clearErrors();
    keep();
    for (const name of pickers) add(name, input(name).value);
    const wrong = check();
    if (wrong.length) return show(say("errors", wrong.length), wrong);
    submit.disabled = true;
    const changed = editing !== "", made = await call(changed ? "PUT" : "POST", changed ? "/" + encodeURIComponent(editing) : "", values());
    submit.disabled = false;
    if (!made) return;
    reset();
    const more = [];
    if (made.channels.some((c) => c.state === "pending")) more.push({ message: text.pending });
    if (made.webhook_secret) more.push({ message: say("secret", made.webhook_secret) });
    show(changed ? text.changed : text.made, more, true);
    await load();
  });

  cancel.addEventListener("click", () => { clearErrors(); reset(); });

  function edit(s) {
    clearErrors();
    reset();
    editing = s.id;
    for (const name of pickers) { chosen[name] = [...s[name]]; draw(name); }
    input("min_severity").value = s.min_severity;
    input("language").value = s.language;
    for (const c of s.channels) if (input(c.channel)) input(c.channel).value = c.address;
    submit.textContent = text.save;
    cancel.hidden = false;
    input("skills").focus();
  }

  function entry(s) {
    const li = document.createElement("li");
    const line = (t) => { const p = document.createElement("p"); p.textContent = t; li.append(p); };
    const names = (name, all) => s[name].length ? s[name].map((c) => nameOf(name, c)).join(", ") : text[all];
    line([names("skills", "allskills"), names("regions", "allregions"), ...(s.industries.length ? [names("industries")] : []), text["severity." + s.min_severity]].join(" · "));
    for (const c of s.channels) line(c.address + " · " + text["state." + c.state] + (c.reason ? " · " + (text["reason." + c.reason] || c.reason) : ""));
    const button = (label, act) => {
      const b = document.createElement("button");
      b.type = "button";
      b.className = "plain";
      b.textContent = label;
      b.addEventListener("click", act);
      li.append(b);
    };
    button(text.edit, () => edit(s));
    if (resumes.some((r) => s.channels.some((c) => c.reason === r))) button(text.resume, async () => { if (await call("POST", "/" + encodeURIComponent(s.id) + "/resume")) await load(); });
    button(text.end, async () => {
      if (window.confirm(text.confirm) && await call("DELETE", "/" + encodeURIComponent(s.id))) await load();
    });
    return li;
  }

  async function load() {
    at("mine-status").textContent = text.loading;
    const page = await call("GET", "");
    at("mine-status").textContent = page && !page.items.length ? text.none : "";
    if (page) at("mine").replaceChildren(...page.items.map(entry));
  }

  at("mine-load").addEventListener("click", () => {
    clearErrors();
    if (!input("key").value.trim()) return show(say("errors", 1), [{ name: "key", message: text.nokey }]);
    keep();
    load();
  });

  // A link from a page names what to subscribe to: ?skill=rag&region=330000.
  const query = new URLSearchParams(location.search);
  for (const [parameter, name] of [["skill", "skills"], ["region", "regions"], ["industry", "industries"]]) {
    for (const code of query.getAll(parameter)) if (options(name).some((o) => o.dataset.code === code)) add(name, code);
  }
})();
