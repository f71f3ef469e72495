// Finding and making elements. Text is only ever text here: no string becomes markup.

export const byId = (id) => document.getElementById(id);

export function element(name, className, ...children) {
	const made = document.createElement(name);
	if (className) made.className = className;
	made.append(...children);
	return made;
}

export function svgElement(name, attributes, ...children) {
	const made = document.createElementNS("http://www.w3.org/2000/svg", name);
	for (const key in attributes) made.setAttribute(key, attributes[key]);
	made.append(...children);
	return made;
}

export function button(title, className, onClick) {
	const made = element("button", className, title);
	made.type = "button";
	made.addEventListener("click", onClick);
	return made;
}
