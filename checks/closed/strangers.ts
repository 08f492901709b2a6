import type { LiveObject } from "#live/kubernetes/objects.ts";
import { isOfIstio } from "./own-objects.ts";
import type { Scene } from "./scene.ts";
import { strangerAtGatewayApi } from "./strangers/gateway-api.ts";
import { strangerOfIstio } from "./strangers/istio.ts";
import { strangerAmongServices } from "./strangers/services.ts";
import { strangerAmongWebhooks } from "./strangers/webhooks.ts";

/**
 * What an object that is not the stack's own does to the mesh, one phrase that begins with a verb; `undefined` where it
 * does nothing to it.
 */
export function doneByStranger(object: LiveObject, scene: Scene): string | undefined {
    if (isOfIstio(object)) {
        return strangerOfIstio(object, scene);
    }
    switch (object.kind) {
        case "Service":
        case "EndpointSlice":
            return strangerAmongServices(object, scene);
        case "NetworkPolicy":
            return `says which connections pods of namespace ${object.metadata.namespace ?? ""} may have`;
        case "MutatingWebhookConfiguration":
        case "ValidatingWebhookConfiguration":
        case "MutatingAdmissionPolicy":
        case "MutatingAdmissionPolicyBinding":
            return strangerAmongWebhooks(object, scene);
        case "Namespace":
        case "ConfigMap":
            return undefined;
        default:
            return strangerAtGatewayApi(object, scene);
    }
}
