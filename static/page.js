// Light or dark, before anything is drawn; tabs; drafts that outlive a reload.

const { style } = document.documentElement;

function attempt(act) {
	try {
		act();
	} catch { /* a browser that keeps nothing is no error */ }
}

function switchTheme() {
	const isDark = style.colorScheme ? style.colorScheme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
	style.colorScheme = isDark ? "light" : "dark";
	attempt(() => localStorage.setItem("theme", style.colorScheme));
}

// As the ARIA practices have it: arrows move, Tab leaves.
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
			if (key === "ArrowLeft" || key === "ArrowRight") choose(tabs.find((other) => other !== tab)); // of two
		};
	}
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
