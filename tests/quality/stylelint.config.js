// The standard rules. What is different here, and why, stands beside it.

export default {
	extends: "stylelint-config-standard",
	rules: {
		// a rule of a few short declarations is read best in one line
		"declaration-block-single-line-max-declarations": null,
		// block--state, as in .ticket--positive; the state is one of the API's words (not_a_review)
		"selector-class-pattern": "^[a-z]+(-[a-z]+)*(--[a-z_]+)?$",
		// names of fonts
		"value-keyword-case": ["lower", { ignoreProperties: ["--serif"] }],
	},
};
