// 'Was this right?': one answer a verdict; the review goes along only where its box is ticked.

import { byId } from "./dom.js";
import { Problem, sendFeedback } from "./service.js";

export function feedbackRow(review, { sentiment, score, model_version }) {
	const template = byId("feedback"); // absent where the service keeps none
	if (!template || sentiment === "not_a_review") return [];
	const row = template.content.firstElementChild.cloneNode(true);
	const [legend, consent, said] = ["legend", "input", "[role=status]"].map((part) => row.querySelector(part));
	const buttons = [...row.querySelectorAll("button")];
	if (sentiment === "unsure") legend.textContent = "Does it lean that way?";
	const answer = async (right) => {
		for (const button of buttons) button.disabled = true;
		said.textContent = "Sending …";
		said.focus(); // the button pressed takes no focus any more
		try {
			await sendFeedback({ right, score, model_version, ...(consent.checked && { review }) });
			said.textContent = consent.checked ? "Thank you. Your review is kept for a year." : "Thank you.";
			consent.disabled = true;
		} catch (problem) {
			if (!(problem instanceof Problem)) throw problem;
			said.textContent = problem.message;
			for (const button of buttons) button.disabled = false;
		}
	};
	for (const button of buttons) button.addEventListener("click", () => answer(button.value === "yes"));
	return [row];
}
