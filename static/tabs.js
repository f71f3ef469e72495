// Tabs as the ARIA practices describe them: arrows move, Tab leaves.

import { byId } from "./dom.js";

export function startTabs(list) {
	const tabs = [...list.children];

	function choose(chosen) {
		for (const tab of tabs) {
			tab.ariaSelected = String(tab === chosen);
			tab.tabIndex = tab === chosen ? 0 : -1;
			byId(tab.getAttribute("aria-controls")).hidden = tab !== chosen;
		}
		chosen.focus();
	}

	tabs.forEach((tab, i) => {
		tab.addEventListener("click", () => choose(tab));
		tab.addEventListener("keydown", ({ key }) => {
			const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
			if (step) choose(tabs.at((i + step) % tabs.length));
		});
	});
}
