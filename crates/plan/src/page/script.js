"use strict";
(() => {
  // Everything here is read from the page and put back as text: nothing foreign is ever taken for markup.
  const find = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const make = (name, text, parent, className = "") => {
    const element = document.createElement(name);
    element.textContent = text;
    element.className = className;
    parent.append(element);
    return element;
  };
  const panel = find("#what-if");
  const FACTORS = [0, 1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8, 16];
  const WORDS = ["×0", "×⅛", "×¼", "×½", "×1", "×2", "×4", "×8", "×16"];
  const sliders = all("input[type=range]", panel);

  // Unknown prices stay behind known ones, as in the plan.
  const score = (item, factor) => {
    const part = (name) => Number(item.dataset[name]);
    const rest = part("wait") * factor.wait + part("fail") * factor.fail - part("stay") * factor.cost;
    const known = "cost" in item.dataset;
    return [known ? 0 : 1, rest + (known ? part("cost") * factor.cost : 0)];
  };

  const reorder = () => {
    const factor = {};
    for (const slider of sliders) {
      factor[slider.dataset.part] = FACTORS[slider.value];
      find("output", slider.closest("p")).textContent = WORDS[slider.value];
      slider.setAttribute("aria-valuetext", WORDS[slider.value]);
    }
    const asked = sliders.some((slider) => slider.value !== "4");
    let moved = 0;
    for (const stretch of all(".stretch-of")) {
      const items = all(".attempt", stretch).sort((a, b) => a.dataset.rank - b.dataset.rank);
      const first = Number(items[0].dataset.rank);
      if (asked) {
        const key = new Map(items.map((item) => [item, [Number(item.dataset.band), ...score(item, factor)]]));
        const compare = (a, b) => a.reduce((order, value, at) => order || value - b[at], 0);
        items.sort((a, b) => compare(key.get(a), key.get(b)));
      }
      const lists = all("ol.attempts", stretch);
      const room = lists[0].children.length;
      items.forEach((item, at) => {
        lists[at < room ? 0 : 1].append(item);
        const planned = Number(item.dataset.rank);
        const shift = planned - first - at;
        moved += shift === 0 ? 0 : 1;
        const mark = find(".rank", item);
        mark.textContent = shift === 0 ? planned : `${first + at}`;
        if (shift !== 0) make("small", `${shift > 0 ? "▲" : "▼"} was ${planned}`, mark);
        const total = find(".total", item);
        find(".guess", total)?.remove();
        if (asked && "cost" in item.dataset) {
          make("small", `what if: $${Number((score(item, factor)[1] / 1e12).toPrecision(2))}`, total, "guess");
        }
      });
    }
    document.body.classList.toggle("hypothetical", asked);
    find(".moved", panel).textContent = asked ? `${moved} of the attempts would stand elsewhere` : "";
  };
  sliders.forEach((slider) => slider.addEventListener("input", reorder));
  find("button", panel).addEventListener("click", () => {
    sliders.forEach((slider) => { slider.value = 4; });
    reorder();
  });
  const weighable = all(".attempt").length > 1;
  find(".weights", panel).hidden = !weighable;

  const gone = find(".gone", panel);
  const groups = all("details.constraint");
  const back = find(".back", panel);
  const readmit = () => {
    back.textContent = "";
    for (const box of all("input:checked", gone)) {
      const group = groups.find((group) => group.dataset.code === box.value);
      const rows = all("tbody tr", group);
      make("p", `Without ${box.value}, ${rows.length} would go on to the checks after it; one of those may still leave them out:`, back);
      const list = make("ul", "", back);
      for (const row of rows) make("li", `${row.cells[0].textContent} ${row.cells[1].textContent}`, list);
    }
  };
  for (const group of groups) {
    const label = make("label", "", gone);
    const box = make("input", "", label);
    box.type = "checkbox";
    box.value = group.dataset.code;
    box.addEventListener("change", readmit);
    label.append(` ${group.dataset.code} (${all("tbody tr", group).length})`);
  }
  gone.hidden = groups.length === 0;
  panel.hidden = !weighable && groups.length === 0;

  const filter = find(".filter");
  if (filter) {
    filter.hidden = false;
    const were = new Map(groups.map((group) => [group, group.open]));
    find("input", filter).addEventListener("input", (event) => {
      const wanted = event.target.value.trim().toLowerCase();
      let shown = 0;
      for (const group of groups) {
        let hits = 0;
        for (const row of all("tbody tr", group)) {
          row.hidden = !`${row.textContent} ${group.dataset.code}`.toLowerCase().includes(wanted);
          hits += row.hidden ? 0 : 1;
        }
        shown += hits;
        group.hidden = hits === 0;
        group.open = wanted === "" ? were.get(group) : hits > 0;
      }
      find("output", filter).textContent = wanted === "" ? "" : `${shown} of them`;
    });
  }

  // Paper cannot be unfolded.
  addEventListener("beforeprint", () => all("details").forEach((details) => { details.open = true; }));
})();
