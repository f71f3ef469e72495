// Light or dark: the system's, until the switch says otherwise. Loaded before the page is drawn.

try {
	document.documentElement.style.colorScheme = localStorage.getItem("theme") ?? "";
} catch { /* this browser keeps nothing */ }
