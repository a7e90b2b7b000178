// What plain forms cannot do on Drive's pages: drop files to upload them, drag them into folders, choose a layout.
(() => {
  "use strict";
  const main = document.getElementById("main"), uploads = document.getElementById("uploads");
  const folder = () => main.dataset.folder || "root";

  async function token() {
    const res = await fetch(main.dataset.token, {method: "POST", body: new URLSearchParams({form: main.dataset.form})});
    if (!res.ok) throw new Error(res.statusText);
    return res.json();
  }

  // Uploads a file as any client of the API does: it opens a session, and sends the bytes there.
  async function upload(file) {
    const li = document.createElement("li"), name = document.createElement("span"), how = document.createElement("span");
    name.textContent = file.name; how.textContent = "…";
    li.append(name, how); uploads.append(li);
    try {
      const auth = {Authorization: "Bearer " + await token()};
      const open = await fetch(main.dataset.api + "?uploadType=resumable&supportsAllDrives=true", {method: "POST",
        headers: {...auth, "Content-Type": "application/json", "X-Upload-Content-Type": file.type || "application/octet-stream", "X-Upload-Content-Length": file.size},
        body: JSON.stringify({name: file.name, parents: [folder()]})});
      if (!open.ok) throw new Error((await open.json()).error?.message || open.statusText);
      const done = await fetch(open.headers.get("Location"), {method: "PUT", headers: {...auth, "Content-Type": file.type || "application/octet-stream"}, body: file});
      if (!done.ok) throw new Error((await done.json()).error?.message || done.statusText);
      how.textContent = "✓";
      setTimeout(() => li.remove(), 5000);
    } catch (e) { li.className = "bad"; how.textContent = e.message; }
  }

  async function uploadAll(files) { for (const f of files) await upload(f); }

  if (main?.dataset.api && uploads) {
    const note = main.querySelector(".drop");
    let deep = 0;
    const carries = e => [...e.dataTransfer.types].includes("Files");
    main.addEventListener("dragenter", e => { if (carries(e)) { deep++; note.hidden = false; e.preventDefault(); } });
    main.addEventListener("dragleave", e => { if (carries(e) && --deep <= 0) { deep = 0; note.hidden = true; } });
    main.addEventListener("dragover", e => { if (carries(e)) e.preventDefault(); });
    main.addEventListener("drop", e => { if (!carries(e)) return; e.preventDefault(); deep = 0; note.hidden = true; uploadAll([...e.dataTransfer.files]); });
    document.getElementById("pick")?.addEventListener("change", e => { uploadAll([...e.target.files]); e.target.value = ""; e.target.closest("details").open = false; });

    // A file that is dragged onto a folder goes into it.
    let dragged = null;
    const row = e => e.target.closest?.("tr[data-id]");
    main.addEventListener("dragstart", e => { dragged = row(e)?.dataset.id || null; });
    main.addEventListener("dragend", () => { dragged = null; });
    main.addEventListener("dragover", e => { const r = row(e); if (dragged && r?.dataset.kind === "folder" && r.dataset.id !== dragged) { e.preventDefault(); r.classList.add("over"); } });
    main.addEventListener("dragleave", e => row(e)?.classList.remove("over"));
    main.addEventListener("drop", e => {
      const r = row(e);
      if (!dragged || r?.dataset.kind !== "folder" || r.dataset.id === dragged) return;
      e.preventDefault();
      const form = document.createElement("form");
      form.method = "post"; form.action = main.dataset.token.replace(/token$/, "move"); form.hidden = true;
      for (const [k, v] of Object.entries({form: main.dataset.form, back: location.pathname.replace(/^\/w\/[^/]+/, "") + location.search, id: dragged, folder: r.dataset.id})) {
        const i = document.createElement("input"); i.name = k; i.value = v; form.append(i);
      }
      document.body.append(form); form.submit();
    });
  }

  // The beginning of a text is shown as it is.
  for (const pre of document.querySelectorAll("[data-text]"))
    fetch(pre.dataset.text, {headers: {Range: "bytes=0-262143"}}).then(res => res.ok ? res.text() : Promise.reject()).then(text => { pre.textContent = text; }, () => { pre.textContent = "This file cannot be shown."; });

  document.addEventListener("click", e => {
    const b = e.target.closest("[data-view]");
    if (!b) return;
    document.cookie = "view=" + b.dataset.view + ";path=/;max-age=31536000;samesite=lax";
    location.reload();
  });
  // A click beside the name of a file picks it, and two open it.
  document.addEventListener("click", e => { const r = e.target.closest("#files tr[data-id]"); if (r && !e.target.closest("a, button")) r.querySelector(".more a")?.click(); });
  document.addEventListener("dblclick", e => { const r = e.target.closest("#files tr[data-id]"); if (r) r.querySelector(".name a")?.click(); });
})();
