// The page of programmes: lists and closes the organisation's own, and takes tables of them.
"use strict";
(function () {
  const { text, say, call, offline, problem, ready, all, button } = intake;
  const list = document.getElementById("mine"), status = document.getElementById("mine-status"), api = "/api/v1/programmes";

  function entry(p) {
    const li = document.createElement("li"), line = document.createElement("div"), more = document.createElement("div");
    line.textContent = p.school + " · " + p.name + " · " + text["degree." + p.degree];
    const skills = new Set(p.courses.flatMap((c) => c.skills || []));
    more.className = "hint";
    more.textContent = say("programme", p.cohort_size, p.courses.length, skills.size);
    li.append(line, more);
    if (p.closed) {
      li.className = "gone";
      line.textContent += " · " + text.closed;
      return li;
    }
    li.append(button(text.close, async () => {
      if (!window.confirm(text.confirm)) return;
      try {
        const answer = await call(api + "/" + encodeURIComponent(p.id), { method: "DELETE" });
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
      const found = await all(api + "?mine=true&limit=100");
      status.textContent = found && !found.length ? text.none : "";
      if (found) list.replaceChildren(...found.map(entry));
    } catch {
      status.textContent = "";
      offline();
    }
  }

  document.getElementById("mine-load").addEventListener("click", () => { if (ready()) load(); });
  intake.upload(document.getElementById("upload"), load);
})();
