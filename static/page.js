// The theme, before anything is drawn; tabs; drafts that survive a reload.

const { style } = document.documentElement;
// The name is unique among the origin's pages.
const THEME = "movie-sentiment.theme";
const TAB = "movie-sentiment.tab";

function attempt(act) {
	try {
		act();
	} catch { /* a browser without storage is not an error */ }
}

// The system's own theme is not remembered: the page follows the system again.
function switchTheme() {
	const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
	const wanted = (style.colorScheme || system) === "dark" ? "light" : "dark";
	style.colorScheme = wanted === system ? "" : wanted;
	attempt(() => {
		if (wanted === system) localStorage.removeItem(THEME);
		else localStorage.setItem(THEME, wanted);
	});
}

// As in the ARIA practices: arrow keys switch tabs, Tab leaves them.
function startTabs(tabs) {
	function show(chosen) {
		for (const tab of tabs) {
			tab.ariaSelected = tab === chosen;
			tab.tabIndex = tab === chosen ? 0 : -1;
			document.getElementById(tab.getAttribute("aria-controls")).hidden = tab !== chosen;
		}
		if (chosen.id === "tab-many") startSeveral();
		attempt(() => sessionStorage.setItem(TAB, chosen.id));
	}

	function choose(chosen) {
		show(chosen);
		chosen.focus();
	}

	for (const tab of tabs) {
		tab.onclick = () => choose(tab);
		tab.onkeydown = ({ key }) => {
			// There are two.
			if (key === "ArrowLeft" || key === "ArrowRight") choose(tabs.find((other) => other !== tab));
		};
	}
	attempt(() => {
		const last = tabs.find(({ id }) => id === sessionStorage.getItem(TAB));
		if (last) show(last);
	});
}

// Most visitors have one review, so these scripts are loaded only now.
function startSeveral() {
	import("./sheet.js").catch(() => {
		document.getElementById("lines-error").textContent = "This form could not be loaded. Please reload the page.";
	});
}

function keepDraft(box) {
	const key = `movie-sentiment.${box.id}`;
	attempt(() => {
		const draft = sessionStorage.getItem(key);
		if (!draft || box.value) return;
		box.value = draft;
		box.dispatchEvent(new Event("input"));
	});
	box.addEventListener("input", () => attempt(() => {
		// In case the new draft does not fit.
		sessionStorage.removeItem(key);
		sessionStorage.setItem(key, box.value);
	}));
}

attempt(() => { style.colorScheme = localStorage.getItem(THEME); });
addEventListener("DOMContentLoaded", () => {
	document.getElementById("theme").onclick = switchTheme;
	startTabs([...document.querySelectorAll("[role=tab]")]); // the form has some
	document.querySelectorAll("textarea").forEach(keepDraft);
});
