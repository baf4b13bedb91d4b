// The live part of the chat's pages, for viewers and performers alike. Nothing here knows what a show is: the page says
// what to do with attributes, and each answer of the cabinet is the same part of the page anew.
//
// THE LIVE PART: one element a page, with `data-poll`. The cabinet renders it into the page and, alone, as the answer to
// every address below ("fragment"). Of an answer these are taken over: all attributes of the live part itself, and what
// is inside of its PARTS. Everything else (the frame, fields in which somebody is typing) stays as it is.
//
//   data-poll="/url"        GET, gives the fragment. Asked every
//   data-every="3"          ... so many seconds; in a page that nobody sees five times as seldom, unless there is
//   data-awake              ... this (a show or a request is open).
//   data-csrf="token"       goes with every POST of the script (header X-CSRFToken).
//   data-key="new key"      is put into the hidden field `key` of every form of the page after one was answered.
//   data-tick="/url"        POST every data-tick-every seconds, the first at once, as long as the attribute is there.
//   data-tick-every="10"
//   data-beat="/url"        the same again, for a second clock (a performer who is online).
//   data-beat-every="20"
//   data-room="public"      which room the frame is to be in: any word; empty: none. When it changes the script POSTs
//   data-entry="/url"       ... here, with the form field `room` (that word); the answer is JSON {"url", "allow"}, or
//                           {"detail"} with a status of 400 or more. The address is in no page and in no history.
//   data-arrive="/url"      POST once, when the frame has loaded the room that data-room names.
//   data-leave="/url"       the page goes there and does nothing more.
//   data-title="text"       the title of the page.
//
// A fragment may also be the answer to tick, beat, arrive and forms. An older answer never overwrites a newer one.
//
//   id="x" data-part        a part: its attributes and contents are taken over when they changed (hidden fields do not
//                           count). It must be there always, empty if it has nothing to say. A live region is a part.
//   data-stays="8"          of a part: once it says something it is not emptied for so many seconds.
//   data-seconds="85"       counts down to 0:00 by itself, once a second. Not inside of a live region.
//   <iframe data-frame>     where the room is shown; without src in the page.
//   data-frame-note         gets the sentence of a refused entry; is hidden otherwise. Not inside of a part.
//   data-offline            is shown while the cabinet does not answer. Not inside of a part.
//   <form data-send>        is sent by the script (header X-Chat: 1), so that the frame stays; its answer is a fragment.
//                           Without the script it is a form like any other: answer it with a redirect.
(() => {
  "use strict";

  const root = document.querySelector("[data-poll]");
  if (!root) return;

  const SECOND = 1000;
  const SELDOM = 5;
  const AGAIN_S = 5;
  const LIMIT_S = 10;
  const CLOCK_OFF_S = 1.5;
  const CLOCKS = ["tick", "beat"];
  const KEPT = new Set(["data-part", "id"]);

  const due = { poll: 0, tick: 0, beat: 0, entry: 0 };
  const busy = {};
  let asked = 0;
  let applied = 0;
  let failed = 0;
  let left = false;
  let inside = "";
  let loaded = false;
  let arrived = "";

  const now = () => performance.now() / SECOND;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const show = (selector, text, isShown) => all(selector).forEach((each) => {
    if (text !== null) each.textContent = text;
    each.hidden = !isShown;
  });

  // What a part says, without what differs in every answer.
  const said = (part) => part.outerHTML.replace(/(<input[^>]*type="hidden"[^>]*value=")[^"]*/g, "$1").replace(/ data-left="[^"]*"/g, "").replace(/ data-seconds="[^"]*"([^>]*)>[^<]*/g, " data-seconds$1>");
  const until = new Map();
  const known = new Map(all("[data-part]", root).map((part) => [part.id, said(part)]));

  const copyAttributes = (from, to) => {
    [...to.attributes].filter(({ name }) => !from.hasAttribute(name) && !KEPT.has(name)).forEach(({ name }) => to.removeAttribute(name));
    [...from.attributes].filter(({ name, value }) => to.getAttribute(name) !== value).forEach(({ name, value }) => to.setAttribute(name, value));
  };
  // A part in which nothing but its clocks differs stays: whoever is on a button in it is not disturbed.
  const setClocks = (part, fresh) => {
    const clocks = all("[data-seconds]", part);
    all("[data-seconds]", fresh).forEach(({ dataset: { seconds } }, number) => {
      const isOff = Math.abs(Number(clocks[number].dataset.left) - now() - Number(seconds)) > CLOCK_OFF_S;
      if (isOff) clocks[number].dataset.left = now() + Number(seconds);
    });
  };
  const replace = (fresh) => {
    const part = document.getElementById(fresh.id);
    if (!part) return;
    if (known.get(fresh.id) === said(fresh)) {
      setClocks(part, fresh);
      return;
    }
    if (!fresh.textContent.trim() && now() < (until.get(fresh.id) ?? 0)) return;
    until.set(fresh.id, now() + Number(fresh.dataset.stays ?? 0));
    known.set(fresh.id, said(fresh));
    const focused = part.contains(document.activeElement) ? document.activeElement : null;
    copyAttributes(fresh, part);
    part.replaceChildren(...fresh.childNodes);
    if (focused) (document.getElementById(focused.id) ?? part.querySelector("a[href], button") ?? document.getElementById("main"))?.focus({ preventScroll: true });
  };

  // Take an answer over, unless a newer one was. False when it is no fragment.
  const apply = (text, number) => {
    const fresh = new DOMParser().parseFromString(text, "text/html").querySelector("[data-poll]");
    if (!fresh) return false;
    if (number <= applied || left) return true;
    applied = number;
    copyAttributes(fresh, root);
    all("[data-part]", fresh).forEach(replace);
    obey();
    return true;
  };

  const ask = async (url, options = {}) => {
    const number = ++asked;
    const answer = await fetch(url, { ...options, credentials: "same-origin", cache: "no-store", signal: AbortSignal.timeout(LIMIT_S * SECOND) });
    return { answer, number };
  };
  const post = (url, body = new FormData()) => ask(url, { method: "POST", body, headers: { "X-Chat": "1", "X-CSRFToken": root.dataset.csrf ?? "" } });

  const reached = (isThere) => {
    failed = isThere ? 0 : failed + 1;
    show("[data-offline]", null, !isThere);
  };
  // What is no fragment: the cabinet is in trouble, or this page is no more (signed out, gone).
  const take = async ({ answer, number }) => {
    const isFragment = apply(await answer.text(), number);
    if (!isFragment && answer.status < 500) leave(location.href);
    reached(isFragment || answer.status < 500);
    return isFragment;
  };
  // One call of a kind at a time. True when it was answered with a fragment.
  const once = async (name, call) => {
    if (busy[name] || left) return false;
    busy[name] = true;
    try {
      return await take(await call());
    } catch {
      if (!left) reached(false);
      return false;
    } finally {
      busy[name] = false;
    }
  };

  const leave = (url) => {
    if (left) return;
    left = true;
    if (url === location.href) location.reload();
    else location.assign(url);
  };

  const poll = () => {
    const isSeldom = document.hidden && !("awake" in root.dataset);
    const every = Number(root.dataset.every || 5) * (isSeldom ? SELDOM : 1);
    due.poll = now() + Math.min(every * 2 ** Math.min(failed, 3), Math.max(every, 15));
    once("poll", () => ask(root.dataset.poll, { headers: { "X-Chat": "1" } }));
  };
  const clock = (name) => {
    due[name] = now() + Number(root.dataset[`${name}Every`] || 10);
    once(name, () => post(root.dataset[name]));
  };

  // The frame is made anew for each room: so no step of it stands in the page's history.
  const put = (entry) => {
    const before = document.querySelector("[data-frame]");
    const frame = before.cloneNode();
    frame.removeAttribute("src");
    loaded = false;
    if (entry) {
      frame.allow = entry.allow ?? "";
      frame.src = entry.url;
      frame.addEventListener("load", () => { if (frame.isConnected) loaded = true; arrive(); });
    }
    frame.hidden = !entry;
    before.replaceWith(frame);
  };
  const enter = async () => {
    const wanted = root.dataset.room ?? "";
    if (wanted === inside || busy.entry || now() < due.entry || !document.querySelector("[data-frame]")) return;
    if (!wanted) {
      inside = "";
      put(null);
      return;
    }
    busy.entry = true;
    due.entry = now() + AGAIN_S;
    try {
      const body = new FormData();
      body.set("room", wanted);
      const { answer } = await post(root.dataset.entry, body);
      const entry = await answer.json();
      if (answer.ok) {
        inside = wanted;
        due.entry = 0;
        put(entry);
      }
      show("[data-frame-note]", answer.ok ? "" : entry.detail ?? "", !answer.ok);
    } catch {
      reached(false);
    } finally {
      busy.entry = false;
    }
    if (inside !== (root.dataset.room ?? "")) enter();
  };
  const arrive = async () => {
    const { arrive: url, room } = root.dataset;
    if (!url || !loaded || room !== inside || arrived === room) return;
    if (await once("arrive", () => post(url))) arrived = room;
  };

  const obey = () => {
    if (root.dataset.leave) {
      leave(root.dataset.leave);
      return;
    }
    if (root.dataset.title) document.title = root.dataset.title;
    enter();
    arrive();
  };

  const count = () => all("[data-seconds]", root).forEach((each) => {
    const end = Number(each.dataset.left ?? now() + Number(each.dataset.seconds));
    each.dataset.left = end;
    const rest = Math.max(Math.round(end - now()), 0);
    each.textContent = `${Math.floor(rest / 60)}:${String(rest % 60).padStart(2, "0")}`;
  });

  const second = () => {
    if (left) return;
    count();
    if (now() >= due.poll) poll();
    CLOCKS.forEach((name) => {
      if (!root.dataset[name]) due[name] = 0;
      else if (now() >= due[name]) clock(name);
    });
    enter();
    arrive();
  };

  // Forms: one sending at a time; a sending that got lost goes out with the same key when it is sent again.
  document.addEventListener("submit", async (event) => {
    const { target: form, submitter } = event;
    if (!form.matches("form[data-send]")) return;
    event.preventDefault();
    if (form.dataset.busy || left) return;
    form.dataset.busy = "1";
    submitter?.setAttribute("aria-disabled", "true");
    const body = new FormData(form);
    if (submitter?.name) body.set(submitter.name, submitter.value);
    const isDone = await once(`form ${form.action}`, () => post(form.action, body));
    if (isDone && root.dataset.key) all("form input[name=key]").forEach((field) => { field.value = root.dataset.key; });
    if (isDone && form.isConnected) form.reset();
    submitter?.removeAttribute("aria-disabled");
    delete form.dataset.busy;
  });

  document.addEventListener("visibilitychange", () => { if (!document.hidden) due.poll = 0; });
  window.addEventListener("online", () => { due.poll = 0; });
  window.addEventListener("offline", () => reached(false));
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  due.poll = now() + Number(root.dataset.every || 5);
  obey();
  count();
  setInterval(second, SECOND);
})();
