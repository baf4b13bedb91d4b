// What makes the cabinet handier. Nothing here is needed: every page works without it.
(() => {
  "use strict";

  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // Buttons that print the page.
  all("[data-print]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  });

  // The remote of a television: arrows go to the nearest thing in that direction.
  const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const REACHED = "a[href], button, input, select, textarea, summary, [tabindex='0']";
  const TYPED = "input:not([type=checkbox], [type=radio], [type=submit], [type=button])";

  const ASIDE = [3, 0.3];
  const LAST = 1e6;

  const isThere = (each) => !each.disabled && each.type !== "hidden" && !each.matches(".skip, .unseen") && each.getClientRects().length > 0 && each.checkVisibility?.() !== false;
  const reachable = () => all(REACHED).filter(isThere);
  const middle = (box) => [(box.left + box.right) / 2, (box.top + box.bottom) / 2];

  // How far `to` lies in the direction. Sideways it should stand in the same row; up and down the next row counts.
  const distance = (from, to, [x, y]) => {
    const [fromX, fromY] = middle(from);
    const [toX, toY] = middle(to);
    const ahead = x ? (toX - fromX) * x : (toY - fromY) * y;
    const gap = x ? (x > 0 ? to.left - from.right : from.left - to.right) : (y > 0 ? to.top - from.bottom : from.top - to.bottom);
    if (ahead <= 1 || gap < -4) return Infinity;
    const overlaps = x ? to.top < from.bottom && to.bottom > from.top : to.left < from.right && to.right > from.left;
    const aside = overlaps ? 0 : Math.abs(x ? toY - fromY : toX - fromX);
    return Math.max(gap, 0) + aside * (x ? ASIDE[0] : ASIDE[1]);
  };
  // The tabs stand still while the page moves under them: they come when the page has nothing more in that direction,
  // and what is above them comes last.
  const place = (each) => (each.closest(".tabs") ? 1 : each.closest(".top") ? 2 : 0);
  const nearest = (start, direction) => {
    const from = start.getBoundingClientRect();
    let best = null;
    let least = Infinity;
    reachable().forEach((each) => {
      if (each === start) return;
      const away = place(start) ? 0 : place(each) * LAST;
      const far = distance(from, each.getBoundingClientRect(), direction) + away;
      if (far < least) [best, least] = [each, far];
    });
    return best;
  };
  const first = () => reachable().find((each) => each.closest("main")) ?? reachable()[0];
  // Inside of a field the arrows mean what they always mean, but none may be a trap.
  const isTaken = (field, key) => {
    const isSideways = key === "ArrowLeft" || key === "ArrowRight";
    if (field.matches("textarea")) return true;
    return field.matches("select") ? !isSideways : field.matches(TYPED) && isSideways && field.value !== "";
  };

  document.addEventListener("keydown", (event) => {
    const direction = DIRECTIONS[event.key];
    if (!direction || event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const at = document.activeElement;
    const isNowhere = !at || at === document.body || at.id === "main";
    if (!isNowhere && isTaken(at, event.key)) return;
    const next = isNowhere ? first() : nearest(at, direction);
    if (!next) return; // the page scrolls
    event.preventDefault();
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "center", behavior: "instant" });
  });
})();
