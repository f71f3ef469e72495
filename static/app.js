// Starts the page. Without JavaScript the form still works: it is a plain POST.

import { startBulk } from "./bulk.js";
import { byId } from "./dom.js";
import { startHistory } from "./history.js";
import { startReview } from "./review.js";
import { keep } from "./storage.js";
import { startTabs } from "./tabs.js";

function switchTheme() {
	const { style } = document.documentElement;
	const isDark = style.colorScheme ? style.colorScheme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
	style.colorScheme = isDark ? "light" : "dark";
	keep("localStorage", "theme", style.colorScheme);
}

byId("theme").addEventListener("click", switchTheme);
startTabs(byId("tabs"));
startReview();
startBulk();
startHistory();
