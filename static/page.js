// The page's frame: light or dark, set before it is drawn; tabs; drafts that outlive a reload.

const { style } = document.documentElement;

// A browser that keeps nothing is no error.
function attempt(act) {
	try {
		act();
	} catch { /* then not */ }
}

function switchTheme() {
	const isDark = style.colorScheme ? style.colorScheme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
	style.colorScheme = isDark ? "light" : "dark";
	attempt(() => localStorage.setItem("theme", style.colorScheme));
}

// Tabs as the ARIA practices describe them: arrows move, Tab leaves.
function startTabs(tabs) {
	function choose(chosen) {
		for (const tab of tabs) {
			tab.ariaSelected = String(tab === chosen);
			tab.tabIndex = tab === chosen ? 0 : -1;
			document.getElementById(tab.getAttribute("aria-controls")).hidden = tab !== chosen;
		}
		chosen.focus();
	}

	tabs.forEach((tab, i) => {
		tab.onclick = () => choose(tab);
		tab.onkeydown = ({ key }) => {
			const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
			if (step) choose(tabs.at((i + step) % tabs.length));
		};
	});
}

function keepDraft(box) {
	attempt(() => {
		const draft = sessionStorage.getItem(box.id);
		if (!draft || box.value) return;
		box.value = draft;
		box.dispatchEvent(new Event("input"));
	});
	box.addEventListener("input", () => attempt(() => sessionStorage.setItem(box.id, box.value)));
}

attempt(() => { style.colorScheme = localStorage.getItem("theme"); });
addEventListener("DOMContentLoaded", () => {
	document.getElementById("theme").onclick = switchTheme;
	startTabs([...document.getElementById("tabs").children]);
	document.querySelectorAll("textarea").forEach(keepDraft);
});
