import assert from "node:assert/strict";
import { kubernetesYaml } from "#stack/charts/yaml.ts";
import type { DeclaredObject } from "#stack/declared-objects.ts";
import { declaredObjects } from "#stack/declared-objects.ts";
import { schemaFindings } from "#review/schemas.ts";
import { renderBookinfo, renderCanaries, renderStack } from "../../../render/render.ts";

function objectsOf(yaml: string): readonly DeclaredObject[] {
    return kubernetesYaml(yaml) as readonly DeclaredObject[];
}

/** Each problem as `field: text`. */
async function problems(yaml: string): Promise<readonly string[]> {
    const { problems: found } = await schemaFindings(objectsOf(yaml));
    return found.map(({ field, text }) => `${field}: ${text}`);
}

const DEPLOYMENT = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: a, namespace: mesh, labels: {any: thing}}
spec:
    replicas: 2
    selector: {matchLabels: {app: a}}
    template:
        metadata: {labels: {app: a}}
        spec:
            containers:
                - name: a
                  image: a:1
                  imagePullPolicy: Always
                  ports: [{containerPort: 80}]
                  env: [{name: A, value: b}]
                  resources: {limits: {cpu: 1, memory: 1Gi}}
`;

const CRD = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: own.example.com}
spec:
    group: example.com
    scope: Namespaced
    names: {kind: Own, plural: own}
    versions:
        - name: v1
          served: true
          storage: true
          schema:
              openAPIV3Schema:
                  type: object
                  description: what it is
                  properties:
                      spec:
                          type: object
                          required: [size]
                          properties:
                              size: {type: integer, minimum: 1}
                              port: {x-kubernetes-int-or-string: true}
                              any: {type: object, x-kubernetes-preserve-unknown-fields: true, properties: {a: {type: string}}}
                              map: {type: object, additionalProperties: {type: object, properties: {b: {type: string}}}}
                              list: {type: array, items: {type: object, properties: {name: {type: string}}}}
`;

function own(spec: string, version = "v1"): string {
    return `${CRD}---\napiVersion: example.com/${version}\nkind: Own\nmetadata: {name: a, namespace: mesh}\nspec: ${spec}\n`;
}

describe("the schema of a kind", () => {
    for (const [what, render] of [
        ["dev", () => renderStack("dev")],
        ["prod", () => renderStack("prod")],
        ["local", () => renderStack("local")],
        ["the canaries", renderCanaries],
        ["Bookinfo", renderBookinfo],
    ] as const) {
        it(`takes everything of ${what}`, async () => {
            const { objects } = declaredObjects((await render()).resources);
            assert.ok(objects.length > 20);
            assert.deepEqual(await schemaFindings(objects), { problems: [], unjudged: [] });
        });
    }

    it("takes an object that is right", async () => {
        assert.deepEqual(await problems(DEPLOYMENT), []);
    });

    for (const [right, wrong, problem] of [
        [
            "    replicas: 2",
            "    replica: 2",
            "spec.replica: replica is no field of spec; replicas is one",
        ],
        [
            "labels: {any: thing}}",
            "lables: {any: thing}}",
            "metadata.lables: lables is no field of metadata; labels is one",
        ],
        [
            "spec:\n    replicas",
            "status: {}\nspecs: {}\nspec:\n    replicas",
            "specs: specs is no field of Deployment; spec is one",
        ],
        [
            "env: [{name: A, value: b}]",
            "env: [{name: A, value: b}, {name: B, valueFrom: {secretKeyRef: {name: s, key: k, other: x}}}]",
            "spec.template.spec.containers[0].env[1].valueFrom.secretKeyRef.other: other is no field of spec.template.spec.containers[0].env[1].valueFrom.secretKeyRef; there are key, name, optional",
        ],
        [
            "replicas: 2",
            'replicas: "2"',
            'spec.replicas: spec.replicas is "2", and has to be an integer',
        ],
        [
            "imagePullPolicy: Always",
            "imagePullPolicy: Allways",
            'spec.template.spec.containers[0].imagePullPolicy: spec.template.spec.containers[0].imagePullPolicy is "Allways", and has to be one of Always, IfNotPresent, Never',
        ],
        [
            "- name: a",
            "- args: []",
            "spec.template.spec.containers[0].name: spec.template.spec.containers[0].name is needed, and is not there",
        ],
        [
            "memory: 1Gi",
            "memory: 1Gb",
            'spec.template.spec.containers[0].resources.limits.memory: spec.template.spec.containers[0].resources.limits.memory is "1Gb", and has to be a quantity such as 500m or 1Gi',
        ],
        [
            "value: b",
            "value: 1",
            "spec.template.spec.containers[0].env[0].value: spec.template.spec.containers[0].env[0].value is 1, and has to be a string",
        ],
    ] as const) {
        it(`refuses ${wrong.split("\n").at(-1)?.trim() ?? ""}`, async () => {
            assert.ok(DEPLOYMENT.includes(right));
            assert.deepEqual(await problems(DEPLOYMENT.replace(right, wrong)), [problem]);
        });
    }

    it("names the object", async () => {
        const wrong = DEPLOYMENT.replace("replicas: 2", "replica: 2");
        const { problems: found } = await schemaFindings(objectsOf(wrong));
        assert.deepEqual(found[0]?.object, { kind: "Deployment", namespace: "mesh", name: "a" });
    });

    it("takes what is secret, generated or not known yet, wherever it stands", async () => {
        const masked = DEPLOYMENT.replace("replicas: 2", 'replicas: "[unknown]"')
            .replace("imagePullPolicy: Always", 'imagePullPolicy: "[secret]"')
            .replace("memory: 1Gi", 'memory: "[generated]"')
            .replace("matchLabels: {app: a}", 'matchLabels: "[unknown]"');
        assert.deepEqual(await problems(masked), []);
    });

    it("shows no value of a Secret", async () => {
        const secret = `apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {a: "hunter2!"}\n`;
        assert.deepEqual(await problems(secret), [
            "data.a: data.a is [secret], and has to be base64",
        ]);
    });

    it("is Istio's and the Gateway API's as well", async () => {
        const yaml = (
            spec: string,
            kind = "AuthorizationPolicy",
            group = "security.istio.io",
        ): string =>
            `apiVersion: ${group}/v1\nkind: ${kind}\nmetadata: {name: a, namespace: mesh}\nspec: ${spec}\n`;
        assert.deepEqual(await problems(yaml("{rules: [{from: [{source: {principal: [a]}}]}]}")), [
            "spec.rules[0].from[0].source.principal: principal is no field of spec.rules[0].from[0].source; principals is one",
        ]);
        assert.deepEqual(await problems(yaml("{action: ALOW}")), [
            'spec.action: spec.action is "ALOW", and has to be one of ALLOW, DENY, AUDIT, CUSTOM',
        ]);
        const route = ["HTTPRoute", "gateway.networking.k8s.io"] as const;
        assert.deepEqual(await problems(yaml("{parentRef: [{name: a}]}", ...route)), [
            "spec.parentRef: parentRef is no field of spec; parentRefs is one",
        ]);
        assert.deepEqual(await problems(yaml("{parentRefs: [{name: a}]}", ...route)), []);
    });

    it("lets what a filter of Envoy or a plugin holds be anything", async () => {
        const filter = `
apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: a}
spec:
    configPatches:
        - applyTo: HTTP_FILTER
          patch: {operation: MERGE, value: {any: {thing: [1, {at: all}]}}}
`;
        assert.deepEqual(await problems(filter), []);
        assert.deepEqual(await problems(filter.replace("patch:", "path: {}\n          patch:")), [
            "spec.configPatches[0].path: path is no field of spec.configPatches[0]; patch is one",
        ]);
    });

    it("has what supported versions of Istio brought since", async () => {
        const rule = (pool: string): string =>
            `apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: a}\nspec: {host: a, trafficPolicy: {connectionPool: {http: {${pool}: {}}}}}\n`;
        assert.deepEqual(await problems(rule("http2KeepAlive")), []);
        assert.equal((await problems(rule("http3KeepAlive"))).length, 1);
    });

    it("that nobody knows is counted, and named once", async () => {
        const strange = "apiVersion: x.io/v1\nkind: Strange\nmetadata: {name: a}\nwhat: ever\n";
        const part = "apiVersion: v1\nkind: ContainerPort\nmetadata: {name: a}\n";
        const odd = 'apiVersion: "../../v1"\nkind: Pod\nmetadata: {name: a}\n';
        const yaml = [strange, strange, part, odd].join("---\n");
        assert.deepEqual(await schemaFindings(objectsOf(yaml)), {
            problems: [],
            unjudged: [
                { apiVersion: "../../v1", kind: "Pod", count: 1 },
                { apiVersion: "v1", kind: "ContainerPort", count: 1 },
                { apiVersion: "x.io/v1", kind: "Strange", count: 2 },
            ],
        });
    });

    describe("that a definition brings", () => {
        for (const [spec, found] of [
            ["{size: 1}", []],
            ["{size: 1, port: 80, any: {what: ever, a: b}, map: {x: {b: c}}}", []],
            ["{size: 1, port: http}", []],
            ['{size: "[unknown]"}', []],
            ["{}", ["spec.size: spec.size is needed, and is not there"]],
            ["{size: 0}", ["spec.size: spec.size is 0, and has to be >= 1"]],
            ["{size: 1, sice: 1}", ["spec.sice: sice is no field of spec; size is one"]],
            [
                "{size: 1, port: true}",
                ["spec.port: spec.port is true, and has to be an integer or a string"],
            ],
            ["{size: 1, any: {a: 1}}", ["spec.any.a: spec.any.a is 1, and has to be a string"]],
            [
                "{size: 1, map: {x: {c: d}}}",
                ["spec.map.x.c: c is no field of spec.map.x; there are b"],
            ],
            [
                "{size: 1, list: [{name: a}, {nam: a}]}",
                ["spec.list[1].nam: nam is no field of spec.list[1]; name is one"],
            ],
        ] as const) {
            it(`says ${found.length === 0 ? "nothing" : "what is wrong"} of ${spec}`, async () => {
                assert.deepEqual(await problems(own(spec)), found);
            });
        }

        it("is one of its version alone", async () => {
            const { unjudged } = await schemaFindings(objectsOf(own("{}", "v2")));
            assert.deepEqual(unjudged, [{ apiVersion: "example.com/v2", kind: "Own", count: 1 }]);
        });

        it("is asked before what a package knows of the same kind", async () => {
            const policy =
                "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: a}\nspec: {size: 1}\n";
            const definition = CRD.replace(
                "group: example.com",
                "group: security.istio.io",
            ).replace("kind: Own,", "kind: AuthorizationPolicy,");
            assert.deepEqual(await problems(definition + policy), []);
        });
    });
});
