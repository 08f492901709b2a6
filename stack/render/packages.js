// Plain JavaScript, for before tsx is there: it looks at every file that is loaded, and these have a thousand of them.
import "./late-optimizer.js";
import { setFlagsFromString } from "node:v8";
import "@pulumi/pulumi";
import "@pulumi/kubernetes";

// By default the heap may double between two collections, most of it resources that have long been registered.
setFlagsFromString("--heap-growing-percent=30");
