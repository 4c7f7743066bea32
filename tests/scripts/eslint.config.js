// Which faults of the scripts are looked for; the names that a browser has are known, all others are imported.
import js from "@eslint/js";
import globals from "globals";

const strict = {
  ...js.configs.recommended.rules,
  eqeqeq: ["error", "smart"],
  "no-duplicate-imports": "error",
  "no-implicit-globals": "error",
  "no-shadow-restricted-names": "error",
  "no-use-before-define": ["error", { functions: false, classes: false, variables: false }],
  "no-var": "error",
  "object-shorthand": "error",
  "prefer-const": ["error", { destructuring: "all" }],
};

export default [
  { files: ["{ui,qa}/**/*.js"], rules: strict, languageOptions: { globals: globals.browser } },
  { files: ["**/*.js"], rules: strict, ignores: ["{ui,qa}/**"], languageOptions: { globals: globals.nodeBuiltin } },
  { files: ["qa/**/*.js", "ui/server/**/*.js", "ui/widget/static/demo/*.js"], languageOptions: { sourceType: "script" } },
];
