import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["**/node_modules/", "dist/", "docs/api/", "embedded/", "docker/"] },
  {
    files: ["**/*.ts"],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      // Numbers in messages are fine as they are.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // `process.env["NAME"]` is what TypeScript's noPropertyAccessFromIndexSignature style asks for.
      "@typescript-eslint/dot-notation": "off",
      // A Pulumi resource is used by being made.
      "no-new": "off",
    },
  },
  {
    // Checked with the sources here; their own configuration is for who copies them, and needs the package.
    files: ["examples/**/*.ts"],
    languageOptions: { parserOptions: { projectService: false, project: "tsconfig.json" } },
  },
  {
    files: ["tests/**/*.ts"],
    rules: {
      // chai's assertions are expressions.
      "@typescript-eslint/no-unused-expressions": "off",
    },
  },
);
