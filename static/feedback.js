// 'Was this right?'

import { Problem, ask, byId } from "./verdict.js";
import { figure, leanOf } from "./words.js";

// The answer is chosen, then whether the review goes along; only Send sends.
export function feedbackRow(review, verdict) {
	// The template is absent if the service stores no feedback.
	const template = byId("feedback");
	if (!template || !figure(verdict)) return [];
	const { score, model_version } = verdict;
	const row = template.content.firstElementChild.cloneNode(true);
	const [legend, more, consent, send, said] = ["legend", ".more", "input", ".more button", "[role=status]"]
		.map((part) => row.querySelector(part));
	const choices = [...row.querySelectorAll("[aria-pressed]")];
	const lean = leanOf(verdict);
	if (lean) legend.textContent = `Overall, is it more ${lean} than ${lean === "positive" ? "negative" : "positive"}?`;
	let chosen;

	function choose({ currentTarget }) {
		chosen = currentTarget;
		for (const choice of choices) choice.ariaPressed = choice === chosen;
		more.hidden = false;
	}

	async function answer() {
		row.disabled = true;
		said.textContent = "Sending …";
		// The disabled button loses the focus.
		said.focus();
		const right = chosen.value === "yes";
		try {
			await ask("feedback", { right, score, model_version, ...(consent.checked && { review }) }, () => true);
			more.hidden = true;
			const kept = consent.checked ? "with your review, which is kept for a year" : "without your review";
			said.textContent = `Thank you. You answered “${chosen.textContent}”, ${kept}.`;
		} catch (problem) {
			if (!(problem instanceof Problem)) throw problem;
			said.textContent = problem.message;
			row.disabled = false;
		}
	}

	for (const choice of choices) choice.onclick = choose;
	send.onclick = answer;
	return [row];
}
