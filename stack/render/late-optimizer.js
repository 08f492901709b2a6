// For processes that live some seconds: a function is optimized later than usual, because most of what is optimized in so
// short a run never pays. A Node whose engine does not know the flag goes on without it. Plain JavaScript, for before tsx.
import { setFlagsFromString } from "node:v8";

setFlagsFromString("--interrupt-budget=300000");
