"use strict";
// Plays one segment after another of the stream whose signed link stands behind the #, until the media server refuses.
(function () {
  const page = document.getElementById("player");
  const video = document.getElementById("video");
  const say = document.getElementById("say");
  const seconds = document.getElementById("seconds");
  const again = document.getElementById("again");
  const SEGMENT_MS = 2000;
  const GRACE_MS = 1500;
  let watchedMs = 0;
  let isOver = false;

  function tell(state, reason) {
    const text = page.dataset[state === "stopped" ? reason : state];
    say.dataset.state = state;
    say.dataset.reason = reason || "";
    say.className = `say ${state}`;
    if (say.textContent !== text) say.textContent = text;
    again.hidden = state !== "stopped" || reason === "none";
  }

  function stop(reason) {
    isOver = true;
    const known = { denied: "denied", expired: "expired", not_yet_valid: "notYetValid", none: "none", gone: "gone" };
    video.pause();
    video.removeAttribute("src");
    video.load();
    tell("stopped", known[reason] || "bad");
    say.dataset.reason = reason;
  }

  // The link must lead to this very place: a player shows nobody else's pages.
  function link() {
    const text = window.location.hash.slice(1);
    if (!text) return null;
    try {
      const address = new URL(text, window.location.href);
      return address.origin === window.location.origin ? address : "";
    } catch (_error) {
      return "";
    }
  }

  // Until the segment is over; a browser that cannot show it waits for as long.
  function shown(blob) {
    return new Promise((resolve) => {
      const address = URL.createObjectURL(blob);
      const begun = performance.now();
      let timer = 0;
      const done = () => {
        clearTimeout(timer);
        URL.revokeObjectURL(address);
        video.onended = video.onplaying = null;
        resolve(Math.min(performance.now() - begun, SEGMENT_MS + GRACE_MS));
      };
      video.onended = done;
      video.onplaying = () => tell("playing");
      timer = setTimeout(done, SEGMENT_MS + GRACE_MS);
      video.src = address;
      video.play().catch(() => isOver || tell("playing"));  // without pictures it goes on by the clock
    });
  }

  async function segment(address) {
    let answer;
    try {
      answer = await fetch(address, { cache: "no-store" });
    } catch (_error) {
      return stop("gone");
    }
    if (!answer.ok) {
      const found = await answer.json().catch(() => ({}));
      return stop(found.reason || "bad");
    }
    watchedMs += await shown(await answer.blob());
    seconds.textContent = String(Math.round(watchedMs / 1000));
    return undefined;
  }

  async function play() {
    isOver = false;
    tell("waiting");
    while (!isOver) {
      const address = link();
      if (address) {
        document.getElementById("stream").textContent = address.pathname.replace(/^\/|\/clip\.webm$/g, "");
        await segment(address);
      } else {
        stop(address === null ? "none" : "bad");
      }
    }
  }

  again.addEventListener("click", () => {
    again.hidden = true;
    play();
  });
  window.addEventListener("hashchange", () => {
    if (isOver) play();
  });
  play();
})();
