import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
    INJECTION_STATUS,
    PROXY_CONTAINER,
    sidecarGuardName,
    UNFILLED_IMAGE,
} from "#model/platform-names.ts";
import { boundPolicy } from "./admission-policy.ts";

/** The namespaces that the guard watches. */
export interface InjectionGuardArgs {
    /** Namespace in which every pod must carry a sidecar. */
    readonly namespace: string;
    /** Namespace in which the injector must have filled in the gateway's image. */
    readonly controlPlaneNamespace: string;
}

/** One rule of the guard, in the API server's expression language. */
interface GuardRule {
    readonly expression: string;
    readonly message: string;
}

/** A container runs Istio's agent as a sidecar: anything can be called as its container is. */
const IS_PROXY = `c.name == '${PROXY_CONTAINER}' && c.?args[?0].orValue('') == 'proxy' && c.?args[?1].orValue('') == 'sidecar'`;
// Any other init container has ended before the application begins.
const KEEPS_RUNNING = "c.?restartPolicy.orValue('') == 'Always'";
const IS_INJECTED = `'${INJECTION_STATUS}' in object.metadata.?annotations.orValue({})`;
const HAS_IMAGE = `!has(c.image) || c.image != '${UNFILLED_IMAGE}'`;
// Two lists of different types to the API server's type checker: it warns where they are joined.
const INIT_CONTAINERS = "object.spec.?initContainers.orValue([])";

/** The injector has given the pod Istio's proxy, as a native sidecar or as a plain container. */
const HAS_SIDECAR: GuardRule = {
    expression: `${IS_INJECTED} && (object.spec.containers.exists(c, ${IS_PROXY}) || ${INIT_CONTAINERS}.exists(c, ${IS_PROXY} && ${KEEPS_RUNNING}))`,
    message:
        "this pod has no istio-proxy: Istio's injector did not answer or was told to leave it out",
};

/** No container waits for an image name that only the injector can fill in. */
const HAS_REAL_IMAGES: GuardRule = {
    expression: `object.spec.containers.all(c, ${HAS_IMAGE}) && ${INIT_CONTAINERS}.all(c, ${HAS_IMAGE})`,
    message: "image auto was not filled in: Istio's injector did not answer",
};

/**
 * Makes the API server itself refuse a pod that Istio's injector has passed by.
 *
 * The injector is a webhook of a Deployment that may be restarting: without this, a pod created at the wrong moment
 * would speak plaintext or try to pull an image called `auto`. Pods that exist are left alone.
 */
export class InjectionGuard extends pulumi.ComponentResource {
    /** The last resources of the guard: with them it holds. */
    readonly bindings: readonly k8s.admissionregistration.v1.ValidatingAdmissionPolicyBinding[];

    /** @param args the namespace where no pod may lack its sidecar, and the one where no image may be left to the injector */
    constructor(name: string, args: InjectionGuardArgs, opts?: pulumi.ComponentResourceOptions) {
        super("mesh:index:InjectionGuard", name, args, opts);
        this.bindings = [
            this.#guard(`${name}-sidecar`, sidecarGuardName(args.namespace), args.namespace, [
                HAS_SIDECAR,
                HAS_REAL_IMAGES,
            ]),
            this.#guard(
                `${name}-image`,
                `${args.namespace}-refuse-image-auto`,
                args.controlPlaneNamespace,
                [HAS_REAL_IMAGES],
            ),
        ];
        this.registerOutputs({ bindings: this.bindings.map(({ metadata }) => metadata.name) });
    }

    #guard(
        name: string,
        policyName: string,
        namespace: string,
        rules: readonly GuardRule[],
    ): k8s.admissionregistration.v1.ValidatingAdmissionPolicyBinding {
        return boundPolicy(
            name,
            {
                name: policyName,
                spec: {
                    failurePolicy: "Fail",
                    matchConstraints: {
                        // By the name the API server itself puts on a namespace: nobody can take that label off.
                        namespaceSelector: {
                            matchLabels: { "kubernetes.io/metadata.name": namespace },
                        },
                        resourceRules: [
                            {
                                apiGroups: [""],
                                apiVersions: ["v1"],
                                operations: ["CREATE"],
                                resources: ["pods"],
                            },
                        ],
                    },
                    validations: rules.map((rule) => ({ ...rule, reason: "Forbidden" })),
                },
                validationActions: ["Deny"],
            },
            this,
        );
    }
}
