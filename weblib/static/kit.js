// What makes pages handier. Nothing here is needed: every page works without it.
(() => {
  "use strict";

  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // Menus close when something else is clicked, and by Escape.
  const closeMenus = (except) => all("details.drop[open]").forEach((menu) => {
    if (menu !== except) menu.open = false;
  });
  document.addEventListener("click", (event) => closeMenus(event.target.closest("details.drop")));
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && document.querySelector("details.drop[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  // The menu is longer than a screen: it begins where the reader is.
  const present = document.querySelector(".side-link[aria-current]");
  const sideMenu = present?.closest(".side-menu");
  if (sideMenu && present.offsetTop + present.offsetHeight > sideMenu.clientHeight) {
    sideMenu.scrollTop = present.offsetTop - sideMenu.clientHeight / 2;
  }

  // Boxes that scroll sideways must be reachable by keyboard.
  const reachable = () => all(".table-responsive, .card-body").forEach((box) => {
    if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  });

  // Filters take a whole screen of a phone: they are folded there until somebody wants them.
  const narrow = matchMedia("(max-width: 47.99rem)");
  const fold = () => all("details[data-fold]").forEach((box) => { box.open = !narrow.matches; });
  narrow.addEventListener("change", fold);

  // Charts draw the numbers of a table: rows are points, columns are series, cells keep their texts in the tooltips.
  const charts = [];
  const language = document.documentElement.lang;
  const decimal = new Intl.NumberFormat(language).formatToParts(1.5).find((part) => part.type === "decimal").value;
  const number = (cell) => {
    const digits = cell.dataset.value ?? cell.textContent.replace(decimal, ".").replace(/[^\d.\-−]/g, "").replace("−", "-");
    return digits === "" ? null : Number(digits);
  };
  const colour = (name) => {
    const probe = document.createElement("span");
    probe.className = `paint-${name}`;
    document.body.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  };
  const read = (table) => {
    const rows = all("tbody tr", table);
    const heads = all("thead th", table).slice(1);
    return {
      labels: rows.map((row) => row.cells[0].textContent.trim()),
      series: heads
        .map((head, index) => ({ head, cells: rows.map((row) => row.cells[index + 1]) }))
        .filter(({ head }) => !("chartSkip" in head.dataset))
        .map(({ head, cells }) => ({
          label: head.textContent.trim(),
          data: cells.map(number),
          texts: cells.map((cell) => cell.textContent.trim()),
        })),
    };
  };
  const draw = (canvas) => {
    const table = document.getElementById(canvas.dataset.chartTable);
    if (!table) return;
    const { labels, series } = read(table);
    const text = colour("text");
    const line = colour("line");
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    charts.push(new Chart(canvas, {
      type: canvas.dataset.chart,
      data: {
        labels,
        datasets: series.map((each, index) => {
          const paint = colour(`series-${(index % 5) + 1}`);
          return { ...each, backgroundColor: paint, borderColor: paint, borderRadius: 3, borderWidth: canvas.dataset.chart === "line" ? 2 : 0, maxBarThickness: 36, pointRadius: 3, tension: 0.25 };
        }),
      },
      options: {
        animation: still ? false : { duration: 300 },
        color: text,
        interaction: { intersect: false, mode: "index" },
        maintainAspectRatio: false,
        plugins: {
          legend: { align: "start", display: series.length > 1, labels: { boxHeight: 10, boxWidth: 10, color: text, padding: 16 } },
          tooltip: { callbacks: { label: (item) => `${item.dataset.label}: ${item.dataset.texts[item.dataIndex]}` } },
        },
        scales: {
          x: { border: { color: line }, grid: { display: false }, ticks: { color: text, maxRotation: 0 } },
          y: {
            beginAtZero: true,
            border: { display: false },
            grid: { color: line },
            ticks: { callback: (value) => new Intl.NumberFormat(language, { notation: "compact" }).format(value), color: text, maxTicksLimit: 6 },
          },
        },
      },
    }));
  };
  const drawAll = () => {
    charts.splice(0).forEach((chart) => chart.destroy());
    all("canvas[data-chart-table]").forEach(draw);
  };
  const loadCharts = () => {
    const canvas = document.querySelector("canvas[data-chart-source]");
    if (!canvas) return;
    const script = document.createElement("script");
    script.src = canvas.dataset.chartSource;
    script.addEventListener("load", drawAll);
    document.head.append(script);
  };
  document.addEventListener("theme", () => { if (charts.length) drawAll(); });

  document.querySelector("[data-focus]")?.focus();
  fold();
  reachable();
  window.addEventListener("resize", reachable);
  loadCharts();
})();
