// The page's modules: everything eslint recommends, and what this project asks beyond it.

import js from "@eslint/js";
import globals from "globals";

export default [
	js.configs.recommended,
	{
		languageOptions: { ecmaVersion: 2025, sourceType: "module", globals: globals.browser },
		linterOptions: { reportUnusedDisableDirectives: "error" },
		rules: {
			"consistent-return": "error",
			curly: ["error", "multi-line"],
			eqeqeq: "error",
			"no-console": "error",
			"no-eval": "error",
			"no-implied-eval": "error",
			"no-restricted-properties": ["error", ...["innerHTML", "outerHTML", "insertAdjacentHTML", "write"].map((property) => (
				{ property, message: "A text must never become markup." }))],
			"no-shadow": "error",
			"no-unused-vars": "error",
			"no-use-before-define": ["error", { functions: false, variables: false }],
			"no-var": "error",
			"object-shorthand": "error",
			"prefer-const": "error",
			"prefer-template": "error",
		},
	},
	{ files: ["**/page.js"], languageOptions: { sourceType: "script" } }, // classic: it runs before the page is drawn
];
