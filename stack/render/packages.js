// Plain JavaScript, for before tsx is there: it looks at every file that is loaded, and these have a thousand of them.
import "./late-optimizer.js";
import "@pulumi/pulumi";
import "@pulumi/kubernetes";
