// The theme, before anything is drawn; tabs; drafts that survive a reload.

const { style } = document.documentElement;
// The name is unique among the origin's pages.
const THEME = "movie-sentiment.theme";

function attempt(act) {
	try {
		act();
	} catch { /* a browser without storage is not an error */ }
}

function switchTheme() {
	const isDark = style.colorScheme ? style.colorScheme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
	style.colorScheme = isDark ? "light" : "dark";
	attempt(() => localStorage.setItem(THEME, style.colorScheme));
}

// As in the ARIA practices: arrow keys switch tabs, Tab leaves them.
function startTabs(tabs) {
	function choose(chosen) {
		for (const tab of tabs) {
			tab.ariaSelected = tab === chosen;
			tab.tabIndex = tab === chosen ? 0 : -1;
			document.getElementById(tab.getAttribute("aria-controls")).hidden = tab !== chosen;
		}
		chosen.focus();
	}

	for (const tab of tabs) {
		tab.onclick = () => choose(tab);
		tab.onkeydown = ({ key }) => {
			if (key === "ArrowLeft" || key === "ArrowRight") choose(tabs.find((other) => other !== tab)); // there are two
		};
	}
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
	startTabs([...document.getElementById("tabs").children]);
	document.querySelectorAll("textarea").forEach(keepDraft);
});
