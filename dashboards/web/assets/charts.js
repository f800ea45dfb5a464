// Draws the figures of a page: each .chart-canvas names a JSON block with periods, band and states.
"use strict";
(function () {
  const narrow = () => window.innerWidth < 720;
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
  // faint makes a #rrggbb colour see-through, so that labels on it stay clear.
  const faint = (hex, share) => hex + Math.round(share * 255).toString(16).padStart(2, "0");
  const number = (v) => (v === null || v === undefined ? "–" : Math.abs(v) < 20 && v % 1 !== 0 ? v.toFixed(1) : Math.round(v).toLocaleString("en"));

  // shades marks the periods of an unknown state over the whole height; the first of a run carries its name.
  function shades(d) {
    const bad = { source_down: color("yellow"), no_data: color("area"), suppressed: color("area") };
    return d.states.map((state, i) => (bad[state]
      ? { value: 1, itemStyle: { color: faint(bad[state], 0.35) }, label: { show: !narrow() && state !== "suppressed" && d.states[i - 1] !== state, formatter: d.text[state] } }
      : null));
  }

  // tip builds the tooltip as elements, so that no text is ever read as markup.
  function tip(d, i) {
    const box = document.createElement("div");
    box.className = "chart-tip";
    const head = document.createElement("strong");
    head.textContent = d.periods[i] + (d.text[d.states[i]] ? " · " + d.text[d.states[i]] : "");
    box.append(head);
    const table = document.createElement("table");
    const row = (name, value) => {
      const tr = table.insertRow();
      tr.insertCell().textContent = name;
      tr.insertCell().textContent = value;
    };
    row(d.text.observed + " (" + d.text.window + ")", number(d.observed[i]));
    if (d.upper[i] !== null) {
      row(d.text.expected, number(d.expected[i]));
      row(d.text.band, number(d.lower[i]) + "–" + number(d.upper[i]));
    }
    row(d.text.openings, number(d.openings[i]));
    row(d.text.requested, number(d.requested[i]));
    row(d.text.supply, d.supply[i] === null ? d.text.unknown : number(d.supply[i]));
    row(d.text.exposure, number(d.exposure[i]));
    box.append(table);
    return box;
  }

  function option(d) {
    const ink = color("ink"), muted = color("muted"), rule = color("rule"), sans = getComputedStyle(document.body).fontFamily;
    const hasBand = d.upper.some((v) => v !== null), hasSupply = d.supply.some((v) => v !== null), hasRequested = d.requested.some((v) => v);
    const left = narrow() ? 42 : 58, right = narrow() ? 10 : 22;
    const grids = narrow()
      ? [{ left, right, top: 112, height: 186 }, { left, right, top: 342, height: 76 }, { left, right, top: 460, height: 46 }]
      : [{ left, right, top: 52, height: 230 }, { left, right, top: 322, height: 76 }, { left, right, top: 434, height: 38 }];
    const axis = (i, show) => ({ type: "category", gridIndex: i, data: d.periods, boundaryGap: true, axisTick: { show: false },
      axisLine: { lineStyle: { color: rule } }, axisLabel: { show, color: muted, fontFamily: sans, hideOverlap: true } });
    const value = (i, name, split) => ({ type: "value", gridIndex: i, name, nameLocation: "end", nameGap: 8, min: 0, splitNumber: split,
      nameTextStyle: { color: muted, align: "left", padding: [0, 0, 0, 8 - left], fontFamily: sans }, axisLabel: { color: muted, fontFamily: sans }, splitLine: { lineStyle: { color: rule } } });
    const marks = d.marks.filter((m) => d.periods.includes(m.period)).map((m) => ({
      name: m.text, coord: [m.period, d.observed[d.periods.indexOf(m.period)] || 0], itemStyle: { color: color(m.severity), borderColor: ink, borderWidth: 1 } }));
    const series = [
      { name: d.text.observed, type: "line", data: d.observed, symbol: "none", lineStyle: { width: 2, color: color("line") }, itemStyle: { color: color("line") }, z: 4, connectNulls: false,
        markPoint: { symbol: "circle", symbolSize: 11, label: { show: false }, data: marks } },
      { name: "state", type: "bar", yAxisIndex: 3, barWidth: "100%", data: shades(d), silent: true, z: 0, label: { color: muted, fontSize: 11, position: "insideTop", fontFamily: sans } },
    ];
    const legend = [d.text.observed];
    if (hasBand) {
      const height = d.upper.map((u, i) => (u === null ? null : u - d.lower[i]));
      series.push(
        { name: "lower", type: "line", data: d.lower, stack: "band", symbol: "none", lineStyle: { opacity: 0 }, silent: true, z: 1 },
        { name: d.text.band, type: "line", data: height, stack: "band", symbol: "none", lineStyle: { opacity: 0 }, areaStyle: { color: color("band"), opacity: 0.2 }, itemStyle: { color: color("band"), opacity: 0.45 }, silent: true, z: 1 },
        { name: d.text.expected, type: "line", data: d.expected, symbol: "none", lineStyle: { width: 1.2, type: "dashed", color: color("band") }, itemStyle: { color: color("band") }, z: 2 });
      legend.push({ name: d.text.band, icon: "rect" }, d.text.expected);
    }
    series.push({ name: d.text.openings, type: "bar", stack: "demand", xAxisIndex: 1, yAxisIndex: 1, data: d.openings, itemStyle: { color: color("bar") }, barCategoryGap: "20%" });
    legend.push({ name: d.text.openings, icon: "rect" });
    if (hasRequested) {
      series.push({ name: d.text.requested, type: "bar", stack: "demand", xAxisIndex: 1, yAxisIndex: 1, data: d.requested, itemStyle: { color: color("bar2") } });
      legend.push({ name: d.text.requested, icon: "rect" });
    }
    if (hasSupply) {
      series.push({ name: d.text.supply, type: "line", step: "middle", xAxisIndex: 1, yAxisIndex: 1, data: d.supply, symbol: "none", lineStyle: { width: 2, color: color("supply") }, itemStyle: { color: color("supply") } });
      legend.push(d.text.supply);
    }
    series.push({ name: d.text.exposure, type: "bar", xAxisIndex: 2, yAxisIndex: 2, data: d.exposure, itemStyle: { color: color("area") }, barCategoryGap: "10%" });
    legend.push({ name: d.text.exposure, icon: "rect" });
    const start = d.periods.length > 1 ? (100 * d.from) / (d.periods.length - 1) : 0;
    return {
      animation: false, backgroundColor: "transparent", textStyle: { fontFamily: sans, color: ink },
      grid: grids, xAxis: [axis(0, false), axis(1, false), axis(2, true)],
      yAxis: [value(0, d.text.heads + " · " + d.text.window, 4), value(1, d.text.heads, 2), value(2, d.text.vacancies, 1), { type: "value", gridIndex: 0, min: 0, max: 1, show: false }],
      legend: { top: 0, left: 0, right: 0, data: legend, itemWidth: 18, itemHeight: 9, itemGap: 14, textStyle: { color: ink, fontFamily: sans }, inactiveColor: muted },
      axisPointer: { link: [{ xAxisIndex: "all" }], lineStyle: { color: muted } },
      tooltip: { trigger: "axis", confine: true, backgroundColor: color("surface"), borderColor: rule, textStyle: { color: ink, fontFamily: sans }, formatter: (p) => tip(d, p[0].dataIndex) },
      dataZoom: d.periods.length > 40
        ? [{ type: "slider", xAxisIndex: [0, 1, 2], start, end: 100, bottom: 4, height: 16, borderColor: rule, showDetail: false, brushSelect: false, fillerColor: color("accent-soft"), dataBackground: { lineStyle: { color: rule }, areaStyle: { color: rule } } }]
        : [],
      series,
    };
  }

  const drawn = [];
  function draw() {
    for (const box of document.querySelectorAll(".chart-canvas")) {
      const data = JSON.parse(document.getElementById(box.dataset.chart).textContent);
      const chart = echarts.init(box, null, { renderer: "canvas" });
      chart.setOption(option(data));
      box.dataset.drawn = String(data.periods.length);
      drawn.push({ chart, data });
    }
  }
  function redraw() {
    for (const { chart, data } of drawn) {
      chart.resize();
      chart.setOption(option(data), true);
    }
  }
  if (typeof echarts === "undefined") return;
  draw();
  let wait = 0;
  window.addEventListener("resize", () => { clearTimeout(wait); wait = setTimeout(redraw, 120); });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
})();
