// The policy host loads a pack with `require` and would type-check TypeScript on every start; tsx only strips the types.
require("tsx/cjs/api").register();
require("./pack.ts");
