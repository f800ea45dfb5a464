// What the pages of requests and of programmes share: the key, calls of the API, its problems in the page's language, and
// the upload of a table with a preview. The key stays in sessionStorage.
"use strict";
const intake = (() => {
  const text = JSON.parse(document.getElementById("page-text").textContent);
  const say = (key, ...args) => args.reduce((s, a, i) => s.replaceAll("{" + i + "}", a), text[key]);
  const lang = document.documentElement.lang.slice(0, 2);
  const summary = document.getElementById("form-summary"), key = document.getElementById("f-key"), store = key.dataset.store;
  const input = (name) => document.getElementById("f-" + name);

  key.value = sessionStorage.getItem(store) || "";
  const keep = () => sessionStorage.setItem(store, key.value.trim());
  key.addEventListener("change", keep);

  // call asks the API with the key; errors come in the page's language.
  function call(path, options = {}) {
    const headers = { Authorization: "Bearer " + key.value.trim(), Accept: "application/json", "Accept-Language": lang, ...options.headers };
    return fetch(path, { ...options, headers });
  }

  function clear() {
    summary.hidden = true;
    summary.replaceChildren();
    for (const field of document.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
    for (const error of document.querySelectorAll(".field .error")) error.hidden = true;
  }

  // show tells what went wrong, or well, and puts what is wrong with a field beside it.
  function show(title, errors = [], good = false) {
    summary.classList.toggle("good", good);
    const head = document.createElement("strong");
    head.textContent = title;
    summary.replaceChildren(head);
    const ul = document.createElement("ul");
    for (const { name, message } of errors) {
      const li = document.createElement("li"), p = document.getElementById("e-" + name);
      if (p) {
        const a = document.createElement("a");
        a.href = "#f-" + name;
        a.textContent = document.querySelector('label[for="f-' + name + '"]').firstChild.textContent.trim() + ": " + message;
        a.addEventListener("click", (e) => { e.preventDefault(); input(name).focus(); });
        li.append(a);
        p.textContent = message;
        p.hidden = false;
        input(name).setAttribute("aria-invalid", "true");
      } else {
        li.textContent = (name ? name + ": " : "") + message;
      }
      ul.append(li);
    }
    if (errors.length) summary.append(ul);
    summary.hidden = false;
    summary.focus();
  }

  const offline = () => show(text.offline);

  // problem shows why the API refused: what it says where that is in the page's language, else what its code means.
  async function problem(answer) {
    let p = {};
    try { p = await answer.json(); } catch { /* not JSON: the status says enough */ }
    const code = (p.type || "").split(":").pop(), readable = lang === "en" || /\p{Script=Han}/u.test(p.detail || "");
    const detail = text["problem." + code] || (readable && p.detail) || say("failed", answer.status);
    if (answer.status === 401 || answer.status === 403) return show(text.badkey, [{ name: "key", message: detail === p.detail ? detail : text.badkey }]);
    const errors = (p.errors || []).filter((e) => e.location !== "body")
      .map((e) => ({ name: (e.location || "").replace(/^body\./, "").replace(/\[.*$/, ""), message: e.message }));
    show(errors.length ? say("errors", errors.length) : detail, errors);
  }

  // ready says whether there is a key to call with.
  function ready() {
    clear();
    keep();
    if (key.value.trim()) return true;
    show(say("errors", 1), [{ name: "key", message: text.nokey }]);
    return false;
  }

  // all reads every page of a list.
  async function all(path) {
    const found = [];
    for (let cursor = ""; ;) {
      const answer = await call(path + (cursor ? "&cursor=" + encodeURIComponent(cursor) : ""));
      if (!answer.ok) { await problem(answer); return null; }
      const page = await answer.json();
      found.push(...page.items);
      cursor = page.next_cursor;
      if (!cursor) return found;
    }
  }

  function button(label, act) {
    const b = document.createElement("button");
    b.type = "button";
    b.className = "plain";
    b.textContent = label;
    b.addEventListener("click", act);
    return b;
  }

  // upload makes the panel of a table work: every row is shown with what is wrong in it before anything is sent, and what
  // is sent is the very file that was shown.
  function upload(panel, sent) {
    const part = (name) => panel.querySelector("[data-part=" + name + "]");
    const api = panel.dataset.api, columns = panel.dataset.columns.split(","), file = part("file"), status = part("status");
    let table = null, from = 0;

    const post = (query) => {
      const form = new FormData();
      form.append("file", table);
      return call(api + query, { method: "POST", body: form });
    };

    function row(r) {
      const tr = document.createElement("tr"), wrong = new Map((r.errors || []).map((e) => [e.field || "", e.message]));
      tr.className = r.state;
      const cell = (label, value, kind = "td") => {
        const c = document.createElement(kind);
        c.dataset.label = label;
        c.textContent = value;
        if (kind === "th") c.scope = "row";
        tr.append(c);
        return c;
      };
      cell(text["upload.line"], r.row, "th").className = "num";
      const other = r.state === "wrong" && wrong.size === 0; // another row of its programme is wrong
      cell(text["upload.becomes"], wrong.get("") || text["becomes." + (other ? "other" : r.state)]);
      for (const name of columns) {
        const c = cell(text["column." + name], r.cells[name] || "");
        if (wrong.has(name)) {
          const p = document.createElement("p");
          p.className = "error";
          p.textContent = wrong.get(name);
          c.append(p);
        }
      }
      return tr;
    }

    async function preview(after) {
      status.textContent = text.loading;
      try {
        const answer = await post("?preview=true&after=" + after);
        status.textContent = "";
        if (!answer.ok) return await problem(answer);
        const u = await answer.json();
        if (!after) part("rows").replaceChildren();
        part("rows").append(...(u.rows || []).map(row));
        part("sum").textContent = say("upload.sum", u.accepted, u.unchanged, u.rejected);
        part("more").hidden = !u.next_row;
        from = u.next_row;
        part("send").hidden = u.accepted === 0;
        part("send").textContent = say("upload.send", u.accepted);
        part("preview").hidden = false;
        if (!after) part("sum").focus();
      } catch {
        status.textContent = "";
        offline();
      }
    }

    const forget = () => { table = null; part("preview").hidden = true; };
    file.addEventListener("change", forget);
    part("form").addEventListener("submit", async (event) => {
      event.preventDefault();
      if (!ready()) return;
      if (!file.files.length) return show(text["upload.nofile"]);
      const chosen = file.files[0];
      table = new File([await chosen.arrayBuffer()], chosen.name); // what is sent is what was shown, whatever becomes of the file
      await preview(0);
    });
    part("more").addEventListener("click", () => preview(from));
    part("send").addEventListener("click", async () => {
      if (!table || !ready()) return;
      part("send").disabled = true;
      try {
        const answer = await post("");
        if (!answer.ok) return await problem(answer);
        const u = await answer.json();
        forget();
        part("form").reset();
        show(say("upload.done", u.accepted, u.unchanged, u.rejected) + (u.held ? " " + say("upload.held", u.held) : ""), [], true);
        await sent();
      } catch {
        offline();
      } finally {
        part("send").disabled = false;
      }
    });
  }

  return { text, say, lang, key, input, call, clear, show, offline, problem, ready, all, button, upload };
})();
