import { compareBackends } from "#review/backends.ts";
import { assertChanges, service } from "./shop.ts";

const CART = service("cart", 1);
const ARRIVES = "what was meant for somebody else arrives there";

/** The Service of the cart, in another form. */
function cart(spec: string): string {
    return CART.replace(/spec: \{ selector.*/, `spec: { ${spec} }`);
}

const PORTS = "ports: [{ name: http, port: 80, targetPort: 8080 }]";

const CASES: Readonly<Record<string, readonly [before: string, after: string, says: string[]]>> = {
    "its Service selects other pods": [
        CART,
        cart(`selector: { app: order }, ${PORTS}`),
        [`! requests for cart reach order now, no longer cart [${ARRIVES}]`],
    ],
    "its Service selects one label more that its pods have": [
        CART.replace("app: cart }", "app: cart, a: b }"),
        cart(`selector: { app: cart, a: b }, ${PORTS}`).replace(
            "labels: { app: cart }",
            "labels: { app: cart, a: b }",
        ),
        [],
    ],
    "its pods and its Service have another label": [
        CART,
        CART.replaceAll("app: cart }", "app: basket }"),
        [],
    ],
    "another version of it comes": [
        CART,
        `${CART}\n---${CART.split("---")[0]?.replace("{ name: cart,", "{ name: cart-canary,") ?? ""}`,
        [],
    ],
    "a machine answers as well": [
        CART,
        `${CART}
---
apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: { name: vm, namespace: shop }
spec: { address: 192.0.2.1, labels: { app: cart } }
`,
        [`! requests for cart also reach the machine vm now [${ARRIVES}]`],
    ],
    "it is a name of somebody outside": [
        CART,
        cart("type: ExternalName, externalName: other.example"),
        [
            "! requests for cart go to other.example, outside the cluster, now [what is meant for cart leaves the mesh]",
        ],
    ],
    "it is a name of another Service": [
        CART,
        cart("type: ExternalName, externalName: order.shop.svc.cluster.local"),
        [`! requests for cart go to order.shop.svc.cluster.local now [${ARRIVES}]`],
    ],
    "a new name of somebody outside comes": [
        "",
        cart("type: ExternalName, externalName: other.example"),
        [
            "! cart is another name of other.example, outside the cluster, now [a way out of the mesh that was not there]",
        ],
    ],
    "it selects nobody": [
        CART,
        cart(PORTS),
        [
            "! cart selects no pods any more: whoever writes its endpoints says who answers [no workload that is known here stands behind it]",
        ],
    ],
    "it leads to another port": [
        CART,
        CART.replace("targetPort: 8080", "targetPort: 9090"),
        ["port 80 of cart leads to port 9090 of its pods, was 8080"],
    ],
    "it leads to the proxy's own port": [
        CART,
        CART.replace("targetPort: 8080", "targetPort: 15000"),
        [
            "! port 80 of cart leads to port 15000 of its pods, was 8080 [the proxy itself answers there, and no policy holds]",
        ],
    ],
    "it names the port that it led to": [
        CART,
        CART.replace("targetPort: 8080", "targetPort: web").replace(
            "{ name: app }",
            "{ name: app, ports: [{ name: web, containerPort: 8080 }] }",
        ),
        [],
    ],
};

describe("Who answers for a Service", () => {
    for (const [title, [before, after, says]] of Object.entries(CASES)) {
        it(`is told when ${title}`, () => {
            assertChanges(compareBackends, before, after, says);
        });
    }
});
