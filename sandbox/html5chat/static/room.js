"use strict";
// Asks for the room every second, draws a moving picture of whoever performs, and says goodbye when the page is closed.
(function () {
  const room = document.getElementById("room");
  const seat = room.dataset.seat;
  const mine = Number(room.dataset.me);
  const isPerformer = room.dataset.role === "performer";
  const isStaff = ["moderator", "admin"].includes(room.dataset.role);
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const WAIT_MS = 1000;
  const GONE = {
    private: ["Private show", "The performer is in a private show now. Choose another one, or come back later."],
    over: ["The show is over", "You are going back to the list."],
    moved: ["You are in another window", "The chat is open in another window or room."],
    kicked: ["You were sent out", "A moderator has sent you out of this room."],
  };
  let last = 0;
  let performer = null;
  let isOver = false;
  let isWaiting = false;

  function find(id) {
    return document.getElementById(id);
  }

  function show(id, isShown) {
    const element = find(id);
    if (element) element.hidden = !isShown;
  }

  function tell(text) {
    find("notice").textContent = text;
    show("notice", Boolean(text));
  }

  async function post(action, body) {
    const answer = await fetch(`${seat}/${action}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body || {}),
    });
    const found = await answer.json().catch(() => ({}));
    tell(answer.ok ? "" : found.error || "That did not work.");
    return answer.ok;
  }

  function person(each) {
    const item = document.createElement("li");
    if (each.role === "performer") item.className = "performer";
    const dot = document.createElement("span");
    dot.className = "dot";
    dot.textContent = each.name.slice(0, 1).toUpperCase();
    dot.setAttribute("aria-hidden", "true");
    const name = document.createElement("span");
    name.className = "name";
    name.textContent = each.name;
    item.append(dot, name);
    if (isStaff && each.id !== mine) {
      const out = document.createElement("button");
      out.type = "button";
      out.className = "button";
      out.textContent = "Send out";
      out.setAttribute("aria-label", `Send out ${each.name}`);
      out.addEventListener("click", () => post("kick", { id: each.id }));
      item.append(out);
    }
    return item;
  }

  function line(each) {
    const item = document.createElement("li");
    if (each.who) {
      const who = document.createElement("strong");
      who.textContent = `${each.who}: `;
      item.append(who, each.text);
    } else {
      item.className = "event";
      item.textContent = each.text;
    }
    return item;
  }

  let people = "";
  function paint(view) {
    performer = view.performer;
    const names = JSON.stringify(view.people);
    if (names !== people) find("people").replaceChildren(...view.people.map(person));
    people = names;
    if (view.lines.length) {
      last = view.lines[view.lines.length - 1].number;
      find("lines").append(...view.lines.map(line));
      find("lines").scrollTop = find("lines").scrollHeight;
    }
    show("badge", view.private);
    const caption = performer ? (performer.id === mine ? "You are on the air" : performer.name) : "Nobody performs here yet.";
    if (find("caption").textContent !== caption) {
      find("caption").textContent = caption;
      find("picture").setAttribute("aria-label", performer ? `Moving picture of ${performer.name}` : "Nobody performs yet");
    }
    show("credits", view.credits !== null && !isPerformer);
    find("credits").textContent = view.credits === null ? "" : `${view.credits} credits`;
    if (find("asker")) find("asker").textContent = view.asked;
    show("asked", Boolean(view.asked));
    show("ask", !view.private && Boolean(performer));
    if (find("ask")) find("ask").disabled = view.waiting;
    show("end", view.private);
    if (view.waiting) tell("You have asked. Please wait for the answer.");
    else if (isWaiting) tell(view.note === "refused" ? "The performer has refused." : "");
    isWaiting = view.waiting;
    if (view.away) leave(view.away);
  }

  function leave(why) {
    isOver = true;
    performer = null;
    const words = GONE[why] || ["Good bye", "You are not in this room any more."];
    find("gone-title").textContent = words[0];
    find("gone-text").textContent = words[1];
    show("gone", true);
    if (window.parent !== window) window.parent.postMessage({ html5chat: why }, "*");
    const listing = room.dataset.listing;
    if (listing && why !== "moved") window.setTimeout(() => window.location.assign(listing), why === "over" ? Number(room.dataset.away) : 0);
  }

  async function poll() {
    try {
      const answer = await fetch(`${seat}?after=${last}`);
      if (answer.ok) paint(await answer.json());
      else if (answer.status === 409) leave("left");
      else tell("The chat does not answer. It is tried again.");
    } catch {
      tell("The chat does not answer. It is tried again.");
    }
    if (!isOver) window.setTimeout(poll, WAIT_MS);
  }

  function draw(at) {
    const canvas = find("picture");
    const pen = canvas.getContext("2d");
    const wide = canvas.width;
    const high = canvas.height;
    const turn = still ? 0 : at / 1000;
    const colour = performer ? (performer.id * 47) % 360 : 225;
    const ground = pen.createLinearGradient(0, 0, wide, high);
    ground.addColorStop(0, `hsl(${colour + 20 * Math.sin(turn / 2)} 45% 22%)`);
    ground.addColorStop(1, `hsl(${colour + 60} 45% 12%)`);
    pen.fillStyle = performer ? ground : "#0b0c10";
    pen.fillRect(0, 0, wide, high);
    if (performer) {
      const x = wide / 2 + 40 * Math.sin(turn);
      const y = high / 2 + 14 * Math.sin(turn * 1.7);
      pen.beginPath();
      pen.arc(x, y, 96 + 4 * Math.sin(turn * 3), 0, 2 * Math.PI);
      pen.fillStyle = `hsl(${colour} 65% 60%)`;
      pen.fill();
      pen.fillStyle = "#14161c";
      pen.font = "700 110px system-ui, sans-serif";
      pen.textAlign = "center";
      pen.textBaseline = "middle";
      pen.fillText(performer.name.slice(0, 1).toUpperCase(), x, y + 6);
    }
    window.requestAnimationFrame(draw);
  }

  find("say").addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = find("text").value;
    if (text.trim() && (await post("say", { text }))) find("text").value = "";
  });
  for (const button of document.querySelectorAll("[data-post]")) {
    button.addEventListener("click", () => post(button.dataset.post, { yes: Boolean(button.dataset.yes) }));
  }
  if (find("give")) find("give").addEventListener("click", () => post("tip", { credits: Number(find("tip").value) }));
  window.addEventListener("pagehide", () => navigator.sendBeacon(`${seat}/leave`));
  window.requestAnimationFrame(draw);
  poll();
})();
