// The one module that starts the analyzer: whoever imports it becomes a server.
import { PolicyPack } from "@pulumi/policy";
import { policiesOf } from "./adapter.ts";
import { rules } from "./rules/index.ts";

new PolicyPack("a4co-mesh-policy", {
    displayName: "Istio mesh",
    description: "Refuses an Istio mesh that is weaker than it looks, in any Pulumi program.",
    provider: "kubernetes",
    tags: ["istio", "kubernetes", "security", "resilience"],
    policies: policiesOf(rules),
});
