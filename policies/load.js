// Pulumi would load TypeScript with a type check of everything, at each start; tsx only strips the types, as for the program.
require("tsx/cjs");
require("./pack.ts");
